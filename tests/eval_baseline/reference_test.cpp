// The reference against results worked out by hand, and that a check notices what is wrong.
#include "eval/baseline/reference.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <stdexcept>

namespace heddle::eval {
namespace {

TEST(Reference, ProductByHand) {
  const Workload workload = make_workload(WorkloadClass::kGemm, Format::kFp32, {2, 2, 3});
  const Operands operands = {{1, 2, 3, 4, 5, 6}, {1, 0, -1, 2, 2, 2}};
  const auto row = expected_row(workload, operands, 1);
  EXPECT_EQ(row[0].value, 4 - 6);
  EXPECT_EQ(row[1].value, 30);
}

TEST(Reference, CausalAttentionByHand) {
  const Workload workload = make_workload(WorkloadClass::kAttentionPrefill, Format::kFp32, {1, 2, 2, 1, 1});
  // Two heads share one key and value head of width 1.
  const Operands operands = {{1, 1, 2, 2}, {0, 1}, {10, 20}};
  EXPECT_DOUBLE_EQ(expected_row(workload, operands, 0)[0].value,
                   10);  // the first query sees the first key only
  const double weight = std::exp(1.0) / (1 + std::exp(1.0));
  EXPECT_NEAR(expected_row(workload, operands, 1)[0].value, 10 + 10 * weight, 1e-12);
  const double steeper = std::exp(2.0) / (1 + std::exp(2.0));
  EXPECT_NEAR(expected_row(workload, operands, 3)[0].value, 10 + 10 * steeper, 1e-12);
}

TEST(Reference, NormByHand) {
  const Workload workload = make_workload(WorkloadClass::kNorm, Format::kFp32, {1, 2});
  const auto row = expected_row(workload, {{3, 4}, {1, 2}}, 0);
  const double factor = 1 / std::sqrt(12.5 + kNormEpsilon);
  EXPECT_DOUBLE_EQ(row[0].value, 3 * factor);
  EXPECT_DOUBLE_EQ(row[1].value, 8 * factor);
}

// Results that are the reference's own, but for one element.
Check check_with(const Workload& workload, const Operands& operands, std::uint64_t wrong, double error) {
  return check_results(workload, operands, [&](std::uint64_t offset, std::uint64_t count, double* into) {
    const std::uint64_t length = result_row_length(workload);
    const auto row = expected_row(workload, operands, offset / length);
    for (std::uint64_t i = 0; i < count; ++i) into[i] = row[i].value + (offset + i == wrong ? error : 0);
  });
}

TEST(Check, NoticesOneElement) {
  const Workload workload = make_workload(WorkloadClass::kGemm, Format::kFp32, {5, 7, 64});
  const Operands operands = make_operands(workload);
  const Check right = check_with(workload, operands, 17, 0);
  EXPECT_EQ(right.elements, 35u);
  EXPECT_EQ(right.worst, 0);
  EXPECT_GT(check_with(workload, operands, 17, 1e-6).worst, 0);
  try {
    check_with(workload, operands, 17, 1e-3);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("row 2, column 3 is "), std::string::npos) << error.what();
  }
  EXPECT_THROW(check_with(workload, operands, 17, NAN), std::runtime_error);
  EXPECT_THROW(check_with(workload, operands, 17, INFINITY), std::runtime_error);
}

TEST(Check, IntegersAreExact) {
  const Workload workload = make_workload(WorkloadClass::kGemv, Format::kInt8, {1, 3, 1000});
  EXPECT_NO_THROW(check_with(workload, make_operands(workload), 2, 0));
  EXPECT_THROW(check_with(workload, make_operands(workload), 2, 1), std::runtime_error);
}

TEST(Check, OfALargeResultTakesBothEnds) {
  const Workload workload = make_workload(WorkloadClass::kGemm, Format::kFp32, {64, 8192, 4096});
  const Operands operands = make_operands(workload);
  const Check check = check_with(workload, operands, ~0ull, 0);
  EXPECT_LT(check.elements, 64u * 8192u);
  EXPECT_THROW(check_with(workload, operands, 0, 1), std::runtime_error);
  EXPECT_THROW(check_with(workload, operands, 64 * 8192 - 1, 1), std::runtime_error);
}

TEST(Operands, AreHeldExactlyByTheirFormat) {
  for (const Format format : {Format::kFp32, Format::kFp16, Format::kBf16}) {
    const Workload workload = make_workload(WorkloadClass::kAttentionDecode, format, {1, 40, 4, 2, 16});
    for (const std::vector<float>& values : make_operands(workload)) {
      const std::vector<std::byte> packed = pack(values, format);
      std::vector<double> back(values.size());
      unpack_results(packed.data(), values.size(), format, back.data());
      for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(back[i], static_cast<double>(values[i]));
    }
  }
}

TEST(Operands, HalfPrecisionNumbers) {
  EXPECT_EQ(half_to_float(0x3c00), 1.0f);
  EXPECT_EQ(half_to_float(0xc000), -2.0f);
  EXPECT_EQ(half_to_float(0x7bff), 65504.0f);
  EXPECT_EQ(half_to_float(0x0001), 0x1p-24f);  // the smallest subnormal
  EXPECT_TRUE(std::isinf(half_to_float(0x7c00)));
  EXPECT_TRUE(std::isnan(half_to_float(0x7e00)));
  EXPECT_EQ(float_to_half_exact(-0.0f), 0x8000);
  EXPECT_EQ(float_to_half_exact(65504.0f), 0x7bff);
}

}  // namespace
}  // namespace heddle::eval
