// A line that flips, loses and repeats bytes.
#pragma once
#include <cstdint>
#include <vector>

namespace heddle::sim::board {

class NoisyLine {
 public:
  /// `rate`: chance of each byte to be disturbed, 0 to 1; a third each is flipped, lost, repeated.
  NoisyLine(double rate, std::uint64_t seed)
      : limit_(static_cast<std::uint64_t>(rate * kOne)), state_(seed) {}

  /// Appends what arrives of `byte`.
  void pass(std::uint8_t byte, std::vector<std::uint8_t>* out) {
    const std::uint64_t draw = next();
    if (draw % kOne >= limit_) {
      out->push_back(byte);
      return;
    }
    ++disturbed_;
    switch ((draw >> 40) % 3) {
      case 0:
        out->push_back(static_cast<std::uint8_t>(byte ^ (1u << ((draw >> 50) % 8))));
        break;
      case 1:
        break;
      default:
        out->insert(out->end(), 2, byte);
    }
  }
  std::uint64_t disturbed() const { return disturbed_; }

 private:
  static constexpr std::uint64_t kOne = 1u << 30;

  std::uint64_t next() {  // splitmix64
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  std::uint64_t limit_, state_, disturbed_ = 0;
};

}  // namespace heddle::sim::board
