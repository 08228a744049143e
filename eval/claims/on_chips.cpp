// Claims on peaks, systems and the chips of China.
#include <fmt/format.h>

#include "eval/chips/chips.hpp"
#include "eval/claims/claims.hpp"
#include "eval/compare/compare.hpp"

namespace heddle::eval {
namespace {

Claim kunlun() {
  const Chip first = load_chip("Kunlun 1"), second = load_chip("Kunlun 2");
  const auto peak = [](const Chip& c) { return c.need_peak(Format::kFp16).range.value / 1e12; };
  const auto bandwidth = [](const Chip& c) { return c.need_bandwidth().range.value / 1e9; };
  return {"kunlun-2",
          "Kunlun 2: 128 TFLOPS FP16, 2-3x the previous generation",
          ClaimVerdict::kHoldsIf,
          "the work is bound by arithmetic; its bandwidth did not grow, so that decoding is no faster",
          {fmt::format("FP16 {:.0f} over {:.0f} TFLOPS = {:.1f}x; memory {:.0f} and {:.0f} GB/s = {:.1f}x",
                       peak(second), peak(first), peak(second) / peak(first), bandwidth(second),
                       bandwidth(first), bandwidth(second) / bandwidth(first))}};
}

Claim exaflops() {
  const double tpu = 4096 * load_chip("TPU v4").need_peak(Format::kBf16).range.value;
  const double dojo = 3000 * load_chip("Dojo D1").need_peak(Format::kBf16).range.value;
  return {"exaflops",
          "4,096 TPU v4 in one system; Dojo ExaPOD of 3,000 D1 at 7 nm (1.13 and 1.09 EFLOPS)",
          ClaimVerdict::kHolds,
          "both are BF16 peaks of all chips together",
          {fmt::format("4,096 x 275 TFLOPS = {:.3f} EFLOPS", tpu / 1e18),
           fmt::format("3,000 x 362 TFLOPS = {:.3f} EFLOPS; process {} nm", dojo / 1e18,
                       text(load_chip("Dojo D1").process->range))}};
}

Claim fifth() {
  const double fp32 = 3000 * load_chip("Dojo D1").need_peak(Format::kFp32).range.value;
  return {"fifth-computer",
          "Dojo ExaPOD would be the fifth largest computer",
          ClaimVerdict::kFails,
          "that list ranks measured FP64, which a D1 does not have; 1.09 EFLOPS are BF16, a sixteenth of it "
          "is FP32",
          {fmt::format("BF16 1.09 EFLOPS; FP32 3,000 x 22.6 TFLOPS = {:.1f} PFLOPS of peak", fp32 / 1e15),
           "TOP500, fifth, measured FP64: Perlmutter with 64.6 PFLOPS (June 2021), Summit with 148.6 "
           "(November 2022); recalled"}};
}

Claim domestic(const ClaimContext& c) {
  const Scenario scenario = load_scenario("cloud-serving");
  std::vector<std::string> lines;
  int pass = 0, all = 0, open = 0;
  std::string large;
  for (const Chip& chip : all_chips()) {
    if (chip.country != "CN") continue;
    ++all;
    Candidate candidate;
    candidate.chip = chip;
    const Judgement j = judge(serve(candidate, scenario, c.prices, c.parameters)).judgement;
    pass += j == Judgement::kPass ? 1 : 0;
    open += j == Judgement::kUndecided ? 1 : 0;
    const bool enough = chip.has(Format::kBf16) && chip.need_peak(Format::kBf16).range.low >= 250e12 &&
                        chip.link && chip.link->bytes_per_s_each_way().low >= 100e9;
    if (enough) large += (large.empty() ? "" : ", ") + chip.name;
  }
  lines.push_back(fmt::format(
      "QwQ-32B in 8 bits for the cloud (20 tokens/s a user): {} of {} chips pass, {} undecided, {} fail",
      pass, all, open, all - pass - open));
  lines.push_back(
      "BF16 of 250 TFLOPS and more with a link of 100 GB/s each way, as the training clusters above have: " +
      (large.empty() ? "none" : large));
  lines.push_back(
      "FlagPerf: BI-V100 x8 trains BERT at 22% of A100 x8 on 47% of its peak: software, not silicon, sets "
      "the limit");
  return {"domestic",
          "Domestic chips serve inference but mostly not large training (Enflame (Suiyuan), Biren, Iluvatar "
          "(Tianshu), Cambricon "
          "Siyuan 590, Baidu Kunlun)",
          ClaimVerdict::kHoldsIf,
          "inference is that of a 32B model on up to eight devices; for training few have the arithmetic and "
          "the links on paper, and "
          "published training speeds are rare",
          lines};
}

Claim evaluation(const ClaimContext& c) {
  CompareRequest request;
  request.chips = {"H100", "Ascend 910B", "L40S", "RTX 4090"};
  request.scenario = load_scenario("cloud-serving");
  const Comparison result = compare(request, c.prices, c.parameters);
  std::vector<std::string> lines;
  const auto best = [&](const char* what, auto figure, bool more) {
    const Service* top = nullptr;
    for (const Service& s : result.services) {
      if (!s.refused.empty() || !figure(s)) continue;
      if (top == nullptr || (more ? *figure(s) > *figure(*top) : *figure(s) < *figure(*top))) top = &s;
    }
    lines.push_back(fmt::format("best by {}: {}", what, top == nullptr ? "-" : top->candidate.name()));
  };
  using Optional = std::optional<double>;
  best(
      "tokens/s of one user",
      [](const Service& s) { return Optional(s.single.tokens_per_second.range.value); }, true);
  best(
      "J a token (board)",
      [](const Service& s) {
        const auto j = s.single.joules_per_token.find(Boundary::kBoard);
        return j == s.single.joules_per_token.end() ? Optional() : Optional(j->second.range.value);
      },
      false);
  best(
      "USD a million tokens",
      [](const Service& s) {
        const OperatingPoint& p = s.best ? *s.best : s.single;
        return p.usd_per_million ? Optional(p.usd_per_million->range.value) : Optional();
      },
      false);
  return {"evaluation",
          "A chip should be judged by performance, scenario and comprehensive evaluation (the national "
          "scheme for AI chips)",
          ClaimVerdict::kNotDecidable,
          "it is a norm; the report follows it, and shows why: the best chip differs by what is asked",
          lines};
}

}  // namespace

std::vector<Claim> claims_on_chips(const ClaimContext& c) {
  return {kunlun(), exaflops(), domestic(c), evaluation(c), fifth()};
}

}  // namespace heddle::eval
