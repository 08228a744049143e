// exp, reciprocal and reciprocal square root, defined to the bit as table algorithms.
//
// Each evaluates a quadratic on one of 64 segments in integers (26 fraction bits):
//   t = c1 + floor(c2 * d / 2^17),  v = c0 + floor(t * d / 2^17)
// with d the 17 low bits of the argument's fraction, then rounds v to 24 bits (add half, truncate).
// Measured error against the exact functions: see docs/numerics.md.
#pragma once
#include "isa/numerics/fp32.hpp"

namespace heddle {
namespace isa {

struct Quadratic {
  std::int32_t c0, c1, c2;
};

/// Rows 0-63 exp2, 64-127 reciprocal, 128-191 1/sqrt(m), 192-255 1/sqrt(2m).
static const Quadratic kFunctionTable[256] = {
#include "isa/numerics/function_tables.inc"
};

constexpr int kTableExp = 0;
constexpr int kTableReciprocal = 64;
constexpr int kTableRsqrt = 128;

/// Evaluates the quadratic of `table` at a 23-bit fraction; the result has 26 fraction bits.
inline std::int32_t table_value(int table, std::uint32_t fraction23) {
  const Quadratic q = kFunctionTable[table + static_cast<int>(fraction23 >> 17)];
  const std::int64_t d = fraction23 & 0x1FFFFu;
  const std::int64_t t = q.c1 + ((q.c2 * d) >> 17);
  return static_cast<std::int32_t>(q.c0 + ((t * d) >> 17));
}

/// Packs v (26 fraction bits, 2^25 <= v <= 2^27) times 2^exponent; overflow is infinity, underflow zero.
inline float pack_value(std::uint32_t sign, std::int32_t v, int exponent) {
  std::int32_t mantissa;  // 24 bits with the leading one, then rounded
  if (v >= (1 << 26)) {
    mantissa = (v + 4) >> 3;
  } else {
    mantissa = (v + 2) >> 2;
    exponent -= 1;
  }
  if (mantissa >= (1 << 24)) {
    mantissa >>= 1;
    exponent += 1;
  }
  if (exponent > 127) return float_of(sign | kFp32Infinity);
  if (exponent < -126) return float_of(sign);
  return float_of(sign | (static_cast<std::uint32_t>(exponent + 127) << 23) |
                  (static_cast<std::uint32_t>(mantissa) & 0x7FFFFFu));
}

/// e^x. x * log2(e) is taken in fixed point with 23 fraction bits, magnitude truncated.
inline float fp32_exp(float x) {
  const std::uint32_t b = bits_of(fp32_canonical(x));
  if (b == kFp32Nan) return float_of(kFp32Nan);
  const int exponent = static_cast<int>((b >> 23) & 0xFF) - 127;
  const bool negative = (b >> 31) != 0;
  if (exponent >= 7) return negative ? 0.0f : float_of(kFp32Infinity);  // |x| >= 128, infinities too
  if (exponent < -25) return 1.0f;                                      // zero and |x| < 2^-25
  const std::uint64_t mantissa = (b & 0x7FFFFFu) | 0x800000u;
  constexpr std::uint64_t kLog2e = 0x5C551D95u;  // log2(e), 30 fraction bits
  const std::int64_t magnitude = static_cast<std::int64_t>((mantissa * kLog2e) >> (30 - exponent));
  const std::int64_t z = negative ? -magnitude : magnitude;
  const int whole = static_cast<int>(z >> 23);
  return pack_value(0, table_value(kTableExp, static_cast<std::uint32_t>(z & 0x7FFFFF)), whole);
}

/// 1/x. 1/0 is infinity of the sign, 1/infinity zero of the sign.
inline float fp32_reciprocal(float x) {
  const std::uint32_t b = bits_of(fp32_canonical(x));
  if (b == kFp32Nan) return float_of(kFp32Nan);
  const std::uint32_t sign = b & 0x80000000u;
  const int exponent = static_cast<int>((b >> 23) & 0xFF) - 127;
  if (exponent == -127) return float_of(sign | kFp32Infinity);
  if (exponent == 128) return float_of(sign);
  return pack_value(sign, table_value(kTableReciprocal, b & 0x7FFFFFu), -exponent);
}

/// 1/sqrt(x). Of either zero: +infinity; of +infinity: 0; of a negative number: NaN.
inline float fp32_rsqrt(float x) {
  const std::uint32_t b = bits_of(fp32_canonical(x));
  if ((b & 0x7FFFFFFFu) == 0) return float_of(kFp32Infinity);
  if (b == kFp32Nan || (b >> 31) != 0) return float_of(kFp32Nan);
  const int exponent = static_cast<int>((b >> 23) & 0xFF) - 127;
  if (exponent == 128) return 0.0f;
  const int odd = exponent & 1;
  return pack_value(0, table_value(kTableRsqrt + 64 * odd, b & 0x7FFFFFu), -((exponent - odd) / 2));
}

}  // namespace isa
}  // namespace heddle
