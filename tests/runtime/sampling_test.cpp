#include "runtime/host/sampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace heddle::runtime {
namespace {

TEST(Random, IsSplitMix64) {
  Random random(1234567);  // the published test vector
  EXPECT_EQ(random.next(), 6457827717110365317ull);
  EXPECT_EQ(random.next(), 3203168211198807973ull);
  EXPECT_EQ(random.next(), 9817491932198370423ull);
  for (int i = 0; i < 1000; ++i) {
    const double x = random.uniform();
    EXPECT_TRUE(x >= 0.0 && x < 1.0);
  }
}

TEST(Greedy, TakesTheFirstOfEquals) {
  Sampler sampler({});
  EXPECT_EQ(sampler.next(std::vector<float>{0.0f, 3.0f, 3.0f, -1.0f}), 1u);
  EXPECT_EQ(sampler.next(std::vector<float>{-5.0f}), 0u);
}

TEST(Greedy, RefusesNotANumber) {
  Sampler sampler({});
  EXPECT_THROW(sampler.next(std::vector<float>{1.0f, std::nanf("")}), std::runtime_error);
}

std::map<std::uint32_t, int> draw(const SamplingOptions& options, const std::vector<float>& logits,
                                  int times) {
  Sampler sampler(options);
  std::map<std::uint32_t, int> counts;
  for (int i = 0; i < times; ++i) ++counts[sampler.next(logits)];
  return counts;
}

const std::vector<float> kLogits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};

TEST(Sampling, FollowsTheProbabilities) {
  auto counts = draw({.temperature = 1.0f, .seed = 7}, kLogits, 100000);
  EXPECT_NEAR(counts[0], 10000, 400);
  EXPECT_NEAR(counts[1], 40000, 700);
  EXPECT_NEAR(counts[2], 20000, 600);
  EXPECT_NEAR(counts[3], 30000, 700);
}

TEST(Sampling, TemperatureSharpens) {
  auto counts = draw({.temperature = 0.5f, .seed = 7}, kLogits, 100000);  // squares: 1, 16, 4, 9 of 30
  EXPECT_NEAR(counts[1], 100000 * 16 / 30, 800);
  EXPECT_NEAR(counts[0], 100000 / 30, 400);
}

TEST(Sampling, TopK) {
  auto counts = draw({.temperature = 1.0f, .top_k = 2, .seed = 7}, kLogits, 10000);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_NEAR(counts[1], 10000 * 4 / 7, 300);
  EXPECT_EQ(draw({.temperature = 1.0f, .top_k = 1, .seed = 7}, kLogits, 100).size(), 1u);
  EXPECT_EQ(draw({.temperature = 1.0f, .top_k = 1000, .seed = 7}, kLogits, 1000).size(), 4u);
}

TEST(Sampling, TopPKeepsTheFewestThatReachIt) {
  EXPECT_EQ(draw({.temperature = 1.0f, .top_p = 0.35f, .seed = 7}, kLogits, 1000).size(), 1u);
  EXPECT_EQ(draw({.temperature = 1.0f, .top_p = 0.65f, .seed = 7}, kLogits, 1000).size(), 2u);
  EXPECT_EQ(draw({.temperature = 1.0f, .top_p = 0.85f, .seed = 7}, kLogits, 1000).size(), 3u);
  // top-p counts what top-k left: 0.4 of 0.7 is more than half.
  EXPECT_EQ(draw({.temperature = 1.0f, .top_k = 2, .top_p = 0.5f, .seed = 7}, kLogits, 1000).size(), 1u);
}

TEST(Sampling, SeedFixesTheTokens) {
  const auto tokens = [](std::uint64_t seed) {
    Sampler sampler({.temperature = 0.9f, .top_p = 0.95f, .seed = seed});
    std::vector<std::uint32_t> out;
    for (int i = 0; i < 16; ++i) out.push_back(sampler.next(kLogits));
    return out;
  };
  EXPECT_EQ(tokens(1), tokens(1));
  EXPECT_NE(tokens(1), tokens(2));
}

TEST(Sampling, RefusesOptionsOutOfRange) {
  EXPECT_THROW(Sampler({.temperature = -1.0f}), std::runtime_error);
  EXPECT_THROW(Sampler({.temperature = std::numeric_limits<float>::infinity()}), std::runtime_error);
  EXPECT_THROW(Sampler({.temperature = 1.0f, .top_p = 0.0f}), std::runtime_error);
  EXPECT_THROW(Sampler({.temperature = 1.0f, .top_p = 1.5f}), std::runtime_error);
}

}  // namespace
}  // namespace heddle::runtime
