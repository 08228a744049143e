// Claims on memory, speed and splits of models.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/chips/chips.hpp"
#include "eval/chips/system.hpp"
#include "eval/claims/claims.hpp"
#include "eval/compare/service.hpp"

namespace heddle::eval {
namespace {

constexpr double kGb = 1e9;

Precision stored_in(Format format) {
  Precision p;
  p.weights = common_storage(format);
  return p;
}

EstimateRequest request(const char* model, const char* chip, Format format, std::uint32_t devices,
                        std::uint64_t context) {
  EstimateRequest out;
  out.model = load_model(model);
  out.chips = {load_chip(chip)};
  out.devices = devices;
  out.format = format;
  out.context = context;
  out.split = out.model.experts ? Split::kExpert : Split::kTensor;
  return out;
}

Claim r1_memory() {
  const Model r1 = load_model("DeepSeek-R1");
  const double fp8 = weight_bytes(r1, stored_in(Format::kFp8)) / kGb, bf16 = weight_bytes(r1, {}) / kGb;
  const double a100 = load_chip("A100 SXM 80GB").need_capacity().range.value / kGb;
  return {
      "r1-memory",
      "DeepSeek R1 needs about 700 GB of GPU memory, about 10 A100 (another text: 1,600 GB)",
      ClaimVerdict::kHoldsIf,
      "the weights stay at 8 bits, which an A100 can only store and widen (it does not multiply FP8); in "
      "BF16 it "
      "takes twice as many",
      {fmt::format("{:.1f}B parameters; as published in FP8 blocks, embedding and head in BF16: {:.0f} GB",
                   static_cast<double>(parameter_count(r1)) / 1e9, fp8),
       fmt::format("in BF16: {:.0f} GB; 1,600 GB would be BF16 with 20% for the cache and the runtime", bf16),
       fmt::format(
           "A100 80GB: {:.1f} GB each; {:.0f} GB / {:.1f} GB = {:.1f} devices at 8 bits, {:.1f} in BF16",
           a100, fp8, a100, fp8 / a100, bf16 / a100)}};
}

Claim qwq_24gb(const ClaimContext& c) {
  const Model qwq = load_model("QwQ-32B");
  EstimateRequest r = request("QwQ-32B", "RTX 4090", Format::kInt4, 1, 1024);
  const Execution run = execution(r.chips[0], Format::kInt4);
  const MemoryFit at = memory_fit(r, run);
  const double spare = at.capacity - at.reserve - at.weights;
  const double longest = spare / cache_bytes_per_token(qwq, run.precision.cache);
  const Estimate e = estimate(r, c.parameters);
  return {
      "qwq-24gb",
      "QwQ-32B runs on one RTX 4090, in 24 GB; 98% fewer resources than R1",
      ClaimVerdict::kHoldsIf,
      fmt::format("its weights have 4 bits and the context stays below {:.0f}K tokens with a 16-bit cache",
                  longest / 1024),
      {fmt::format(
           "weights at {:.2f} bits: {:.1f} GB; in 8 bits {:.1f} GB, in BF16 {:.1f} GB, which do not fit",
           run.precision.weights.bits_per_element, at.weights / kGb,
           weight_bytes(qwq, stored_in(Format::kInt8)) / kGb, weight_bytes(qwq, {}) / kGb),
       fmt::format("{:.1f} GB capacity - {:.1f} GB reserve - weights = {:.1f} GB for {:.0f} KB a token: "
                   "{:.0f} tokens",
                   at.capacity / kGb, at.reserve / kGb, spare / kGb,
                   cache_bytes_per_token(qwq, run.precision.cache) / 1e3, longest),
       fmt::format("{} tokens/s predicted ({})", text(e.tokens_per_second.range),
                   name(e.tokens_per_second.grade)),
       fmt::format(
           "resources: {:.1f} GB against {:.0f} GB of R1 in FP8 are {:.1f}% fewer bytes", at.weights / kGb,
           weight_bytes(load_model("DeepSeek-R1"), stored_in(Format::kFp8)) / kGb,
           100 * (1 - at.weights / weight_bytes(load_model("DeepSeek-R1"), stored_in(Format::kFp8))))}};
}

Claim r1_parameters() {
  const Model r1 = load_model("DeepSeek-R1");
  return {"r1-parameters",
          "\"370B activated\" and \"617B\" parameters of DeepSeek R1",
          ClaimVerdict::kFails,
          "they are slips for 37B and 671B",
          {fmt::format("counted from its config.json: {:.2f}B parameters, {:.2f}B of them met by one token",
                       static_cast<double>(parameter_count(r1)) / 1e9,
                       static_cast<double>(active_parameter_count(r1)) / 1e9)}};
}

Claim frontier_cost(const ClaimContext& c) {
  Scenario scenario = load_scenario("cloud-serving");
  const Service qwq = serve(load_candidate("H100"), scenario, c.prices, c.parameters);
  scenario.model = "DeepSeek-R1";
  scenario.format = Format::kFp8;
  scenario.cache.reset();
  const Service r1 = serve(load_candidate("H200"), scenario, c.prices, c.parameters);
  const OperatingPoint &a = qwq.best ? *qwq.best : qwq.single, &b = r1.best ? *r1.best : r1.single;
  const Range times = b.usd_per_million->range / a.usd_per_million->range;
  return {"hundredfold",
          "QwQ-32B: over 100x lower inference cost than a frontier model",
          times.high < 100 ? ClaimVerdict::kFails : ClaimVerdict::kHoldsIf,
          times.high < 100 ? "R1, an open frontier model of the same time, costs a few times as much a "
                             "token, not a hundred; list "
                             "prices of closed models are not costs"
                           : "the frontier model is served at the upper end of the range",
          {fmt::format("QwQ-32B INT8 on {} x H100 at batch {}: {} USD a million tokens", qwq.devices, a.batch,
                       text(a.usd_per_million->range)),
           fmt::format("DeepSeek-R1 FP8 on {} x H200 at batch {}: {} USD", r1.devices, b.batch,
                       text(b.usd_per_million->range)),
           fmt::format("ratio {} under 50 ms a token, prices of {}", text(times), c.prices.date)}};
}

Claim m4_max(const ClaimContext& c) {
  const Estimate e = estimate(request("QwQ-32B", "M4 Max", Format::kInt4, 1, 8192), c.parameters);
  const Range speed = e.tokens_per_second.range;
  return {"m4-max",
          "QwQ-32B \"runs nicely\" on an M4 Max",
          speed.low >= 10   ? ClaimVerdict::kHolds
          : speed.high < 10 ? ClaimVerdict::kFails
                            : ClaimVerdict::kHoldsIf,
          fmt::format("with 4-bit weights it reads at {} tokens a second; \"nicely\" is taken as 10, the "
                      "threshold of chat at home",
                      text(speed)),
          {fmt::format("{:.1f} GB of weights and cache, fits: {}", (e.memory.weights + e.memory.cache) / kGb,
                       e.memory.fits() ? "yes" : "no"),
           fmt::format("prompt of 8,192 tokens: {} s to the first token, which is not nice",
                       text(e.time_to_first_token.range))}};
}

Claim exo(const ClaimContext& c) {
  const System system = load_system("8x M4 Pro mini");
  EstimateRequest r;
  r.model = load_model("DeepSeek-V3");
  r.chips = system.devices;
  r.split = Split::kLayer;
  r.format = Format::kInt4;
  r.context = 128;
  r.prompt = 32;
  r.software = "exo";
  const Estimate e = estimate(r, c.parameters);
  const System home = load_system("home cluster");
  EstimateRequest u = r;
  u.model = load_model("Qwen2.5-72B");
  u.chips = home.devices;
  u.context = 4096;
  const Estimate unequal = estimate(u, c.parameters);
  return {"layer-split",
          "A model can be split by layers over several devices at home (exo)",
          ClaimVerdict::kHolds,
          "it was run, and the model gives it; layers take turns, so that devices add memory, not speed for "
          "one user",
          {fmt::format("DeepSeek-V3 4-bit on 8 x M4 Pro: {} tokens/s predicted, 5.37 measured (exo)",
                       text(e.tokens_per_second.range)),
           fmt::format("Qwen2.5-72B 4-bit over an M4 Max, an RTX 4090 and two M4 Pro in proportion to "
                       "memory: {} tokens/s, fits: {}",
                       text(unequal.tokens_per_second.range), unequal.memory.fits() ? "yes" : "no")}};
}

Claim dense_on_cpu(const ClaimContext& c) {
  std::vector<std::string> lines;
  const auto on_cpu = [&](const char* model) {
    EstimateRequest r = request(model, "EPYC 9654", Format::kInt4, 1, 2048);
    const Estimate e = estimate(r, c.parameters);
    lines.push_back(fmt::format("{} 4-bit on an EPYC 9654: {} tokens/s, {:.0f} GB of {:.0f} GB", model,
                                text(e.tokens_per_second.range), (e.memory.weights + e.memory.cache) / kGb,
                                e.memory.capacity / kGb));
    return e.tokens_per_second.range;
  };
  const Range dense = on_cpu("QwQ-32B"), experts = on_cpu("DeepSeek-R1"), big = on_cpu("Qwen2.5-72B");
  (void)big;
  const Estimate gpu = estimate(request("QwQ-32B", "RTX 4090", Format::kInt4, 1, 2048), c.parameters);
  lines.push_back(fmt::format("QwQ-32B 4-bit on an RTX 4090: {} tokens/s, {:.1f} times the processor's",
                              text(gpu.tokens_per_second.range),
                              gpu.tokens_per_second.range.value / dense.value));
  lines.push_back(
      fmt::format("per token R1 reads as many bytes as a dense model of 37B: {:.2f} times QwQ-32B's speed",
                  experts.value / dense.value));
  return {"dense-on-cpu",
          "Dense models lose little on CPU and memory, mixture of experts needs extreme hardware",
          ClaimVerdict::kFails,
          "the other way round: a dense model loses the ratio of bandwidths, and a mixture needs capacity, "
          "which a "
          "processor has, but per token only the bandwidth of its active part",
          lines};
}

Claim phones(const ClaimContext& c) {
  const Model qwq = load_model("QwQ-32B");
  const double bytes = weight_bytes(qwq, stored_in(Format::kInt4)) / kGb;
  std::vector<std::string> lines = {
      fmt::format("4-bit weights are {:.1f} GB; phones have 8 to 24 GB of memory in all (recalled)", bytes),
      fmt::format("at 10 tokens/s a phone would need {:.0f} GB/s, LPDDR5X-8533 x64 has 68", 10 * bytes)};
  for (const char* chip : {"BR104", "Ascend 910B"}) {
    EstimateRequest r = request("QwQ-32B", chip, Format::kInt8, 1, 4096);
    r.devices = std::max(1U, fewest_devices(r));
    const Estimate e = estimate(r, c.parameters);
    lines.push_back(fmt::format("{} x {} in 8 bits: {} tokens/s, fits: {}", r.devices, chip,
                                text(e.tokens_per_second.range), e.memory.fits() ? "yes" : "no"));
  }
  return {"phones",
          "QwQ-32B on phones and home devices; on a Biren all-in-one machine; as a service of the national "
          "supercomputing platform",
          ClaimVerdict::kHoldsIf,
          "phones are left out: home computers with 24 GB and servers of domestic chips hold it, a phone "
          "would give 4 tokens a "
          "second at best and no room for anything else",
          lines};
}

Claim latent_cache(const ClaimContext& c) {
  const Model v3 = load_model("DeepSeek-V3"), qwq = load_model("QwQ-32B");
  const AttentionShape& a = v3.attention;
  const double latent = cache_bytes_per_token(v3, Format::kBf16);
  const double full =
      2.0 * static_cast<double>(v3.layers * a.heads * (a.nope_dim + a.rope_dim + a.value_dim));
  EstimateRequest r = request("DeepSeek-V3", "H200", Format::kFp8, 8, 4096);
  r.batch = 64;
  const Estimate skewed = estimate(r, c.parameters);
  r.routing_skew = 0;
  const Estimate balanced = estimate(r, c.parameters);
  return {
      "latent-cache",
      "MLA caches latent vectors and so saves memory; expert load must be balanced or routing collapses",
      ClaimVerdict::kHoldsIf,
      "the saving holds without condition; a skewed load slows prefill by a tenth and speeds small decode "
      "batches up, which touch "
      "fewer experts; whether routing collapses is a matter of training, not decided here",
      {fmt::format("DeepSeek-V3: {:.0f} bytes a token in BF16, {:.0f} with keys and values of all {} heads: "
                   "{:.0f} times less",
                   latent, full, a.heads, full / latent),
       fmt::format("QwQ-32B with 8 grouped heads: {:.0f} bytes, though it has a twentieth of the parameters",
                   cache_bytes_per_token(qwq, Format::kBf16)),
       fmt::format("prefill of the same 64 prompts: {:.1f} s balanced, {:.1f} s with a power law of 1.01",
                   balanced.prefill.seconds.range.value, skewed.prefill.seconds.range.value),
       fmt::format("decode step on 8 x H200, batch 64: {:.2f} ms with balanced experts, {:.2f} ms with a "
                   "power law of 1.01",
                   1e3 * balanced.decode->seconds.range.value, 1e3 * skewed.decode->seconds.range.value)}};
}

}  // namespace

std::vector<Claim> claims_on_models(const ClaimContext& c) {
  return {r1_memory(), qwq_24gb(c),     r1_parameters(), frontier_cost(c), m4_max(c),
          exo(c),      dense_on_cpu(c), phones(c),       latent_cache(c)};
}

}  // namespace heddle::eval
