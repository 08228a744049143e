// The search of tilings: what it may choose, what it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "compiler/emit/assemble.hpp"
#include "compiler/tiles/gemm.hpp"
#include "compiler/tiles/text.hpp"
#include "isa/config_file.hpp"

namespace heddle::tiles {
namespace {

GemmPlan plan(const std::string& config, const GemmShape& shape) {
  return plan_gemm(shape, isa::load_config(config).config);
}

std::string refusal(const std::string& config, const GemmShape& shape) {
  try {
    plan(config, shape);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(GemmPlan, ChoosesTheBestOfWhatItTried) {
  const GemmPlan found = plan("edge", {512, 512, 512});
  ASSERT_GT(found.tried.size(), 20u);
  for (const GemmCandidate& candidate : found.tried) EXPECT_GE(candidate.cycles, found.predicted_cycles);
  EXPECT_EQ(std::accumulate(found.tiling.chunks.begin(), found.tiling.chunks.end(), 0), 512);
}

// Issue: 0.985 of the array on 512 cubed, 0.95 of whole tiles on an odd shape.
TEST(GemmPlan, PredictsHighUse) {
  EXPECT_LE(plan("edge", {512, 512, 512}).predicted_cycles, 532'272);
  EXPECT_LE(plan("edge", {500, 277, 333}).predicted_cycles, 189'000 * 100 / 95);
  EXPECT_LE(plan("core", {1024, 1024, 1024}).predicted_cycles, 1'048'576 * 100 / 95);
  EXPECT_LE(plan("server", {1024, 1024, 1024}).predicted_cycles, 262'144 * 100 / 95);
}

TEST(GemmPlan, IsTheSameEveryTime) {
  EXPECT_EQ(plan("core", {100, 200, 300}).tried.back().text(),
            plan("core", {100, 200, 300}).tried.back().text());
}

TEST(GemmPlan, RefusesWhatDoesNotFit) {
  EXPECT_NE(refusal("tiny", {0, 4, 4}).find("M is 0"), std::string::npos);
  EXPECT_NE(refusal("tiny", {4, -1, 4}).find("N is -1"), std::string::npos);
  EXPECT_NE(refusal("tiny", {4, 4, 2'000'000}).find("K is 2000000"), std::string::npos);
  EXPECT_NE(refusal("tiny", {4, 4, 5000}).find("enlarge a_bytes"), std::string::npos);
  EXPECT_EQ(refusal("tiny", {4, 4, 4096}), "accepted");
}

TEST(GemmPlan, TextOfTheProgramRoundTrips) {
  const Module module = lower_gemm(plan("tiny", {20, 30, 40}));
  const Module parsed = parse(print(module), "dump");
  EXPECT_EQ(parsed.programs, module.programs);
}

}  // namespace
}  // namespace heddle::tiles
