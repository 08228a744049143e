// Rules of FP32 arithmetic, stated once for HLS, RTL and models.
//
//  * IEEE 754-2008 binary32, round to nearest, ties to even.
//  * Subnormal inputs count as zero of their sign. A result whose magnitude after
//    rounding to 24 bits (exponent unbounded) is below 2^-126 is zero of its sign.
//  * Every NaN produced or read counts as the canonical NaN 0x7FC00000.
//  * Multiply and add are separate operations, each rounded; never fused.
//    Hosts compile with -ffp-contract=off.
//  * x + (-x) is +0; the sign of an exact zero sum of like signs is that sign.
//
// C++14, no library, readable by HLS tools.
#pragma once
#include <cstdint>
#include <cstring>

namespace heddle {
namespace isa {

constexpr std::uint32_t kFp32Nan = 0x7FC00000u;
constexpr std::uint32_t kFp32Infinity = 0x7F800000u;

inline std::uint32_t bits_of(float x) {
  std::uint32_t b;
  std::memcpy(&b, &x, sizeof b);
  return b;
}

inline float float_of(std::uint32_t b) {
  float x;
  std::memcpy(&x, &b, sizeof x);
  return x;
}

/// Input rule: subnormal to signed zero, any NaN to the canonical one.
inline std::uint32_t fp32_canonical(std::uint32_t b) {
  const std::uint32_t exponent = b & 0x7F800000u;
  if (exponent == 0) return b & 0x80000000u;
  if (exponent == 0x7F800000u && (b & 0x007FFFFFu) != 0) return kFp32Nan;
  return b;
}

inline float fp32_canonical(float x) { return float_of(fp32_canonical(bits_of(x))); }

/// a + b.
inline float fp32_add(float a, float b) {
  // A sum of normal numbers below 2^-126 is exact, so flushing the rounded result is the rule.
  return fp32_canonical(fp32_canonical(a) + fp32_canonical(b));
}

/// a - b, defined as a + (-b).
inline float fp32_sub(float a, float b) {
  return fp32_add(a, float_of(bits_of(fp32_canonical(b)) ^ 0x80000000u));
}

/// a * b. The double product is exact, so that tininess is judged before the second rounding.
inline float fp32_mul(float a, float b) {
  const double product = static_cast<double>(fp32_canonical(a)) * static_cast<double>(fp32_canonical(b));
  const double magnitude = product < 0 ? -product : product;
  constexpr double kTiny = 1.1754943157898259e-38;  // 2^-126 - 2^-151: rounds up to 2^-126 at 24 bits
  if (magnitude < kTiny) return float_of(bits_of(static_cast<float>(product)) & 0x80000000u);
  return fp32_canonical(static_cast<float>(product));
}

/// Key whose unsigned order is the order of max, min and absmax: NaN above +infinity, -0 below +0.
inline std::uint32_t fp32_order(float x) {
  const std::uint32_t b = bits_of(fp32_canonical(x));
  return (b & 0x80000000u) ? ~b : (b | 0x80000000u);
}

inline float fp32_max(float a, float b) { return fp32_canonical(fp32_order(a) < fp32_order(b) ? b : a); }
inline float fp32_min(float a, float b) { return fp32_canonical(fp32_order(b) < fp32_order(a) ? b : a); }

/// Magnitude; the canonical NaN stays positive.
inline float fp32_abs(float x) { return float_of(bits_of(fp32_canonical(x)) & 0x7FFFFFFFu); }

/// Signed 32-bit integer to FP32, rounded to nearest even.
inline float fp32_from_int(std::int32_t x) { return static_cast<float>(x); }

/// Quantises to a signed byte: round to nearest even, clamp to [-127, 127]; NaN gives 0.
inline std::int8_t fp32_to_int8(float x) {
  const std::uint32_t b = bits_of(fp32_canonical(x));
  if (b == kFp32Nan) return 0;
  const float limit = 127.0f;
  const float y = float_of(b);
  if (y >= limit) return 127;
  if (y <= -limit) return -127;
  // 1.5 * 2^23: adding it leaves the integer, rounded to nearest even, in the low bits.
  const float shifted = y + 12582912.0f;
  return static_cast<std::int8_t>(static_cast<std::int32_t>(bits_of(shifted) - 0x4B400000u));
}

}  // namespace isa
}  // namespace heddle
