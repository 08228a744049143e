#include "runtime/host/sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "isa/numerics/functions.hpp"

namespace heddle::runtime {

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

std::uint32_t most_likely(std::span<const float> logits) {
  std::uint32_t best = 0;
  for (std::uint32_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i]))
      throw std::runtime_error(fmt::format("the logit of token {} is not a number", i));
    if (logits[i] > logits[best]) best = i;
  }
  return best;
}

Sampler::Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {
  if (!(options.temperature >= 0.0f) || std::isinf(options.temperature)) {
    throw std::runtime_error(fmt::format("temperature {} must be zero or more", options.temperature));
  }
  if (!(options.top_p > 0.0f && options.top_p <= 1.0f)) {
    throw std::runtime_error(fmt::format("top-p {} must be above 0 and at most 1", options.top_p));
  }
}

std::uint32_t Sampler::next(std::span<const float> logits) {
  const std::uint32_t best = most_likely(logits);
  if (options_.temperature == 0.0f) return best;
  const auto count = static_cast<std::uint32_t>(logits.size());
  const std::uint32_t kept = options_.top_k == 0 ? count : std::min(options_.top_k, count);
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), 0u);
  std::partial_sort(order_.begin(), order_.begin() + kept, order_.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
                    });
  weights_.assign(kept, 0.0);
  double total = 0.0;
  for (std::uint32_t i = 0; i < kept; ++i) {
    weights_[i] = isa::fp32_exp((logits[order_[i]] - logits[best]) / options_.temperature);
    total += weights_[i];
  }
  std::uint32_t end = kept;
  if (options_.top_p < 1.0f) {
    const double wanted = static_cast<double>(options_.top_p) * total;
    double sum = 0.0;
    for (end = 0; end < kept && sum < wanted; ++end) sum += weights_[end];
    total = sum;
  }
  double left = random_.uniform() * total;
  for (std::uint32_t i = 0; i + 1 < end; ++i) {
    left -= weights_[i];
    if (left < 0.0) return order_[i];
  }
  return order_[end - 1];
}

}  // namespace heddle::runtime
