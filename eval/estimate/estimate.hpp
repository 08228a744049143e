// How fast a chip, or several, serve a model: a step's operators summed, with ranges and what they rest on.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "eval/chips/execution.hpp"
#include "eval/estimate/kriging.hpp"
#include "eval/estimate/operator_time.hpp"
#include "eval/work/model.hpp"

namespace heddle::eval {

/// How devices share a model. Tensor: every layer over all of them. Expert: the same, with whole experts
/// spread. Data: each has its own sequences and all of attention, experts spread, as large deployments serve
/// mixtures. Layer: each has a span of layers, in proportion to its memory where devices differ.
enum class Split { kTensor, kExpert, kData, kLayer };
/// "tensor", "expert", "data", "layer".
std::string_view name(Split split);
Split parse_split(std::string_view text);  // throws std::runtime_error listing them

struct EstimateRequest {
  Model model;
  std::vector<Chip> chips;    // one kind, or one per device of a layer split
  std::uint32_t devices = 1;  // of the one kind
  std::uint32_t stages = 1;   // tensor split: devices / stages of them share each span of layers
  Split split = Split::kTensor;
  Format format = Format::kBf16;
  std::optional<Format> cache;  // of keys and values; default: as the chip executes the format
  std::uint64_t batch = 1;
  std::uint64_t context = 4096;     // cached tokens a sequence at the decode step
  std::uint64_t prompt = 0;         // tokens a sequence of the prefill; 0: as many as the context
  std::uint64_t cached = 0;         // tokens a sequence that the cache holds before the prompt
  std::uint64_t tokens_a_step = 1;  // verified together, with a draft
  std::string software;             // empty: default_software
  /// Whether a program that can write attention's scores keeps them on the chip; default: as it does now.
  std::optional<bool> flash_attention;
  double int4_bits = 0;  // of a weight called int4, scales included; 0: as the software stores it
  double head_bits = 0;  // of a weight of a 4-bit model's output head; 0: as the software stores it
  /// Routed experts computed by this chip (a host's processors) instead, by `experts_devices` of them in
  /// equal parts.
  std::optional<Chip> experts_chip;
  std::uint32_t experts_devices = 1;
  /// Scale by reference runs (anchors.hpp). Comparisons of chips do not: some chips have runs, others none,
  /// and a ratio would compare programs.
  bool anchored = false;
  std::string left_out_source;  // of whose runs nothing is used
  int runs_before = 0;  // only runs of earlier batches of published results than this are used; 0: all
  /// Exponent of the power law of expert loads, 0 where a load balancer replicates busy experts.
  double routing_skew = kRoutingSkew;
};

/// TensorRT-LLM on NVIDIA's chips, MLX on Apple's, llama.cpp on CPUs, roofline (no host) on FPGAs and our own
/// machine, vLLM on the others.
std::string default_software(const Chip& chip);

struct OperatorLine {
  std::string name;
  std::string kind;
  double count = 0;    // in the step
  double seconds = 0;  // all of them
  double bytes = 0, operations = 0;
  Bound bound = Bound::kMemory;
  std::string basis;
};

/// One step (a prefill, or one token of every sequence).
struct StepEstimate {
  Graded seconds;
  Bound bound = Bound::kMemory;
  std::array<double, 5> shares{};  // of the time, by Bound
  Totals totals;                   // of all devices
  std::vector<OperatorLine> lines;
  std::optional<Correction> anchored;  // of its seconds, by reference runs; lines are as modelled
};

struct MemoryFit {
  double weights = 0, cache = 0, reserve = 0, capacity = 0;  // bytes of the fullest device
  bool fits() const { return weights + cache + reserve <= capacity; }
};

struct Estimate {
  EstimateRequest request;
  Software software;
  Execution execution;
  MemoryFit memory;
  StepEstimate prefill;
  std::optional<StepEstimate> decode;  // none for encoders
  Graded time_to_first_token;          // seconds, all sequences' prompts arriving together
  Graded prefill_tokens_per_second;    // of the group
  Graded tokens_per_second;            // per user
  Graded tokens_per_second_group;      // all users of the devices
  std::vector<std::string> remarks;
};

/// Throws std::runtime_error: format or figure that the chip lacks, illegal split, batch or context 0. A
/// model that does not fit is estimated all the same, and says so.
Estimate estimate(const EstimateRequest& request, const Parameters& parameters);

/// Memory alone. `reserve`: 3% of the capacity and 0.5 GB for the runtime and activations, of GPUs and their
/// like.
MemoryFit memory_fit(const EstimateRequest& request, const Execution& execution);
/// The least of 1, 2, 4, 8 devices in which the request fits; 0 if it does not.
std::uint32_t fewest_devices(EstimateRequest request);

nlohmann::ordered_json estimate_to_json(const Estimate& estimate, bool explain);

}  // namespace heddle::eval
