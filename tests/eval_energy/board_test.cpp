// Power of boards.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "eval/chips/chips.hpp"
#include "eval/energy/board_power.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

TEST(BoardPower, NeverAboveTheLimitNorBelowIdle) {
  const Chip chip = load_chip("H200");
  const Graded busy = board_watts(chip, {1.0, 1e18, 1e15, Format::kBf16});
  EXPECT_EQ(busy.range.value, 700);
  EXPECT_EQ(busy.range.high, 700);
  const Graded idle = board_watts(chip, {1.0, 0, 0, Format::kBf16});
  EXPECT_NEAR(idle.range.value, 0.2223 * 700, 1e-9);  // board_power_fit.json
  EXPECT_EQ(idle.grade, Grade::kModelled);
}

TEST(BoardPower, OtherChipsAreExtrapolatedAndWider) {
  const Load load = {1.0, 100e12, 1e12, Format::kBf16};
  const Graded own = board_watts(load_chip("H200"), load),
               other = board_watts(load_chip("A100 SXM 80GB"), load);
  EXPECT_EQ(other.grade, Grade::kExtrapolated);
  EXPECT_GT(other.range.factor(), own.range.factor());
}

TEST(BoardPower, UnknownPowerAndOurOwnMachineAreRefused) {
  EXPECT_THROW(board_watts(load_chip("TPU v5e"), {}), std::runtime_error);
  EXPECT_THROW(board_limit(load_chip("server")), std::runtime_error);
}

TEST(BoardPower, ADieGetsItsRegulators) {
  const Chip tpu = load_chip("TPU v4");
  EXPECT_GT(board_limit(tpu).value, tpu.power->watts.range.value);
}

TEST(BoardPower, WallIsAboveTheBoards) {
  const Range wall = wall_watts(700.0, 250.0, 1.3);
  EXPECT_NEAR(wall.value, 950 / 0.94 * 1.3, 1e-9);
  EXPECT_EQ(host_watts(load_chip("M4 Max"), true).value, 0);
}

TEST(BoardPower, ChecksAgainstPublishedFiguresStayAsDocumented) {
  const auto checks = power_checks(kernel_parameters());
  // The table of docs/verdict.md.
  const std::vector<double> documented = {0.00, -0.06, -0.03, 0.34, 0.10, 0.13, 0.08, 0.72};
  ASSERT_EQ(checks.size(), documented.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const PowerCheck& check = checks[i];
    EXPECT_NEAR(check.error(), documented[i], 0.01) << check.name;
    EXPECT_TRUE(check.predicted.range.contains(check.published) || check.fitted || check.error() > 0)
        << check.name;
  }
}

TEST(BoardPower, MeasuredKernels) {
  const std::string path = test::shared_path("facts/gpu_kernels/gemm_h200_sxm.csv");
  if (path.empty()) GTEST_SKIP() << "facts/gpu_kernels is neither in $HEDDLE_SHARED nor in ../shared";
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  const Chip chip = load_chip("H200");
  std::vector<double> errors;
  int inside = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::vector<std::string> f;
    for (std::string field; std::getline(fields, field, ',');) f.push_back(field);
    const double ms = std::stod(f.at(7)), watts = f.size() > 8 ? std::stod(f[8]) : 0;
    if (ms < 1 || watts <= 0) continue;  // shorter ones are under-sampled
    const double m = std::stod(f[4]), n = std::stod(f[5]), k = std::stod(f[6]);
    const bool wide = f[3] == "bfloat16";
    const double element = wide ? 2 : 1;
    const Load load = {ms * 1e-3, 2 * m * n * k, element * (n * k + m * k) + 2 * m * n,
                       wide ? Format::kBf16 : Format::kFp8};
    const Range predicted = board_watts(chip, load).range;
    errors.push_back(std::abs(predicted.value / watts - 1));
    inside += predicted.contains(watts) ? 1 : 0;
  }
  ASSERT_EQ(errors.size(), 135u);
  std::nth_element(errors.begin(), errors.begin() + 67, errors.end());
  EXPECT_LT(errors[67], 0.06);
  EXPECT_GT(inside, 135 * 8 / 10);
}

}  // namespace
}  // namespace heddle::eval
