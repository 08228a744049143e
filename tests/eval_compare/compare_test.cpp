// Whole comparisons.
#include "eval/compare/compare.hpp"

#include <gtest/gtest.h>

#include "eval/chips/chips.hpp"
#include "eval/compare/accuracy.hpp"
#include "eval/compare/pareto.hpp"

namespace heddle::eval {
namespace {

Comparison three() {
  CompareRequest request;
  request.chips = {"server as Ascend 910B", "H100", "TPU v4"};
  request.scenario = load_scenario("cloud-serving");
  return compare(request, load_prices(), kernel_parameters());
}

const ComparedRatio* find(const Comparison& c, const std::string& what, const std::string& of,
                          const std::string& boundary = "") {
  for (const ComparedRatio& r : c.ratios) {
    if (r.what == what && r.of == of && r.boundary == boundary) return &r;
  }
  return nullptr;
}

TEST(Candidate, APresetHasThePeakMemoryAndLabelOfItsModel) {
  const Candidate preset = load_candidate("server as ascend-910b");
  const Chip like = load_chip("Ascend 910B");
  EXPECT_TRUE(preset.preset);
  EXPECT_EQ(preset.label.rfind("extrapolated: ", 0), 0u);
  EXPECT_EQ(preset.chip.need_peak(Format::kInt8).range.value, like.need_peak(Format::kInt8).range.value);
  EXPECT_EQ(preset.chip.need_bandwidth().range.value, like.need_bandwidth().range.value);
  EXPECT_NEAR(2 * preset.machine->macs_per_cycle * preset.machine->clock, 752e12, 1e9);
  EXPECT_TRUE(preset.area());
  EXPECT_TRUE(load_candidate("server").machine);
  EXPECT_FALSE(load_candidate("H100").machine);
  EXPECT_THROW(load_candidate("H1000"), std::runtime_error);
}

TEST(Compare, BaselineIsNvidiasUnlessTold) {
  EXPECT_EQ(three().services[three().baseline].candidate.name(), "H100 SXM5");
  CompareRequest request;
  request.chips = {"H100", "TPU v4"};
  request.scenario = load_scenario("cloud-serving");
  request.baseline = "tpuv4";
  EXPECT_EQ(compare(request, load_prices(), kernel_parameters()).baseline, 1u);
  request.baseline = "L40S";
  EXPECT_THROW(compare(request, load_prices(), kernel_parameters()), std::runtime_error);
  request.chips = {"H100", "h100 sxm5"};
  request.baseline.clear();
  EXPECT_THROW(compare(request, load_prices(), kernel_parameters()), std::runtime_error);
  request.chips = {"H100"};
  EXPECT_THROW(compare(request, load_prices(), kernel_parameters()), std::runtime_error);
}

TEST(Compare, RatiosFollowFromTheFigures) {
  const Comparison c = three();
  const auto& ours = c.services[0].single;
  const auto& gpu = c.services[1].single;
  const ComparedRatio* speed = find(c, "tokens_per_second", "server as Ascend 910B");
  ASSERT_TRUE(speed != nullptr && speed->ratio);
  EXPECT_DOUBLE_EQ(speed->ratio->figure.range.value,
                   ours.tokens_per_second.range.value / gpu.tokens_per_second.range.value);
  EXPECT_EQ(speed->ratio->figure.grade, Grade::kExtrapolated);
  const ComparedRatio* board = find(c, "joules_per_token", "server as Ascend 910B", "board");
  ASSERT_TRUE(board->ratio);
  EXPECT_EQ(board->ratio->verdict, Verdict::kUndecided);
  // A core is known of ours and of no GPU: there is no ratio, not one across boundaries.
  const ComparedRatio* core = find(c, "joules_per_token", "server as Ascend 910B", "core");
  EXPECT_FALSE(core->ratio);
  EXPECT_EQ(core->refused, "H100 SXM5: not known");
}

TEST(Compare, EnergyGrowsWithTheBoundary) {
  for (const Service& s : three().services) {
    const auto& joules = s.single.joules_per_token;
    EXPECT_GT(joules.at(Boundary::kWall).range.value, joules.at(Boundary::kBoard).range.value);
    if (joules.contains(Boundary::kCore)) {
      EXPECT_GT(joules.at(Boundary::kBoard).range.value, joules.at(Boundary::kCore).range.value);
    }
    for (const auto& [boundary, g] : joules) {
      EXPECT_LE(g.range.low, g.range.value);
      EXPECT_GE(g.range.high, g.range.value);
    }
  }
}

TEST(Compare, BestBatchKeepsTheLatencyLimit) {
  for (const Service& s : three().services) {
    ASSERT_TRUE(s.best) << s.candidate.name();
    EXPECT_LE(s.best->seconds_per_token.range.value, 0.05);
    EXPECT_LE(s.best->time_to_first_token.range.value, 5);
    EXPECT_GT(s.best->tokens_per_second_group.range.value, s.single.tokens_per_second_group.range.value);
    EXPECT_LT(s.best->joules_per_token.at(Boundary::kBoard).range.value,
              s.single.joules_per_token.at(Boundary::kBoard).range.value);
  }
}

TEST(Compare, AnUnknownPriceYieldsTheBreakEven) {
  const Comparison c = three();
  EXPECT_FALSE(c.services[0].best->usd_per_million);
  ASSERT_TRUE(c.break_even[0].price_usd);
  EXPECT_GT(c.break_even[0].price_usd->value, 0);
  // The share of the bandwidth at which it is as fast as the baseline.
  const auto& s = c.services[0];
  const auto& t = s.estimate.decode->totals;
  const double bytes = t.weight_bytes + t.cache_bytes + t.activation_bytes;
  EXPECT_NEAR(*c.break_even[0].share_of_bandwidth * 1600e9 / bytes,
              c.services[1].single.tokens_per_second.range.value, 1e-6);
}

TEST(Compare, ViewsScaleWhatTheySay) {
  const Comparison c = three();
  const auto view = [&](const std::string& name) -> const View& {
    for (const View& v : c.views) {
      if (v.name == name) return v;
    }
    throw std::logic_error(name);
  };
  EXPECT_EQ(c.views.size(), 5u);
  const double built = view("as_built").entries[0].tokens_per_second->range.value;
  const double area = 814 / c.services[0].candidate.area()->value;
  EXPECT_NEAR(view("equal_area").entries[0].tokens_per_second->range.value, built * area, 1e-9);
  // 3.35 TB/s instead of 1.6: bound by memory, so that speed follows.
  EXPECT_NEAR(view("equal_bandwidth").entries[0].tokens_per_second->range.value / built, 3350.0 / 1600, 0.02);
  // 4 nm instead of 7: the same speed for less energy, and DRAM is not scaled.
  EXPECT_DOUBLE_EQ(view("equal_process").entries[0].tokens_per_second->range.value, built);
  const double before = view("as_built").entries[0].joules_per_token->range.value;
  const double after = view("equal_process").entries[0].joules_per_token->range.value;
  EXPECT_LT(after, before);
  EXPECT_GT(after, 0.5 * before);
  for (const View& v : c.views) {
    const ViewEntry& base = v.entries[1];
    EXPECT_DOUBLE_EQ(base.tokens_per_second->range.value, c.services[1].single.tokens_per_second.range.value);
  }
}

TEST(Compare, WrittenRatiosWithoutTheirLabelsAreCaught) {
  CompareRequest request;
  request.chips = {"H100", "Maia 100"};  // which only stores 8 bits
  request.scenario = load_scenario("cloud-serving");
  nlohmann::ordered_json json = comparison_to_json(compare(request, load_prices(), kernel_parameters()));
  EXPECT_NO_THROW(check_comparison_json(json));
  for (const char* field : {"labels", "grade"}) {
    nlohmann::ordered_json spoilt = json;
    spoilt["ratios"][0].erase(field);
    EXPECT_THROW(check_comparison_json(spoilt), UnfairComparison) << field;
  }
  nlohmann::ordered_json unlabelled = json;
  unlabelled["ratios"][0]["labels"] = nlohmann::ordered_json::array();
  EXPECT_THROW(check_comparison_json(unlabelled), UnfairComparison);
  nlohmann::ordered_json other = json;
  other["chips"][1]["terms"]["model"] = "another";
  EXPECT_THROW(check_comparison_json(other), UnfairComparison);
  for (auto& r : json["ratios"]) {
    if (r["what"] != "joules_per_token" || !r.contains("value")) continue;
    r.erase("boundary");
    EXPECT_THROW(check_comparison_json(json), UnfairComparison);
    return;
  }
  FAIL() << "no ratio of energies";
}

// Where one chip serves a batch of its own, views and costs need their labels as well.
TEST(Compare, WrittenBatchesAndViewsAreCheckedToo) {
  nlohmann::ordered_json json = comparison_to_json(three());
  EXPECT_NO_THROW(check_comparison_json(json));
  bool found = false;
  for (std::size_t i = 0; i < json["ratios"].size(); ++i) {
    if (json["ratios"][i]["what"] != "tokens_per_second_at_best_batch") continue;
    nlohmann::ordered_json spoilt = json;
    spoilt["ratios"][i]["labels"] = nlohmann::ordered_json::array();
    EXPECT_THROW(check_comparison_json(spoilt), UnfairComparison);
    found = true;
  }
  EXPECT_TRUE(found);
  for (nlohmann::ordered_json& view : json["views"]) {
    for (std::size_t i = 0; i < view["ratios"].size(); ++i) {
      if (!view["ratios"][i].contains("value")) continue;
      nlohmann::ordered_json spoilt = json;
      for (nlohmann::ordered_json& other : spoilt["views"])
        if (other["name"] == view["name"]) other["ratios"][i].erase("labels");
      EXPECT_THROW(check_comparison_json(spoilt), UnfairComparison) << view["name"];
    }
  }
}

TEST(Compare, AWrittenRatioIsTheQuotientOfItsFiguresAtOneBoundary) {
  const nlohmann::ordered_json json = comparison_to_json(three());
  const auto refused = [&](const char* field, const nlohmann::ordered_json& value, const char* why) {
    int changed = 0;
    for (std::size_t i = 0; i < json["ratios"].size(); ++i) {
      if (!json["ratios"][i].contains("value") || json["ratios"][i].value(field, value) == value) continue;
      nlohmann::ordered_json spoilt = json;
      spoilt["ratios"][i][field] = value;
      EXPECT_THROW(check_comparison_json(spoilt), UnfairComparison) << why << ": " << json["ratios"][i];
      ++changed;
    }
    EXPECT_GT(changed, 0) << why;
  };
  refused("boundary", "board", "the quotient of another boundary");
  refused("low", 0.5, "an error left out");
  refused("grade", "measured_here", "the better grade");
  refused("verdict", "better", "ranges that overlap, or that are the other way round");
  nlohmann::ordered_json graded = json;
  graded["chips"][1]["batch_1"]["joules_per_token"]["board"]["grade"] = "measured_here";
  EXPECT_THROW(check_comparison_json(graded), UnfairComparison) << "grades without their label";
}

TEST(Compare, ASpeedStandsBesideItsSoftwareItsLossAndAbsoluteFigures) {
  nlohmann::ordered_json json = comparison_to_json(three());
  for (const char* beside : {"software", "software_versions", "perplexity_increase", "batch_1"}) {
    nlohmann::ordered_json spoilt = json;
    spoilt["chips"][0].erase(beside);
    EXPECT_THROW(check_comparison_json(spoilt), UnfairComparison) << beside;
  }
  for (const auto& chip : json["chips"]) {
    EXPECT_FALSE(chip["software"].get<std::string>().empty());
    EXPECT_EQ(chip["software_versions"].empty(), chip["software"] == "roofline") << chip["chip"];
    EXPECT_GT(chip["perplexity_increase"]["share"]["high"].get<double>(), 0) << chip["chip"];
  }
}

TEST(PerplexityLoss, GrowsAsBitsShrinkAndIsNullWhereNothingIsCited) {
  const auto loss = [](Format weights, Format activations) {
    Precision precision;
    precision.weights = plain(weights);
    precision.activations = activations;
    return perplexity_loss(precision);
  };
  EXPECT_EQ(loss(Format::kBf16, Format::kBf16).share->high, 0);
  EXPECT_EQ(text(loss(Format::kBf16, Format::kBf16)), "none");
  EXPECT_LT(loss(Format::kInt8, Format::kBf16).share->value, loss(Format::kInt8, Format::kInt8).share->value);
  EXPECT_LT(loss(Format::kInt8, Format::kInt8).share->high, loss(Format::kInt4, Format::kFp16).share->low);
  EXPECT_FALSE(loss(Format::kFp8, Format::kFp8).share);
  EXPECT_EQ(text(loss(Format::kInt4, Format::kInt4)), "not cited");
}

TEST(Pareto, DominatedNeedsADecisiveWinAndNoLoss) {
  const auto service = [](const char* name, const Range& speed, const Range& joules) {
    Service s;
    s.candidate.chip.name = name;
    s.single.tokens_per_second = {speed, Grade::kModelled};
    s.single.joules_per_token[Boundary::kBoard] = {joules, Grade::kModelled};
    return s;
  };
  const Front front = pareto_front(
      {service("fast", {100, 90, 110}, {5, 4, 6}), service("slow", {10, 9, 11}, {6, 5, 7}),
       service("frugal", {10, 9, 11}, {1, 0.9, 1.1}), service("near", {99, 89, 109}, {5, 4, 6})});
  EXPECT_EQ(front.on_front, (std::vector<bool>{true, false, true, true}));
  EXPECT_EQ(front.dominated_by[1], "fast");
}

TEST(Serve, RefusalsSayWhyAndWhetherItIsKnown) {
  const Prices prices = load_prices();
  const Scenario serving = load_scenario("cloud-serving");
  const Service small = serve(load_candidate("tiny"), serving, prices, kernel_parameters());
  EXPECT_EQ(small.refused, "does not fit in 8 devices");
  EXPECT_FALSE(small.undecided);
  Scenario floating = serving;
  floating.format = Format::kFp8;
  floating.cache.reset();
  const Service a100 = serve(load_candidate("A100 SXM 80GB"), floating, prices, kernel_parameters());
  EXPECT_FALSE(a100.refused.empty());
  EXPECT_FALSE(a100.undecided);
  const Service unknown = serve(load_candidate("S60"), serving, prices, kernel_parameters());
  EXPECT_TRUE(unknown.undecided) << unknown.refused;
}

}  // namespace
}  // namespace heddle::eval
