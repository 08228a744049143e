// Integer arithmetic of sizes.
#pragma once
#include <cstdint>
#include <type_traits>

namespace heddle::tiles {

template <typename A, typename B>
constexpr std::common_type_t<A, B> ceil_div(A a, B b) {
  return (a + b - 1) / b;
}

/// The next multiple of `unit` at or above `value`.
template <typename A, typename B>
constexpr std::common_type_t<A, B> round_up(A value, B unit) {
  return ceil_div(value, unit) * unit;
}

/// Base-2 logarithm of a power of two.
constexpr int log2_of(std::uint64_t power) {
  int result = 0;
  while (power > 1) {
    power >>= 1;
    ++result;
  }
  return result;
}

}  // namespace heddle::tiles
