#include "eval/common/range.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace heddle::eval {
namespace {

void expect(const Range& range, double value, double low, double high) {
  EXPECT_DOUBLE_EQ(range.value, value);
  EXPECT_DOUBLE_EQ(range.low, low);
  EXPECT_DOUBLE_EQ(range.high, high);
}

TEST(Range, Arithmetic) {
  const Range a(10, 8, 12), b(2, 1, 4);
  expect(a + b, 12, 9, 16);
  expect(a - b, 8, 4, 11);
  expect(a * b, 20, 8, 48);
  expect(a / b, 5, 2, 12);
  expect(-a, -10, -12, -8);
  expect(a * 2.0, 20, 16, 24);
  expect(a * Range(-1), -10, -12, -8);
  expect(Range(0, -1, 2) * Range(1, -3, 1), 0, -6, 3);
}

TEST(Range, DivisionByAnIntervalAroundZeroIsRefused) {
  EXPECT_THROW(Range(1) / Range(1, 0, 2), std::domain_error);
  EXPECT_THROW(Range(1) / Range(0, -1, 1), std::domain_error);
  expect(Range(1) / Range(-2, -4, -1), -0.5, -1, -0.25);
}

TEST(Range, MinMaxHull) {
  const Range a(10, 8, 12), b(11, 5, 20);
  expect(min(a, b), 10, 5, 12);
  expect(max(a, b), 11, 8, 20);
  expect(hull(a, b), 10, 5, 20);
}

TEST(Range, WidenedByFactors) {
  expect(widened(Range(10, 8, 12), 2, 3), 10, 4, 36);
  expect(widened(Range(-10, -12, -8), 2, 4), -10, -24, -2);
  EXPECT_THROW(widened(Range(1), 0.5), std::domain_error);
  EXPECT_THROW(widened(Range(1), std::nan("")), std::domain_error);
}

TEST(Range, MonotoneKeepsCorrelation) {
  const Range x(4, 1, 9);
  expect(monotone(x, [](double v) { return std::sqrt(v); }), 2, 1, 3);
  expect(monotone(x, [](double v) { return 1 / v; }), 0.25, 1.0 / 9, 1);
  // x / (x + 1) is narrower than its operands taken one by one.
  EXPECT_LT(monotone(x, [](double v) { return v / (v + 1); }).factor(), (x / (x + Range(1))).factor());
}

TEST(Range, IndependentErrorsAddAsSquares) {
  const std::array<Range, 2> terms = {Range(10, 7, 14), Range(20, 16, 23)};
  expect(sum_independent(terms), 30, 25, 35);
  expect(sum_independent({}), 0, 0, 0);
}

TEST(Range, OverlapDecidesNothing) {
  EXPECT_EQ(compare(Range(1, 0, 2), Range(3, 2, 4)), Verdict::kUndecided);
  EXPECT_EQ(compare(Range(1, 0, 2), Range(3, 2.1, 4)), Verdict::kLess);
  EXPECT_EQ(compare(Range(3, 2.1, 4), Range(1, 0, 2)), Verdict::kGreater);
}

TEST(Range, Factor) {
  EXPECT_DOUBLE_EQ(Range(3).factor(), 1);
  EXPECT_DOUBLE_EQ(Range(3, 2, 3).factor(), 1.5);
  EXPECT_TRUE(std::isinf(Range(3, 0, 3).factor()));
}

TEST(Grade, TheWorseOfTwo) {
  EXPECT_EQ(worse(Grade::kMeasuredHere, Grade::kModelled), Grade::kModelled);
  EXPECT_EQ(worse(Grade::kExtrapolated, Grade::kModelled), Grade::kExtrapolated);
  EXPECT_EQ(worse(Grade::kMeasuredHere, Grade::kMeasuredElsewhere), Grade::kMeasuredElsewhere);
  const Graded ratio = Graded{Range(4), Grade::kMeasuredHere} / Graded{Range(2, 1, 2), Grade::kExtrapolated};
  EXPECT_EQ(ratio.grade, Grade::kExtrapolated);
  expect(ratio.range, 2, 2, 4);
  EXPECT_EQ(parse_grade("measured_elsewhere"), Grade::kMeasuredElsewhere);
  EXPECT_THROW(parse_grade("guessed"), std::runtime_error);
}

TEST(Grade, Json) {
  const nlohmann::ordered_json json = Graded{Range(2, 1, 3), Grade::kModelled};
  EXPECT_EQ(json.dump(), R"({"value":2.0,"low":1.0,"high":3.0,"grade":"modelled"})");
}

TEST(Range, Text) {
  EXPECT_EQ(text(Range(12.34)), "12.3");
  EXPECT_EQ(text(Range(12.34, 10, 15)), "12.3 (10-15)");
  EXPECT_EQ(text(Range(12345)), "12345");
  EXPECT_EQ(text(Range(0)), "0");
}

}  // namespace
}  // namespace heddle::eval
