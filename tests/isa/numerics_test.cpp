#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"

namespace heddle::isa {
namespace {

const float kMin = std::ldexp(1.0f, -126);
const float kInf = std::numeric_limits<float>::infinity();
const float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Fp32, SubnormalInputsCountAsZeroOfTheirSign) {
  const float subnormal = float_of(0x007FFFFFu);
  EXPECT_EQ(bits_of(fp32_add(subnormal, 0.0f)), 0u);
  EXPECT_EQ(bits_of(fp32_mul(float_of(0x807FFFFFu), 1.0f)), 0x80000000u);
  EXPECT_EQ(bits_of(fp32_add(-0.0f, -subnormal)), 0x80000000u);
}

TEST(Fp32, TinyProductsAreFlushedAfterRoundingTo24Bits) {
  const float ulp = std::ldexp(1.0f, -23);
  // 2^-126 - 2^-150 is a 24-bit number below 2^-126: flushed.
  EXPECT_EQ(fp32_mul(kMin, 1.0f - ulp / 2), 0.0f);
  EXPECT_EQ(bits_of(fp32_mul(-kMin, 1.0f - ulp / 2)), 0x80000000u);
  // 2^-126 * (1 + 2^-23)(1 - 2^-23) = 2^-126 - 2^-172 rounds up to 2^-126: kept.
  const float half = std::ldexp(1.0f, -63);
  EXPECT_EQ(fp32_mul((1.0f + ulp) * half, (1.0f - ulp) * half), kMin);
}

TEST(Fp32, NansAreCanonical) {
  EXPECT_EQ(bits_of(fp32_add(kInf, -kInf)), kFp32Nan);
  EXPECT_EQ(bits_of(fp32_mul(0.0f, kInf)), kFp32Nan);
  EXPECT_EQ(bits_of(fp32_add(float_of(0xFFC12345u), 1.0f)), kFp32Nan);
  EXPECT_EQ(bits_of(fp32_max(float_of(0xFF800001u), kInf)), kFp32Nan);
  EXPECT_EQ(bits_of(fp32_min(kNaN, 1.0f)), bits_of(1.0f));
}

TEST(Fp32, OrderPutsMinusZeroBelowPlusZero) {
  EXPECT_EQ(bits_of(fp32_max(-0.0f, 0.0f)), 0u);
  EXPECT_EQ(bits_of(fp32_min(0.0f, -0.0f)), 0x80000000u);
}

TEST(Fp32, QuantiseRoundsToEvenAndClamps) {
  EXPECT_EQ(fp32_to_int8(0.5f), 0);
  EXPECT_EQ(fp32_to_int8(1.5f), 2);
  EXPECT_EQ(fp32_to_int8(-2.5f), -2);
  EXPECT_EQ(fp32_to_int8(126.5f), 126);
  EXPECT_EQ(fp32_to_int8(1e30f), 127);
  EXPECT_EQ(fp32_to_int8(-kInf), -127);
  EXPECT_EQ(fp32_to_int8(kNaN), 0);
  for (int i = -127; i <= 127; ++i) EXPECT_EQ(fp32_to_int8(static_cast<float>(i)), i);
}

// docs/numerics.md quotes these bounds.
TEST(Functions, ErrorBounds) {
  double exp_error = 0, reciprocal_error = 0, rsqrt_error = 0;
  for (int i = 0; i < 1000000; ++i) {
    const float x = static_cast<float>(-87.0 + 175.0 * i / 1e6);
    exp_error = std::fmax(exp_error, std::fabs(fp32_exp(x) / std::exp(static_cast<double>(x)) - 1));
    const float y = static_cast<float>(1e-3 + i * 3.71e-3);
    reciprocal_error =
        std::fmax(reciprocal_error, std::fabs(fp32_reciprocal(y) * static_cast<double>(y) - 1));
    rsqrt_error = std::fmax(rsqrt_error, std::fabs(fp32_rsqrt(y) * std::sqrt(static_cast<double>(y)) - 1));
  }
  EXPECT_LT(exp_error, 2.5e-7);
  EXPECT_LT(reciprocal_error, 2.5e-7);
  EXPECT_LT(rsqrt_error, 2.5e-7);
}

TEST(Functions, Edges) {
  EXPECT_EQ(fp32_exp(0.0f), 1.0f);
  EXPECT_EQ(fp32_exp(-0.0f), 1.0f);
  EXPECT_EQ(fp32_exp(-kInf), 0.0f);
  EXPECT_EQ(fp32_exp(kInf), kInf);
  EXPECT_EQ(fp32_exp(89.0f), kInf);
  EXPECT_EQ(fp32_exp(-1.0e30f), 0.0f);
  EXPECT_EQ(bits_of(fp32_exp(kNaN)), kFp32Nan);
  EXPECT_EQ(fp32_reciprocal(0.0f), kInf);
  EXPECT_EQ(fp32_reciprocal(-0.0f), -kInf);
  EXPECT_EQ(bits_of(fp32_reciprocal(-kInf)), 0x80000000u);
  for (int e = -125; e <= 125; ++e) EXPECT_EQ(fp32_reciprocal(std::ldexp(1.0f, e)), std::ldexp(1.0f, -e));
  EXPECT_EQ(fp32_rsqrt(0.0f), kInf);
  EXPECT_EQ(fp32_rsqrt(kInf), 0.0f);
  EXPECT_EQ(bits_of(fp32_rsqrt(-1.0f)), kFp32Nan);
  for (int e = -62; e <= 62; ++e) EXPECT_EQ(fp32_rsqrt(std::ldexp(1.0f, 2 * e)), std::ldexp(1.0f, -e));
}

TEST(Reduction, ShapeIsThatOfTheContract) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> values(700);
  for (float& v : values) v = normal(random) * 1e4f;
  // Five elements: ((0+1)+(2+3)) + 4.
  const float five =
      fp32_add(fp32_add(fp32_add(values[0], values[1]), fp32_add(values[2], values[3])), values[4]);
  EXPECT_EQ(bits_of(fp32_row_sum(values.data(), 5)), bits_of(five));
  const float blocks =
      fp32_add(fp32_add(fp32_row_sum(values.data(), 256), fp32_row_sum(values.data() + 256, 256)),
               fp32_row_sum(values.data() + 512, 188));
  EXPECT_EQ(bits_of(fp32_row_sum(values.data(), 700)), bits_of(blocks));
}

}  // namespace
}  // namespace heddle::isa
