// Claims on operations: training runs, fleets, growth.
#include <fmt/format.h>

#include <cmath>

#include "eval/chips/chips.hpp"
#include "eval/claims/claims.hpp"
#include "eval/energy/board_power.hpp"
#include "eval/work/training.hpp"

namespace heddle::eval {
namespace {

double peak(const char* chip, Format format) { return load_chip(chip).need_peak(format).range.value; }

Claim deepseek_training() {
  const double v3 = training_flops(load_model("DeepSeek-V3"), 14.8e12);
  const double llama = training_flops(load_model("Llama-3.1-405B"), 15.6e12);
  const double v3_hours = 2.788e6, llama_hours = 30.8e6;
  const double v3_rate = v3 / (v3_hours * 3600), llama_rate = llama / (llama_hours * 3600);
  return {
      "training-hours",
      "DeepSeek-V3 trained with 2.788M H800 GPU-hours; Llama-3.1-405B with 30.8M: 11x",
      ClaimVerdict::kHolds,
      "both hours follow from 6ND at utilisations that such runs reach; nearly all of the 11x is the active "
      "parameters",
      {fmt::format("DeepSeek-V3: 6 x {:.2f}B x 14.8T = {:.2e} FLOP in 2.788M hours: {:.0f} TFLOPS a GPU, "
                   "{:.0f}% of the BF16 peak",
                   static_cast<double>(active_parameter_count(load_model("DeepSeek-V3"))) / 1e9, v3,
                   v3_rate / 1e12, 100 * v3_rate / peak("H800", Format::kBf16)),
       fmt::format("Llama-3.1-405B: 6 x 405.9B x 15.6T = {:.2e} FLOP in 30.8M hours: {:.0f} TFLOPS, {:.0f}%",
                   llama, llama_rate / 1e12, 100 * llama_rate / peak("H100", Format::kBf16)),
       fmt::format("published runs: {:.0f} to {:.0f}% ({})", 100 * training_utilization().range.low,
                   100 * training_utilization().range.high, training_utilization().source),
       fmt::format("hours 30.8 / 2.788 = {:.1f}; operations {:.1f}", llama_hours / v3_hours, llama / v3)}};
}

Claim gpt3() {
  const double flops = training_flops(175e9, 300e9);
  const double v100 = flops / (10000.0 * 14.8 * 86400);
  const Range a100 =
      training_seconds(flops, 6000, peak("A100 SXM 80GB", Format::kBf16), training_utilization().range);
  return {"gpt3",
          "GPT-3 trained on 10,000 V100 in 14.8 days; another text: about 6,000 A100",
          ClaimVerdict::kHoldsIf,
          "each V100 gave 20% of its peak, which is what the PaLM paper states for that run (21%); 6,000 "
          "A100 would have needed "
          "days, and no duration is given",
          {fmt::format(
               "6 x 175B x 300B = {:.2e} FLOP; over 10,000 x 14.8 days: {:.1f} TFLOPS each, {:.0f}% of 125",
               flops, v100 / 1e12, 100 * v100 / peak("V100 SXM2 32GB", Format::kFp16)),
           fmt::format("6,000 A100 at {:.0f} to {:.0f}%: {} days", 100 * training_utilization().range.low,
                       100 * training_utilization().range.high, text(a100 * Range(1.0 / 86400)))}};
}

Claim threshold() {
  const double v3 = training_flops(load_model("DeepSeek-V3"), 14.8e12);
  const Range days =
      training_seconds(v3, 10000, peak("A100 SXM 80GB", Format::kBf16), training_utilization().range) *
      Range(1.0 / 86400);
  return {"threshold-a100",
          "10,000 A100 are the threshold for a good large model",
          ClaimVerdict::kFails,
          "DeepSeek-V3 was trained on 2,048 H800, as much BF16 peak as 6,500 A100; fewer devices take "
          "longer, there is no threshold",
          {fmt::format("DeepSeek-V3's {:.2e} FLOP on 10,000 A100: {} days", v3, text(days)),
           fmt::format("2,048 H800 (DeepSeek-V3's report; recalled): 2.788M hours / 2,048 = {:.0f} days; "
                       "peak of {:.0f} A100",
                       2.788e6 / 2048 / 24,
                       2048 * peak("H800", Format::kBf16) / peak("A100 SXM 80GB", Format::kBf16))}};
}

Claim growth() {
  const Chip v100 = load_chip("V100 SXM2 32GB"), a100 = load_chip("A100 SXM 80GB"), h100 = load_chip("H100"),
             b200 = load_chip("B200");
  const auto rate = [](const Chip& a, const Chip& b, bool efficiency) {
    const auto of = [&](const Chip& c) {
      return c.need_peak(Format::kFp16).range.value / (efficiency ? board_limit(c).value : 1);
    };
    return std::pow(of(b) / of(a), 1.0 / (*b.year - *a.year)) - 1;
  };
  const auto doubling = [](double yearly) { return std::log(2.0) / std::log1p(yearly); };
  return {"growth",
          "Machine-learning hardware grows 43% a year, efficiency doubles in 1.9 years; world AI compute "
          "10^18 FLOP/s (2019), "
          "10^21 (2024); 300,000x from 2012 to 2018",
          ClaimVerdict::kHoldsIf,
          "growth is measured between flagships; efficiency of the chips here doubles more slowly than "
          "stated, and the two figures "
          "on all compute cannot be counted here",
          {fmt::format("FP16 peak, V100 2017 to H100 2022: {:+.0f}% a year; to B200 2024: {:+.0f}%; A100 "
                       "2020 to B200: {:+.0f}%",
                       100 * rate(v100, h100, false), 100 * rate(v100, b200, false),
                       100 * rate(a100, b200, false)),
           fmt::format("FP16 peak a watt of board limit: {:+.0f}% a year V100 to H100, doubling in {:.1f} "
                       "years; to B200 {:+.0f}%, {:.1f} years",
                       100 * rate(v100, h100, true), doubling(rate(v100, h100, true)),
                       100 * rate(v100, b200, true), doubling(rate(v100, b200, true))),
           fmt::format(
               "10^18 to 10^21 in five years: doubling every {:.1f} months; 300,000x in six years: every "
               "{:.1f} months; 43% "
               "a year: every {:.0f} months. The first two are of fleets and of single runs, not of chips",
               60 / std::log2(1000), 72 / std::log2(300000), 12 * doubling(0.43))}};
}

Claim fleets(const ClaimContext& c) {
  const Chip h100 = load_chip("H100");
  const Range wall = wall_watts(board_limit(h100), host_watts(h100, false), c.prices.pue.range);
  const auto price = unit_price(h100, c.prices);
  const auto line = [&](const char* who, double count) {
    return fmt::format(
        "{}: {:.0f} thousand x {} W at the wall = {:.2g} GW at full load; {:.2g} TWh a year at {:.0f}% load; "
        "{:.0f} to {:.0f} billion USD of boards",
        who, count / 1e3, text(wall), count * wall.value / 1e9,
        count * wall.value * 8760 * c.prices.load.range.value / 1e12, 100 * c.prices.load.range.value,
        count * price->usd.low / 1e9, count * price->usd.high / 1e9);
  };
  return {"fleets",
          "Google has over 1 million H100-equivalents, Microsoft 750,000-900,000, Alibaba and Tencent "
          "230,000 GPUs each",
          ClaimVerdict::kNotDecidable,
          "no public document counts them; what such fleets draw and cost follows",
          {line("Google", 1e6), line("Microsoft", 825e3), line("Alibaba or Tencent", 230e3)}};
}

Claim energy_use(const ClaimContext& c) {
  const Chip h100 = load_chip("H100");
  const double wall = wall_watts(board_limit(h100), host_watts(h100, false), c.prices.pue.range).value;
  constexpr double kBitcoin = 120;  // TWh a year
  const auto needed = [](double years) { return std::pow(kBitcoin / 24, 1 / years) - 1; };
  return {
      "energy-use",
      "Data centres of Google and Microsoft use 24 TWh; AI will use more power than Bitcoin mining in 1.6 to "
      "7.5 years",
      ClaimVerdict::kHoldsIf,
      "AI starts from about these 24 TWh and grows by 24 to 170% a year; at the 43% of hardware it takes 4.5 "
      "years",
      {fmt::format("24 TWh a year = {:.2f} GW on average = {:.1f} million H100 at full load from the wall",
                   24e12 / 8760 / 1e9, 24e12 / 8760 / wall / 1e6),
       fmt::format("Bitcoin: about {:.0f} TWh a year (Cambridge index, 2023; recalled). From 24 TWh in 1.6 "
                   "years: {:+.0f}% a year; in 7.5: {:+.0f}%",
                   kBitcoin, 100 * needed(1.6), 100 * needed(7.5)),
       fmt::format("at +43% a year: {:.1f} years", std::log(kBitcoin / 24) / std::log(1.43))}};
}

}  // namespace

std::vector<Claim> claims_on_training(const ClaimContext& c) {
  return {deepseek_training(), gpt3(), threshold(), growth(), fleets(c), energy_use(c)};
}

}  // namespace heddle::eval
