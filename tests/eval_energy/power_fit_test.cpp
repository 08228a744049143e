// The fit of boards' power.
#include "eval/energy/fit/power_fit.hpp"

#include <gtest/gtest.h>

#include "eval/common/schema.hpp"
#include "isa/data_directory.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

constexpr double kLimit = 700;

/// Kernels of a board whose constants are known.
std::vector<PowerSample> synthetic() {
  const PowerConstants truth = {140, 0.7e-12, 0.4e-12, 44e-12};
  std::vector<PowerSample> out;
  for (int i = 0; i < 60; ++i) {
    PowerSample s;
    s.wide = i % 2 == 0;
    s.flops_per_s = 20e12 * (1 + i);
    s.bytes_per_s = 4e12 / (1 + i % 7);
    s.group = std::to_string(i % 10);
    s.watts = truth.watts(s, kLimit);
    out.push_back(s);
  }
  return out;
}

TEST(PowerFit, FindsTheConstantsOfASyntheticBoard) {
  const PowerStudy study = study_power(synthetic(), Range(44e-12), kLimit);
  EXPECT_NEAR(study.constants.static_watts, 140, 3);
  EXPECT_NEAR(study.constants.joules_per_flop_wide, 0.7e-12, 0.02e-12);
  EXPECT_NEAR(study.constants.joules_per_flop_fp8, 0.4e-12, 0.02e-12);
  EXPECT_EQ(study.held_out.count, 60u);
  EXPECT_LT(study.held_out.p90, 0.03);
  EXPECT_TRUE(study.static_watts.contains(study.constants.static_watts));
}

TEST(PowerFit, ShortKernelsAndThoseWithoutPowerAreLeftOut) {
  const std::string header = "gemm_dtype,m,n,k,latency,power\n";
  const auto samples =
      parse_power_samples("p.csv", header + "bfloat16,1,10,20,2,300\nfp8,1,10,20,0.5,300\nfp8,1,10,20,2\n");
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_TRUE(samples[0].wide);
  EXPECT_DOUBLE_EQ(samples[0].flops_per_s, 2 * 200 / 2e-3);
  EXPECT_EQ(samples[0].group, "10x20");
}

TEST(PowerFit, BadFilesAreRefusedByName) {
  const auto message = [](const std::string& text) {
    try {
      parse_power_samples("p.csv", text);
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message("gemm_dtype,m,n,k,latency\n"), "p.csv: has no column 'power'");
  EXPECT_EQ(message("gemm_dtype,m,n,k,latency,power\nfp8,1,1,1,fast,3\n"),
            "p.csv: line 2: 'fast' is not a number");
  EXPECT_EQ(message("gemm_dtype,m,n,k,latency,power\n"), "p.csv: no kernel of 1 ms or more has power");
}

TEST(PowerFit, TheConstantsInUseAreThoseOfTheKernels) {
  const std::string path = test::shared_path("facts/gpu_kernels/gemm_h200_sxm.csv");
  if (path.empty()) GTEST_SKIP() << "facts/gpu_kernels is neither in $HEDDLE_SHARED nor in ../shared";
  const std::string kept = (isa::data_directory() / "eval/energy/board_power_fit.json").string();
  const Json json = parse_json(read_text(kept), kept);
  const Range byte =
      Range(json.at("pj_per_byte").at(0), json.at("pj_per_byte").at(1), json.at("pj_per_byte").at(2)) *
      Range(1e-12);
  const PowerStudy study = study_power(parse_power_samples(path, read_text(path)), byte, kLimit);
  EXPECT_EQ(power_fit_text(study, byte, kLimit, json.at("source")), read_text(kept));
}

}  // namespace
}  // namespace heddle::eval
