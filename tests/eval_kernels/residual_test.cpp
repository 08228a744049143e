#include "eval/kernels/residual.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace heddle::eval {
namespace {

double truth(double m, double n, double k) { return 0.1 * m - 0.05 * n + 0.03 * std::sin(m + n) + 0.02 * k; }

Residual fitted(bool without_pair) {
  std::vector<std::vector<double>> at;
  std::vector<double> targets;
  for (int m = 0; m < 8; ++m) {
    for (int n = 9; n < 16; ++n) {
      for (int k = 9; k < 16; ++k) {
        if (without_pair && n == 12 && k == 11) continue;
        at.push_back({double(m), double(n), double(k)});
        targets.push_back(truth(m, n, k));
      }
    }
  }
  return fit_residual(at, targets, {{0, 1}, {0, 2}, {1, 2}}, {});
}

TEST(Residual, PredictsAPairThatItHasNotSeen) {
  const Residual residual = fitted(true);
  for (int m = 0; m < 8; ++m) EXPECT_NEAR(residual.at({double(m), 12, 11}), truth(m, 12, 11), 0.02);
}

TEST(Residual, IsClampedOutsideItsKnots) {
  const Residual residual = fitted(false);
  EXPECT_DOUBLE_EQ(residual.at({3, 99, 12}), residual.at({3, 15, 12}));
  EXPECT_DOUBLE_EQ(residual.at({-5, 12, 12}), residual.at({0, 12, 12}));
}

TEST(Residual, OutliersDoNotMoveTheFit) {
  std::vector<std::vector<double>> at;
  std::vector<double> targets;
  for (int i = 0; i < 200; ++i) {
    at.push_back({double(i % 5), double(i % 3)});
    targets.push_back(i % 20 == 0 ? 3.0 : 0.1);
  }
  EXPECT_NEAR(fit_residual(at, targets, {{0, 1}}, {}).at({1, 1}), 0.1, 0.03);
}

TEST(Residual, ASingleKnotAndNoTablesWork) {
  EXPECT_DOUBLE_EQ(Residual{}.at({1, 2}), 0);
  const Residual one = fit_residual({{4, 4}, {4, 4}}, {0.5, 0.5}, {{0, 1}}, {});
  EXPECT_NEAR(one.at({9, 9}), 0.5, 0.02);
}

}  // namespace
}  // namespace heddle::eval
