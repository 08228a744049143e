// How a model is split over several devices.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/work/model.hpp"

namespace heddle::eval {

/// A span of layers: [first, last).
struct LayerSpan {
  std::uint64_t first = 0, last = 0;
  std::uint64_t count() const { return last - first; }
};

/// Splits of a model. Devices of a stage: tensor * data; of all: times pipeline.
/// - tensor: heads and feed-forward columns are divided; each layer ends both halves with an all-reduce.
/// - data: sequences are divided among groups that each hold the attention weights (attention data parallel,
///   as serving of DeepSeek-V3 does), while experts are spread over all devices of the stage.
/// - expert: groups of experts; tensor * data must be a multiple. Each expert's columns are divided over the
///   tensor * data / expert devices that share it. 1: experts are split by columns only.
/// - pipeline: layers are divided into stages.
struct Parallel {
  std::uint32_t tensor = 1, expert = 1, data = 1, pipeline = 1;
  /// Shares of the layers by stage, in any unit (memory of each device, as exo does); empty: equal.
  std::vector<double> stage_shares;

  std::uint32_t stage_devices() const { return tensor * data; }
  std::uint32_t devices() const { return stage_devices() * pipeline; }
  std::uint32_t expert_tensor() const { return stage_devices() / expert; }
};

/// Throws std::runtime_error naming the field: a split of 0, experts that do not divide, more tensor devices
/// than heads, more stages than layers, shares whose number is not the number of stages or that are not
/// positive.
void check(const Parallel& parallel, const Model& model);

/// Layers of each stage, in proportion to its share, at least one each; the remainder goes to the largest
/// fractions, the earlier stage first.
std::vector<LayerSpan> stages(const Parallel& parallel, const Model& model);

/// Bytes of weights that a device of the stage holds.
double device_weight_bytes(const Model& model, const Precision& precision, const Parallel& parallel,
                           std::size_t stage = 0);
/// Bytes of cache that a device of the stage holds for `batch` sequences of `context` tokens.
double device_cache_bytes(const Model& model, Format cache, const Parallel& parallel, std::uint64_t batch,
                          std::uint64_t context, std::size_t stage = 0);

}  // namespace heddle::eval
