// Choosing the next token from logits.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace heddle::runtime {

/// SplitMix64 (Steele, Lea, Flood 2014): state += 0x9E3779B97F4A7C15, then two multiply-xorshift steps. The
/// same numbers on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// In [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

struct SamplingOptions {
  float temperature = 0.0f;  // 0: the most likely token, always
  std::uint32_t top_k = 0;   // only the k most likely; 0: all
  float top_p = 1.0f;        // only the fewest most likely whose probabilities reach p
  std::uint64_t seed = 0;
};

/// Temperature first, then top-k, then top-p of what is left. Ties go to the smaller id. Exponentials are
/// those of isa/numerics, so that a seed gives the same tokens on every platform.
class Sampler {
 public:
  /// Throws std::runtime_error naming an option out of range.
  explicit Sampler(const SamplingOptions& options);
  /// Throws std::runtime_error when a logit is not a number.
  std::uint32_t next(std::span<const float> logits);

 private:
  SamplingOptions options_;
  Random random_;
  std::vector<std::uint32_t> order_;
  std::vector<double> weights_;
};

/// Index of the largest, the first of equals. Throws std::runtime_error when one is not a number.
std::uint32_t most_likely(std::span<const float> logits);

}  // namespace heddle::runtime
