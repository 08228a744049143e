// The prefill of a model too large to be simulated whole: a few of its layers, the rest from these.
//
// All layers of a model have the same shape, and their programs differ in addresses alone: every counter is
// affine in the number of layers, up to where refreshes and rows of DRAM fall. Another number of layers,
// which the prediction does not use, is simulated beside it: how far the prediction of that is off is stated.
#pragma once
#include <cstdint>
#include <functional>

#include "isa/image.hpp"
#include "runtime/device/device.hpp"
#include "runtime/host/measure.hpp"

namespace heddle::cli {

constexpr std::int64_t kSampledLayers[] = {1, 2};
constexpr std::int64_t kCheckedLayers = 3;

struct SampledPrefill {
  runtime::Counters counters = {};  // of all layers, predicted
  std::uint64_t useful_macs = 0;    // of all layers
  std::uint64_t simulated_cycles = 0;
  double wall_seconds = 0;                                 // of both threads together
  std::uint64_t check_predicted = 0, check_simulated = 0;  // cycles of kCheckedLayers layers

  /// Relative; positive: too many cycles were predicted.
  double check_error() const {
    return static_cast<double>(check_predicted) / static_cast<double>(check_simulated) - 1;
  }
};

/// Prefill of `sequence` tokens with a model of `layers` layers; the samples on `device`, the check on
/// `checker` at the same time. `image(n)`: the model with n layers, compiled, from both threads. Runs end
/// after `watchdog` cycles without progress. Throws std::runtime_error when a run does not end well.
SampledPrefill sample_prefill(runtime::Device& device, runtime::Device& checker, std::int64_t layers,
                              std::uint64_t sequence, std::uint64_t watchdog,
                              const std::function<isa::Image(std::int64_t)>& image);

}  // namespace heddle::cli
