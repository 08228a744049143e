// Random numbers that are the same on every host (xorshift64*).
#pragma once
#include <cstdint>
#include <initializer_list>

namespace heddle::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 0x1234567ull) {
    for (int i = 0; i < 4; ++i) next();
  }
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Dull;
  }
  /// From low to high, both included.
  int range(int low, int high) {
    return low + static_cast<int>((next() >> 16) % (static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(int permille) { return range(0, 999) < permille; }
  int pick(std::initializer_list<int> values) {
    return values.begin()[range(0, static_cast<int>(values.size()) - 1)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace heddle::test
