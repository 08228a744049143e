#include "eval/estimate/operator_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "eval/estimate/collective.hpp"

namespace heddle::eval {
namespace {

std::string kernel_format(const Operator& op) {
  const double bits = op.weights.bits_per_element;
  if (op.compute == Format::kFp8) return bits > 8 ? "fp8_block" : "fp8";
  if (is_integer(op.compute)) return "w8a8";
  if (op.weights.format == Format::kInt4) return "int4_wo";
  if (op.weights.format == Format::kInt8 || op.weights.format == Format::kFp8) return "int8_wo";
  return "bf16";
}

std::string attention_format(const Operator& op) { return op.compute == Format::kFp8 ? "fp8" : "bf16"; }

Machine machine_of(const Chip& chip, Format compute, const Parameters& parameters, int figure) {
  const auto at = [figure](const Range& r) { return figure == 0 ? r.value : figure < 0 ? r.low : r.high; };
  Machine machine;
  machine.name = chip.name;
  machine.operations_per_s = at(chip.need_peak(compute).range);
  if (chip.has(Format::kFp32)) machine.vector_operations_per_s = at(chip.need_peak(Format::kFp32).range);
  machine.bytes_per_s = at(chip.need_bandwidth().range);
  const auto facts = parameters.processors.find(chip.name);
  for (const Format wide : {Format::kBf16, Format::kFp16}) {
    if (chip.has(wide)) machine.units = assumed_processors(chip.need_peak(wide).range.value);
  }
  if (chip.sram) machine.cache_bytes = at(chip.sram->range);
  if (facts != parameters.processors.end()) facts->second.describe(machine);
  return machine;
}

/// Chips that are no GPUs and not programmed like one: shares of the roofs, from nothing better than custom.
struct Roof {
  Range compute, bandwidth;
};
Roof roof_of(ChipClass chip_class) {
  switch (chip_class) {
    case ChipClass::kCpu:
      return {{0.6, 0.45, 0.8}, {0.75, 0.6, 0.9}};
    case ChipClass::kFpga:
      return {{0.6, 0.4, 0.85}, {0.65, 0.45, 0.85}};
    default:
      // Our own machine, before it is simulated. Bandwidth: steps of decoding on the RTL (docs/bench.md), one
      // that reads more than it must at the low end.
      return {{0.8, 0.5, 0.95}, {0.95, 0.85, 1.0}};
  }
}

bool like_gpu(const Chip& chip) {
  return chip.chip_class == ChipClass::kGpu || chip.chip_class == ChipClass::kAsic;
}

OperatorTime roofline_time(const Operator& op, const Chip& chip) {
  const Roof roof = roof_of(chip.chip_class);
  OperatorTime out;
  out.grade = Grade::kExtrapolated;
  out.systematic = true;
  const Range bandwidth = chip.need_bandwidth().range;
  const bool elementwise = op.kind == OperatorClass::kElementwise;
  const Range peak = elementwise ? Range(1) : chip.need_peak(op.compute).range;
  const auto time = [&](double compute_share, double memory_share, double p, double b) {
    const double compute = elementwise ? 0 : op.flops / (p * compute_share),
                 memory = op.bytes() / (b * memory_share);
    return std::pair(compute, memory);
  };
  const auto longest = [](std::pair<double, double> t) { return std::max(t.first, t.second); };
  const auto middle = time(roof.compute.value, roof.bandwidth.value, peak.value, bandwidth.value);
  out.seconds = {longest(middle),
                 longest(time(roof.compute.high, roof.bandwidth.high, peak.value, bandwidth.value)),
                 longest(time(roof.compute.low, roof.bandwidth.low, peak.value, bandwidth.value))};
  out.fast = longest(time(roof.compute.value, roof.bandwidth.value, peak.high, bandwidth.high));
  out.slow = longest(time(roof.compute.value, roof.bandwidth.value, peak.low, bandwidth.low));
  out.bound = middle.first > middle.second ? Bound::kCompute : Bound::kMemory;
  out.basis = fmt::format("roofline of a {} at {:.0f}% of its peak and {:.0f}% of its bandwidth",
                          name(chip.chip_class), 100 * roof.compute.value, 100 * roof.bandwidth.value);
  return out;
}

// A fused elementwise kernel in a replayed graph: start, then its bytes at the bandwidth that copies reach.
constexpr double kElementwiseStart = 2e-6, kCopyShare = 0.75;

OperatorTime elementwise_time(const Operator& op, const Chip& chip, const Software& software) {
  OperatorTime out;
  if (software.fused && op.name.ends_with(".activation")) {
    out.basis = "part of the product before it";
    return out;
  }
  // Measured attention kernels rotate queries and keys and write the cache themselves.
  if (op.name == "attention.rotary") {
    out.basis = "part of the measured attention kernel";
    return out;
  }
  const Range bandwidth = chip.need_bandwidth().range;
  const double moved = op.bytes() * (software.wide_activations ? 2 : 1);  // FP32 for 16 bits
  const double stream = moved / (bandwidth.value * kCopyShare);
  out.seconds = {kElementwiseStart + stream, 0.6 * kElementwiseStart + 0.8 * stream,
                 1.75 * kElementwiseStart + 1.25 * stream};
  out.fast = kElementwiseStart + moved / (bandwidth.high * kCopyShare);
  out.slow = kElementwiseStart + moved / (bandwidth.low * kCopyShare);
  out.bound = stream > kElementwiseStart ? Bound::kMemory : Bound::kLaunch;
  out.basis = "2 us and its bytes at 75% of the bandwidth";
  return out;
}

// Boards with GDDR memory keep ECC within it, where it is on: a sixteenth of what they move. HBM has bits of
// its own for that, and consumer boards have it off.
constexpr double kInlineEcc = 1.0 / 16;

/// Bandwidth of a chip without it over what its kernels count on: kernels of one that was measured with it
/// (L40S's on an RTX 4090), or the shared ones on a chip without HBM (an RTX 3090, an M3 Max), which
/// streams as L40S does of what ECC leaves it.
double free_of_inline_ecc(const Chip& chip, const ChosenSet& chosen, const Parameters& parameters) {
  const auto has = [&](const std::string& name) {
    const auto facts = parameters.processors.find(name);
    return facts != parameters.processors.end() && facts->second.inline_ecc;
  };
  if (has(chip.name)) return 1;
  if (!chosen.set->chip.empty()) return has(chosen.set->chip) ? 1 / (1 - kInlineEcc) : 1;
  if (chosen.set->kind != KernelClass::kGemm || chip.memory.type.starts_with("HBM")) return 1;
  for (const KernelSet& set : parameters.sets) {
    if (set.kind == chosen.set->kind && set.format == chosen.set->format && has(set.chip)) {
      return std::max(1.0, set.coefficients[Coefficients::kBandwidthEfficiency] / (1 - kInlineEcc) /
                               chosen.set->coefficients[Coefficients::kBandwidthEfficiency]);
    }
  }
  return 1;
}

/// Low and high factors on a set's time: percentiles of measured over predicted among kernels that it had not
/// seen, of streaming ones where the operator streams.
Range error_of(const ChosenSet& chosen, bool streaming) {
  const Quality& all = chosen.set->held_out;
  const Quality& some = chosen.set->streaming;
  const Quality& q = streaming && some.count >= 50 ? some : all;
  // Formats measured on one chip alone have no chip to leave out: the shared bf16 GEMM's error stands in.
  const double low = q.count > 0 ? q.ratio_low : 0.75, high = q.count > 0 ? q.ratio_high : 1.35;
  double extra = 1;
  if (chosen.relation == SetRelation::kSibling) extra *= 1.05;
  if (chosen.other_format) extra *= 1.1;
  return {1, std::clamp(low, 0.5, 1.0) / extra, std::clamp(high, 1.0, 2.0) * extra};
}

/// What the program's further kernels add to an operator on the device: they start faster at a higher clock.
Range gap_of(const Chip& chip, const Software& software, const Parameters& parameters) {
  const auto facts = parameters.processors.find(chip.name);
  const bool replayed = chip.vendor == "NVIDIA" && software.graph_gap_s.low >= 0;
  return (replayed ? software.graph_gap_s : software.gap_s) *
         Range(kGapClock / (facts == parameters.processors.end() ? Machine{}.clock : facts->second.clock));
}

/// Attention over prompts as one kernel that neither rotates nor writes a cache: the measured kernel's
/// compute time, and queries, keys, values and results moved once.
double fused_attention_time(const Operator& op, const LatencyParts& measured, const Machine& machine) {
  const double moved = static_cast<double>(op.batch * op.new_tokens * op.head_dim) *
                       static_cast<double>(2 * op.heads + 2 * op.kv_heads) * bytes(op.activations);
  return kElementwiseStart + std::max(measured.compute, moved / (machine.bytes_per_s * kCopyShare));
}

// ggml's attention without a fused kernel: a score is written in FP32, read and written by the softmax, read
// and written as 16 bits, and read by the product with the values; nothing of the causal triangle is left
// out.
constexpr double kScoreBytes = 4 + 8 + 6 + 2;
// Operands of a library's 16-bit product: read in FP32 and written in 16 bits before it, results written in
// FP32 where the measured kernel writes 16 bits.
constexpr double kConvertedOperandBytes = 6, kWideResultBytes = 2;

/// What FP32 activations add to a prompt's operator: bytes at the bandwidth of copies.
double wide_activation_time(const Operator& op, const Chip& chip, const Software& software,
                            const Machine& machine) {
  const auto d = [](std::uint64_t x) { return static_cast<double>(x); };
  double moved = 0;
  if (op.kind == OperatorClass::kGemm && software.wide_activations && software.unpacks_prompts &&
      is_integer(op.weights.format)) {
    moved += d(op.n * op.groups) * d(op.k) * (op.weights.bytes_per_element() + bytes(Format::kFp16));
  }
  if (op.kind == OperatorClass::kGemm && software.wide_activations &&
      chip.vendor != "Apple") {  // Metal's kernels convert what they read
    moved += d(op.m * op.groups) * (d(op.k) * kConvertedOperandBytes + d(op.n) * kWideResultBytes);
  } else if (op.kind == OperatorClass::kAttentionPrefill && software.writes_scores) {
    // Of the causal triangle only what lies within a micro-batch is written in vain.
    const double chunk =
        software.prompt_rows > 0 ? std::min(d(software.prompt_rows), d(op.new_tokens)) : d(op.new_tokens);
    moved = d(op.batch * op.heads * op.new_tokens) * (d(op.context) + 0.5 * (d(op.new_tokens) + chunk)) *
            kScoreBytes;
  }
  return moved / (machine.bytes_per_s * kCopyShare);
}

/// The program's own kernel of attention that keeps its scores on the chip (ggml-cuda's fattn-mma, fattn-tile
/// on vector units): both products at a share of the peak, over all keys that a micro-batch sees.
double own_attention_time(const Operator& op, const Chip& chip, const Software& software,
                          const Machine& machine) {
  const auto d = [](std::uint64_t x) { return static_cast<double>(x); };
  const bool vector = software.vector_attention && chip.vendor == "AMD";
  const double peak = vector ? machine.vector_operations_per_s : machine.operations_per_s;
  const std::uint64_t rows =
      software.prompt_rows > 0 ? std::min(software.prompt_rows, op.new_tokens) : op.new_tokens;
  const double keys = d(op.context) + 0.5 * d(op.new_tokens + rows);  // of a query, on average
  const double operations = 2 * d(op.batch * op.heads * op.new_tokens) * keys * d(op.head_dim + op.value_dim);
  return kElementwiseStart + operations / (peak * software.attention_share);
}

// Unpacking on the units that multiply: ggml's Metal kernels unpack a weight once for 32 tokens, in some
// three instructions, beside 32 multiply-adds.
constexpr double kUnpackedSlowdown = 1 + 3.0 / 32;

/// What unpacking adds to the stream of a narrow product of few rows: both run side by side, by the set's
/// smooth maximum. A100's lanes do six instructions for each byte that it streams, those of the other boards
/// 20 to 80.
double unpacking_time(const Operator& op, const KernelSet& set, const Machine& machine, double instructions) {
  if (!(machine.vector_operations_per_s > 0)) return 0;
  const double weights = static_cast<double>(op.n * op.groups) * static_cast<double>(op.k);
  const double stream = weights * op.weights.bytes_per_element() /
                        (machine.bytes_per_s * set.coefficients[Coefficients::kBandwidthEfficiency]);
  const double unpack = weights * instructions / (machine.vector_operations_per_s / 2);
  const double norm = set.coefficients[Coefficients::kNorm];
  return stream * (std::pow(1 + std::pow(unpack / stream, norm), 1 / norm) - 1);
}

/// Experts as one wide product each way, all that are touched side by side.
double grouped_experts_time(const KernelSet& set, const Kernel& experts, const Machine& machine) {
  const KernelWork work = kernel_work(experts);
  Kernel up = gemm_kernel(work.rows, 2 * experts.n * work.copies, experts.k, experts.format);
  Kernel down = gemm_kernel(work.rows, experts.k * work.copies, experts.n, experts.format);
  return kernel_latency(set, up, machine).total + kernel_latency(set, down, machine).total;
}

double total_of(const KernelSet& set, const Kernel& kernel, double cached, const Machine& machine) {
  if (cached <= 0 || kernel.kind == KernelClass::kAttentionDecode || kernel.kind == KernelClass::kMlaDecode ||
      kernel.kind == KernelClass::kGemm || kernel.kind == KernelClass::kMoe) {
    return kernel_latency(set, kernel, machine).total;
  }
  // A prefill behind a cached prefix: the causal triangle of all tokens less that of the prefix.
  Kernel whole = kernel, prefix = kernel;
  whole.tokens += cached, prefix.tokens = cached;
  return std::max(kernel_latency(set, kernel, machine).total,
                  kernel_latency(set, whole, machine).total - kernel_latency(set, prefix, machine).total);
}

}  // namespace

std::string_view name(Bound bound) {
  constexpr std::string_view kNames[] = {"compute", "memory", "launch", "link", "host"};
  return kNames[static_cast<std::size_t>(bound)];
}

double unmeasured_slowdown(const Chip& chip, Grade grade) {
  constexpr double kWorst = 0.47 / (89.1 / 410.8);
  const bool at_par = chip.name.starts_with("Ascend 910");
  return grade == Grade::kExtrapolated && chip.country == "CN" && !at_par ? kWorst : 1;
}

Kernel kernel_of(const Operator& op, double routing_skew) {
  const auto d = [](std::uint64_t x) { return static_cast<double>(x); };
  Kernel kernel;
  switch (op.kind) {
    case OperatorClass::kGemm:
    case OperatorClass::kGemv:
      return gemm_kernel(d(op.m), d(op.n * op.groups), d(op.k), kernel_format(op));
    case OperatorClass::kAttentionPrefill:
      return attention_prefill_kernel(d(op.batch), d(op.new_tokens), d(op.heads), d(op.kv_heads),
                                      d(op.head_dim), attention_format(op), bytes(op.cache));
    case OperatorClass::kAttentionDecode:
      // Drafts verified together share one pass over the cache: they are more heads of the same group.
      return attention_decode_kernel(d(op.batch), d(op.context + op.new_tokens), d(op.heads * op.new_tokens),
                                     d(op.kv_heads), d(op.head_dim), bytes(op.cache));
    case OperatorClass::kMlaPrefill:
      return mla_prefill_kernel(d(op.batch), d(op.new_tokens), d(op.heads), bytes(op.cache));
    case OperatorClass::kMlaDecode:
      return mla_decode_kernel(d(op.batch), d(op.context + op.new_tokens), d(op.heads * op.new_tokens),
                               bytes(op.cache));
    case OperatorClass::kMoe:
      return moe_kernel(d(op.m), d(op.k), d(op.n), d(op.experts), op.local_experts, d(op.experts_per_token),
                        routing_skew, kernel_format(op));
    case OperatorClass::kElementwise:
    case OperatorClass::kCollective:
      break;
  }
  throw std::logic_error(fmt::format("{} is no kernel with a model of its own", op.name));
}

OperatorTime operator_time(const Operator& op, const Chip& chip, const Software& software,
                           const Parameters& parameters, double routing_skew) {
  if (op.kind == OperatorClass::kCollective) {
    OperatorTime out;
    bool known = false;
    const Range link = link_speed(chip, &known);
    out.seconds = collective_time(op, chip, software);
    out.fast = out.slow = out.seconds.value;
    out.grade = known ? Grade::kModelled : Grade::kExtrapolated;
    out.bound = Bound::kLink;
    out.systematic = true;
    out.basis = fmt::format("{} of {:.0f} bytes among {} over {:.0f} GB/s each way{}", name(op.collective),
                            op.message_bytes, op.devices, link.value / 1e9, known ? "" : " (link not known)");
    return out;
  }
  if (!like_gpu(chip)) return roofline_time(op, chip);
  if (op.kind == OperatorClass::kElementwise) return elementwise_time(op, chip, software);

  Kernel kernel = kernel_of(op, routing_skew);
  const bool product =
      op.kind == OperatorClass::kGemm || op.kind == OperatorClass::kGemv || op.kind == OperatorClass::kMoe;
  const bool narrow = product && is_integer(op.weights.format) && !is_integer(op.compute);
  if (product && op.weights.bits_per_element != bits(op.weights.format) &&
      (op.weights.format != Format::kInt4 || software.int4_bits > 0)) {
    kernel.weight_bytes = op.weights.bytes_per_element();
  }
  if (narrow && software.own_narrow_kernels) {
    const bool unpacked = software.unpacks_prompts && op.kind == OperatorClass::kGemm;
    kernel.weight_bytes = unpacked ? bytes(Format::kFp16) : op.weights.bytes_per_element();
    kernel.format = "bf16";
  }
  const bool grouped = op.kind == OperatorClass::kMoe && software.grouped_experts;
  Kernel rated = kernel;
  if (grouped) rated.kind = KernelClass::kGemm;
  const ChosenSet chosen = choose(parameters, rated, chip.name, software.kernels);
  const double cached = static_cast<double>(op.context);
  const LatencyParts parts = kernel_latency(*choose(parameters, kernel, chip.name, software.kernels).set,
                                            kernel, machine_of(chip, op.compute, parameters, 0));
  OperatorTime out;
  const bool fused = software.fused && op.kind == OperatorClass::kAttentionPrefill;
  const bool own = op.kind == OperatorClass::kAttentionPrefill && software.attention_share > 0 &&
                   !software.writes_scores && has_tensor_units(machine_of(chip, op.compute, parameters, 0));
  const bool prompt = op.kind == OperatorClass::kGemm || op.kind == OperatorClass::kAttentionPrefill;
  const auto time_at = [&](int figure) {
    Machine machine = machine_of(chip, op.compute, parameters, figure);
    machine.bytes_per_s *= free_of_inline_ecc(chip, chosen, parameters);
    if (software.half_accumulation && op.kind == OperatorClass::kGemm && chip.has(Format::kFp16)) {
      machine.operations_per_s = std::max(machine.operations_per_s, chip.need_peak(Format::kFp16).range.high);
    }
    if (narrow && software.own_narrow_kernels && !has_tensor_units(machine)) {
      machine.operations_per_s /= kUnpackedSlowdown;
      machine.vector_operations_per_s /= kUnpackedSlowdown;
    }
    const double wide = prompt ? wide_activation_time(op, chip, software, machine) : 0;
    const double unpack = narrow && software.own_narrow_kernels && op.kind == OperatorClass::kGemv &&
                                  op.weights.format == Format::kInt4
                              ? unpacking_time(op, *chosen.set, machine, software.unpack_instructions)
                              : 0;
    return wide + unpack +
           (grouped ? grouped_experts_time(*chosen.set, kernel, machine)
            : fused ? fused_attention_time(op, parts, machine)
            : own   ? own_attention_time(op, chip, software, machine)
                    : total_of(*chosen.set, kernel, cached, machine));
  };
  const Range gap = gap_of(chip, software, parameters);
  const double value = time_at(0);
  out.seconds = Range(value) * error_of(chosen, parts.memory > parts.compute) + gap;
  out.fast = time_at(1) + gap.value, out.slow = time_at(-1) + gap.value;
  out.systematic = chosen.relation == SetRelation::kShared || chosen.other_format;
  out.grade = out.systematic ? Grade::kExtrapolated : Grade::kModelled;
  const double busy = std::max(parts.compute, parts.memory);
  out.bound = parts.launch + gap.value > busy ? Bound::kLaunch
              : parts.compute > parts.memory  ? Bound::kCompute
                                              : Bound::kMemory;
  out.basis = fmt::format("{} {} kernels ({}), {} on {}{}", kernel_class_name(chosen.set->kind),
                          chosen.set->format, chosen.set->software, name(chosen.relation),
                          chosen.set->chip.empty() ? "all measured chips" : chosen.set->chip,
                          chosen.other_format ? fmt::format(", for {}", kernel.format) : "");
  return out;
}

}  // namespace heddle::eval
