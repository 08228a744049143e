// Matrix products of many shapes on the golden device, against plain C++; none has a race.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "cli/bench/gemm_case.hpp"
#include "cli/bench/image_run.hpp"
#include "compiler/emit/compile_gemm.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "tests/bench/image_checks.hpp"

namespace heddle::cli {
namespace {

struct Case {
  const char* config;
  tiles::GemmShape shape;
};

class Gemm : public testing::TestWithParam<Case> {};

TEST_P(Gemm, EveryByteIsAsExpected) {
  const auto& [name, shape] = GetParam();
  const isa::NamedConfig config = config_named(name);
  const tiles::GemmPlan plan = tiles::plan_gemm(shape, config.config);
  isa::Image image = emit::compile_gemm(plan);
  constexpr std::uint64_t kSeed = 7;
  const GemmCase data = random_gemm(shape, kSeed);
  bind_gemm(data, plan, &image);
  const std::unique_ptr<runtime::Device> device = runtime::open_device("hls", config);
  const ImageRun run = run_image(*device, image, tiles::kGemmProgram);
  EXPECT_EQ(compare_gemm(reference_gemm(data), read_gemm(shape, image, run.arena), shape.n), "")
      << "heddle bench gemm --target hls --seed " << kSeed << " --config " << name << " --m " << shape.m
      << " --n " << shape.n << " --k " << shape.k;
  EXPECT_EQ(run.record.counters[isa::kCounter_macs],
            static_cast<std::uint64_t>(shape.m * plan.layout.k_tiles * plan.layout.n_tiles) *
                config.config.rows * config.config.columns);
  if (shape.m * shape.n * shape.k < 10'000'000) EXPECT_EQ(races(image, tiles::kGemmProgram), "");
}

// One below, at and one above the edges of tiles, chunks and memories.
INSTANTIATE_TEST_SUITE_P(Shapes, Gemm,
                         testing::Values(Case{"tiny", {1, 1, 1}}, Case{"tiny", {3, 5, 3}},
                                         Case{"tiny", {4, 4, 4}}, Case{"tiny", {17, 33, 5}},
                                         Case{"tiny", {64, 64, 64}},   // weights just fit W
                                         Case{"tiny", {9, 260, 130}},  // weights stream
                                         Case{"tiny", {5, 9, 2600}},   // K in slices
                                         Case{"tiny", {2, 1500, 40}},  // few rows of results in V
                                         Case{"edge", {1, 16, 16}}, Case{"edge", {15, 17, 15}},
                                         Case{"edge", {33, 31, 33}}, Case{"edge", {500, 277, 333}},
                                         Case{"edge", {130, 512, 512}}, Case{"edge", {70, 100, 4500}},
                                         Case{"core", {100, 65, 127}}, Case{"core", {129, 1000, 1030}},
                                         Case{"rect", {1, 1, 1}}, Case{"rect", {77, 129, 95}},
                                         Case{"rect", {40, 300, 1100}}, Case{"flat", {33, 70, 61}},
                                         Case{"flat", {20, 500, 210}},  // bus four blocks wide
                                         Case{"narrow", {33, 70, 61}}, Case{"narrow", {50, 200, 300}}),
                         [](const testing::TestParamInfo<Case>& info) {
                           return fmt::format("{}_{}x{}x{}", info.param.config, info.param.shape.m,
                                              info.param.shape.n, info.param.shape.k);
                         });

TEST(GemmCheck, NoticesAWrongByteAndAWrongScale) {
  const GemmCase data = random_gemm({4, 6, 5}, 1);
  const GemmResult right = reference_gemm(data);
  EXPECT_EQ(compare_gemm(right, right, 6), "");
  GemmResult wrong = right;
  ++wrong.output[13];
  EXPECT_NE(compare_gemm(right, wrong, 6).find("row 2, column 1"), std::string::npos);
  wrong = right;
  wrong.scales[3] = -wrong.scales[3];
  EXPECT_NE(compare_gemm(right, wrong, 6).find("scale of row 3"), std::string::npos);
}

TEST(GemmCheck, ARowOfZerosIsZeroWithScaleZero) {
  GemmCase data = random_gemm({1, 3, 2}, 1);
  data.activations.assign(2, 0);
  const GemmResult result = reference_gemm(data);
  EXPECT_EQ(result.scales, std::vector<float>{0.0f});
  EXPECT_EQ(result.output, (std::vector<std::int8_t>{0, 0, 0}));
}

}  // namespace
}  // namespace heddle::cli
