// The rules of fair comparisons.
#include "eval/compare/fairness.hpp"

#include <gtest/gtest.h>

namespace heddle::eval {
namespace {

Quantity joules(Boundary boundary = Boundary::kBoard) {
  Quantity q{"joules_per_token", false, true, {Range(2, 1, 4), Grade::kModelled}, {}};
  q.terms.model = "QwQ-32B";
  q.terms.weight_bits = 8;
  q.terms.activations = q.terms.cache = Format::kInt8;
  q.terms.prompt = 2048;
  q.terms.output = 512;
  q.terms.batch = 1;
  q.terms.boundary = boundary;
  return q;
}

std::string refusal(const Quantity& a, const Quantity& b, const Labels& labels = {}) {
  try {
    ratio(a, b, labels);
  } catch (const UnfairComparison& unfair) {
    return unfair.what();
  }
  return "";
}

TEST(Fairness, NoLabelJoinsTwoBoundaries) {
  const Labels every = {"grades", "activations", "cache", "weights", "emulated", "batch", "boundary"};
  EXPECT_EQ(refusal(joules(Boundary::kBoard), joules(Boundary::kCore), every),
            "joules_per_token: the boundary differs (board and core), and no label allows that");
  EXPECT_NE(refusal(joules(Boundary::kBoard), joules(Boundary::kWall), every), "");
  EXPECT_EQ(refusal(joules(Boundary::kWall), joules(Boundary::kWall)), "");
}

TEST(Fairness, SpeedHasNoBoundary) {
  Quantity a = joules(Boundary::kCore), b = joules(Boundary::kWall);
  a.energy = b.energy = false;
  EXPECT_EQ(refusal(a, b), "");
}

TEST(Fairness, AnotherModelOrLengthIsAnotherQuestion) {
  const Labels every = {"grades", "activations", "cache", "weights", "emulated", "batch"};
  for (const int which : {0, 1, 2}) {
    Quantity b = joules();
    if (which == 0) b.terms.model = "Llama-2-7B";
    if (which == 1) b.terms.prompt = 1;
    if (which == 2) b.terms.output = 1;
    EXPECT_NE(refusal(joules(), b, every), "") << which;
  }
}

TEST(Fairness, DifferencesNeedTheirLabel) {
  struct Case {
    const char* label;
    void (*change)(Quantity*);
  };
  const Case cases[] = {
      {"weights", [](Quantity* q) { q->terms.weight_bits = 4.16; }},
      {"activations", [](Quantity* q) { q->terms.activations = Format::kBf16; }},
      {"cache", [](Quantity* q) { q->terms.cache = Format::kFp16; }},
      {"emulated", [](Quantity* q) { q->terms.emulated = true; }},
      {"batch", [](Quantity* q) { q->terms.batch = 32; }},
      {"grades", [](Quantity* q) { q->figure.grade = Grade::kExtrapolated; }},
  };
  for (const Case& c : cases) {
    Quantity b = joules();
    c.change(&b);
    EXPECT_EQ(refusal(joules(), b),
              std::string("joules_per_token: the comparison needs the label '") + c.label + "'");
    EXPECT_EQ(refusal(joules(), b, {c.label}), "") << c.label;
    EXPECT_EQ(needed_labels(joules(), b), Labels{c.label});
  }
}

TEST(Fairness, ScalesAndEightBitFormatsAreNoDifference) {
  Quantity b = joules();
  b.terms.weight_bits = 8.02;
  b.terms.cache = Format::kFp8;
  EXPECT_EQ(refusal(joules(), b), "");
}

TEST(Fairness, ARatioCarriesBothErrorsAndTheWorseGrade) {
  Quantity a = joules(), b = joules();
  b.figure = {Range(4, 2, 5), Grade::kExtrapolated};
  const Ratio r = ratio(a, b, {"grades"});
  EXPECT_DOUBLE_EQ(r.figure.range.value, 0.5);
  EXPECT_DOUBLE_EQ(r.figure.range.low, 0.2);
  EXPECT_DOUBLE_EQ(r.figure.range.high, 2);
  EXPECT_EQ(r.figure.grade, Grade::kExtrapolated);
}

TEST(Fairness, OverlapIsUndecidedAndLessEnergyIsBetter) {
  Quantity a = joules(), b = joules();
  EXPECT_EQ(ratio(a, b, {}).verdict, Verdict::kUndecided);
  EXPECT_NEAR(ratio(a, b, {}).probability, 0.5, 1e-9);
  b.figure.range = {40, 20, 80};
  EXPECT_EQ(ratio(a, b, {}).verdict, Verdict::kGreater);
  EXPECT_EQ(ratio(b, a, {}).verdict, Verdict::kLess);
  EXPECT_GT(ratio(a, b, {}).probability, 0.99);
  a.more_is_better = b.more_is_better = true;
  EXPECT_EQ(ratio(a, b, {}).verdict, Verdict::kLess);
}

TEST(Probability, TwoNormalsByTheirTenthPercentiles) {
  // ln a - ln b has mean ln 2 and a deviation of sqrt 2 ln 2 / 1.2816: Phi(1.2816 / sqrt 2) = 0.8176.
  EXPECT_NEAR(probability_above(Range(2, 1, 4), Range(1, 0.5, 2)), 0.8176, 0.002);
  EXPECT_EQ(probability_above(Range(2.0), Range(1.0)), 1);
  EXPECT_EQ(probability_above(Range(1.0), Range(2.0)), 0);
  EXPECT_NEAR(probability_above(Range(1, 0.5, 2), Range(1, 0.9, 1.1)), 0.5, 0.01);
  EXPECT_THROW(probability_above(Range(1, 0, 2), Range(1.0)), std::domain_error);
}

}  // namespace
}  // namespace heddle::eval
