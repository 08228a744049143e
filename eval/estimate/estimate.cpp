#include "eval/estimate/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "eval/estimate/anchors.hpp"
#include "eval/estimate/step.hpp"

namespace heddle::eval {
namespace {

Graded inverse(const Graded& seconds, double amount) {
  return {{amount / seconds.range.value, amount / seconds.range.high, amount / seconds.range.low},
          seconds.grade};
}

void add_remarks(Estimate& out) {
  const EstimateRequest& request = out.request;
  const Chip& chip = request.chips.front();
  if (!out.execution.remark.empty()) out.remarks.push_back(out.execution.remark);
  if (request.experts_chip) {
    out.remarks.push_back(
        fmt::format("routed experts on {} x {}", request.experts_devices, request.experts_chip->name));
  } else if (!out.memory.fits()) {
    out.remarks.push_back(fmt::format("does not fit: {:.1f} GB needed on a device that has {:.1f} GB",
                                      (out.memory.weights + out.memory.cache + out.memory.reserve) / 1e9,
                                      out.memory.capacity / 1e9));
  }
  const std::uint32_t tensor = parallel_of(request).tensor;
  if (request.model.attention.heads % tensor != 0) {
    out.remarks.push_back(
        fmt::format("{} heads do not divide among {} devices: serving programs refuse such a split",
                    request.model.attention.heads, tensor));
  }
  if (request.devices > 1 && request.chips.size() == 1 && !chip.link) {
    out.remarks.push_back(fmt::format("the link of {} is not known: PCIe is assumed", chip.name));
  }
  if (request.devices > 8) {
    out.remarks.push_back(chip.vendor == "NVIDIA"
                              ? "more than 8 devices: nodes joined by one 400 Gb/s adapter a device"
                              : "more than 8 devices: the chip's own links join them all");
  }
  if (request.model.max_context > 0 && request.context > request.model.max_context) {
    out.remarks.push_back(
        fmt::format("{} was made for {} positions", request.model.name, request.model.max_context));
  }
  if (chip.chip_class == ChipClass::kHeddle) {
    out.remarks.push_back("our own machine from its roofs alone: heddle bench simulates it");
  }
  if (out.prefill.seconds.grade == Grade::kExtrapolated ||
      (out.decode && out.decode->seconds.grade == Grade::kExtrapolated)) {
    out.remarks.push_back(
        fmt::format("no measured kernels of {} in this format: efficiencies of other chips", chip.name));
  }
}

}  // namespace

std::string_view name(Split split) {
  constexpr std::string_view kNames[] = {"tensor", "expert", "data", "layer"};
  return kNames[static_cast<std::size_t>(split)];
}

Split parse_split(std::string_view text) {
  for (const Split split : {Split::kTensor, Split::kExpert, Split::kData, Split::kLayer}) {
    if (name(split) == text) return split;
  }
  throw std::runtime_error(fmt::format("split '{}' is unknown; known: tensor, expert, data, layer", text));
}

std::string default_software(const Chip& chip) {
  if (chip.chip_class == ChipClass::kHeddle || chip.chip_class == ChipClass::kFpga) return "roofline";
  if (chip.chip_class == ChipClass::kCpu) return "llama.cpp";
  if (chip.vendor == "NVIDIA") return "TensorRT-LLM";
  if (chip.vendor == "Apple") return "MLX";
  return "vLLM";
}

MemoryFit memory_fit(const EstimateRequest& request, const Execution& execution) {
  const Parallel parallel = parallel_of(request);
  check(parallel, request.model);
  const std::uint64_t tokens =
      std::max(request.context, request.cached + request.prompt) + request.tokens_a_step;
  MemoryFit tightest;
  for (std::size_t stage = 0; stage < parallel.pipeline; ++stage) {
    const Chip& chip = request.chips.size() == 1 ? request.chips.front() : request.chips.at(stage);
    MemoryFit fit;
    fit.weights = device_weight_bytes(request.model, execution.precision, parallel, stage);
    fit.cache =
        device_cache_bytes(request.model, execution.precision.cache, parallel, request.batch, tokens, stage);
    fit.capacity = chip.need_capacity().range.value;
    fit.reserve = chip.chip_class == ChipClass::kHeddle ? 0 : 0.03 * fit.capacity + 0.5e9;
    const auto spare = [](const MemoryFit& f) { return f.capacity - f.weights - f.cache - f.reserve; };
    if (stage == 0 || spare(fit) < spare(tightest)) tightest = fit;
  }
  return tightest;
}

std::uint32_t fewest_devices(EstimateRequest request) {
  for (const std::uint32_t devices : {1U, 2U, 4U, 8U}) {
    request.devices = devices;
    Execution run = execution(request.chips.front(), request.format);
    if (request.cache) run.precision.cache = *request.cache;
    if (memory_fit(request, run).fits()) return devices;
  }
  return 0;
}

Estimate estimate(const EstimateRequest& request, const Parameters& parameters) {
  if (request.chips.empty()) throw std::runtime_error("estimate: field 'chip' is empty");
  if (request.devices == 0) throw std::runtime_error("estimate: field 'devices' is 0; must be at least 1");
  if (request.batch == 0) throw std::runtime_error("estimate: field 'batch' is 0; must be at least 1");
  if (request.context == 0) throw std::runtime_error("estimate: field 'context' is 0; must be at least 1");
  Estimate out;
  out.request = request;
  if (out.request.prompt == 0) out.request.prompt = request.context;
  const Chip& chip = request.chips.front();
  out.software = find_software(request.software.empty() ? default_software(chip) : request.software);
  out.request.software = out.software.name;
  if (request.int4_bits > 0) out.software.int4_bits = request.int4_bits;
  if (request.head_bits > 0) out.software.int4_head_bits = request.head_bits;
  out.execution = execution(chip, request.format);
  for (const Chip& other : request.chips) execution(other, request.format);  // throws where another lacks it
  store_as(out.software, out.execution.precision);
  // DeepSeek's models with latent attention are published in blocks.
  if (request.format == Format::kFp8 && out.software.fp8_whole && !request.model.attention.latent) {
    out.execution.precision.weights = plain(Format::kFp8);
  }
  if (request.cache) out.execution.precision.cache = *request.cache;
  if (request.flash_attention.value_or(out.software.flash_attention)) out.software.writes_scores = false;
  const Parallel parallel = parallel_of(request);
  check(parallel, request.model);
  out.memory = memory_fit(out.request, out.execution);

  Work work;
  work.precision = out.execution.precision;
  work.phase = Phase::kPrefill;
  work.batch = request.batch;
  work.new_tokens = out.request.prompt;
  work.context = request.cached;
  const double batch = static_cast<double>(request.batch);
  out.prefill = step_estimate(out.request, work, parallel, out.software, parameters);
  if (request.model.attention.causal) {
    work.phase = Phase::kDecode;
    work.context = request.context;
    work.new_tokens = request.tokens_a_step;
    out.decode = step_estimate(out.request, work, parallel, out.software, parameters);
  }
  if (can_be_anchored(out.request, out.software)) anchor(out, reference_runs());
  out.time_to_first_token = out.prefill.seconds;
  out.prefill_tokens_per_second =
      inverse(out.prefill.seconds, batch * static_cast<double>(out.request.prompt));
  if (out.decode) {
    out.tokens_per_second = inverse(out.decode->seconds, 1);
    out.tokens_per_second_group = inverse(out.decode->seconds, batch);
  }
  if (out.decode && out.software.first_token_decodes && out.request.prompt > 1) {
    work.context = request.cached + out.request.prompt;
    work.new_tokens = 1;
    out.time_to_first_token =
        out.prefill.seconds + step_estimate(out.request, work, parallel, out.software, parameters).seconds;
  }
  add_remarks(out);
  return out;
}

}  // namespace heddle::eval
