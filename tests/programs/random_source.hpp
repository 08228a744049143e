// Random numbers that are the same on every machine for a seed.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

namespace heddle::tests {

class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15ull + 1) {}
  std::uint64_t bits() { return engine_(); }
  /// 0 to n - 1.
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  /// low to high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  template <class T>
  T pick(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  /// Ordinary values, and now and then a zero, an infinity, a NaN, a subnormal or an extreme.
  std::uint32_t fp32_bits() {
    static const std::vector<std::uint32_t> specials = {0u,          0x80000000u, 0x7F800000u, 0xFF800000u,
                                                        0x7FC00000u, 0xFFC12345u, 0x7F812345u, 1u,
                                                        0x807FFFFFu, 0x00800000u, 0x7F7FFFFFu, 0x3F800000u};
    if (below(150) == 0) return pick(specials);
    // Sign, a magnitude from 2^-8 to 2^3, any fraction.
    return static_cast<std::uint32_t>(below(2) << 31 | (119 + below(12)) << 23 | (bits() & 0x7FFFFF));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace heddle::tests
