#include "runtime/host/perplexity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/fake_model.hpp"

namespace heddle::runtime {
namespace {

using Ids = std::vector<std::uint32_t>;

Ids count_up(std::uint32_t n) {
  Ids ids;
  for (std::uint32_t i = 0; i < n; ++i) ids.push_back(i);
  return ids;
}

TEST(Perplexity, UniformModelHasTheVocabulary) {
  FakeModel model(50, 8, 0.0f);
  const PerplexityResult result = perplexity(model, nullptr, count_up(20), {});
  EXPECT_NEAR(result.perplexity, 50.0, 1e-9);
  EXPECT_FALSE(result.divergence.has_value());
}

TEST(Perplexity, WindowsOfTheContext) {
  FakeModel model(50, 8, 3.0f);
  const PerplexityResult result = perplexity(model, nullptr, count_up(20), {});
  EXPECT_EQ(result.tokens, 17u);  // 7 + 7 + 3: the first token of a window is not predicted
  EXPECT_EQ(model.runs, (std::vector<Ids>{{0, 1, 2, 3, 4, 5, 6}, {8, 9, 10, 11, 12, 13, 14}, {16, 17, 18}}));
  EXPECT_EQ(model.starts, (Ids{0, 0, 0}));
  const double right = std::exp(3.0) / (std::exp(3.0) + 49.0);
  EXPECT_NEAR(result.perplexity, 1.0 / right, 1e-9);
}

TEST(Perplexity, OpeningTokenPredictsTheFirst) {
  FakeModel model(50, 8, 3.0f);
  const PerplexityResult result =
      perplexity(model, nullptr, count_up(16), {.bos = 49, .limit = 0, .progress = {}});
  EXPECT_EQ(result.tokens, 16u);
  EXPECT_EQ(model.runs, (std::vector<Ids>{{49, 0, 1, 2, 3, 4, 5}, {49, 7, 8, 9, 10, 11, 12}, {49, 14}}));
}

TEST(Perplexity, LimitIsExact) {
  for (const std::uint64_t limit : {1, 6, 7, 8, 9, 100}) {
    FakeModel model(50, 8, 3.0f);
    std::uint64_t last = 0, all = 0;
    PerplexityOptions options;
    options.limit = limit;
    options.progress = [&](std::uint64_t done, std::uint64_t total) { last = done, all = total; };
    const PerplexityResult result = perplexity(model, nullptr, count_up(20), options);
    EXPECT_EQ(result.tokens, std::min<std::uint64_t>(limit, 17)) << limit;
    EXPECT_EQ(last, all);
    options.bos = 49;
    EXPECT_EQ(perplexity(model, nullptr, count_up(20), options).tokens, std::min<std::uint64_t>(limit, 20))
        << limit;
  }
}

TEST(Perplexity, SameModelDoesNotDiverge) {
  FakeModel model(50, 8, 3.0f), reference(50, 8, 3.0f);
  const PerplexityResult result = perplexity(model, &reference, count_up(20), {});
  EXPECT_NEAR(*result.divergence, 0.0, 1e-12);
  EXPECT_EQ(*result.top1_agreement, 1.0);
  EXPECT_NEAR(*result.reference_perplexity, result.perplexity, 1e-12);
}

TEST(Perplexity, DivergenceFromTheReference) {
  // Two tokens: reference p = (3/4, 1/4), model q = (1/2, 1/2).
  PredictionTotals totals;
  totals.add(std::vector<float>{0.0f, 0.0f}, std::vector<float>{std::log(3.0f), 0.0f}, 1);
  EXPECT_NEAR(totals.divergence, 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-7);
  EXPECT_NEAR(totals.negative_log, std::log(2.0), 1e-12);
  EXPECT_NEAR(totals.reference_negative_log, std::log(4.0), 1e-7);
  EXPECT_EQ(totals.same_most_likely, 1u);
  totals.add(std::vector<float>{0.0f, 1.0f}, std::vector<float>{1.0f, 0.0f}, 0);
  EXPECT_EQ(totals.same_most_likely, 1u);
  EXPECT_EQ(totals.tokens, 2u);
}

TEST(Perplexity, RefusesWhatCannotBePredicted) {
  FakeModel model(50, 8, 3.0f);
  EXPECT_THROW(perplexity(model, nullptr, Ids{}, {}), std::runtime_error);
  EXPECT_THROW(perplexity(model, nullptr, Ids{1}, {}), std::runtime_error);
}

}  // namespace
}  // namespace heddle::runtime
