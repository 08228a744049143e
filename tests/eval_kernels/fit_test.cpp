#include "eval/kernels/fit/fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/kernels/fit/nelder_mead.hpp"

namespace heddle::eval {
namespace {

TEST(NelderMead, FindsRosenbrocksMinimum) {
  const Minimum found = nelder_mead(
      [](const std::vector<double>& x) {
        return std::pow(1 - x[0], 2) + 100 * std::pow(x[1] - x[0] * x[0], 2);
      },
      {-1.2, 1}, 0.5, 2000);
  EXPECT_NEAR(found.at[0], 1, 0.02);
  EXPECT_NEAR(found.at[1], 1, 0.04);
}

TEST(NelderMead, StopsAtItsBudget) {
  const Minimum found = nelder_mead([](const std::vector<double>& x) { return x[0] * x[0]; }, {100}, 0.1, 10);
  EXPECT_LE(found.evaluations, 14);
}

TEST(Fit, PredictsShapesOfASyntheticMachineThatItHasNotSeen) {
  Machine machine;
  machine.operations_per_s = 300e12, machine.vector_operations_per_s = 20e12, machine.bytes_per_s = 2e12;
  machine.cache_bytes = 40e6, machine.units = 108;
  Coefficients truth = Coefficients::start();
  truth.value[Coefficients::kLaunchUs] = 6;
  truth.value[Coefficients::kComputeEfficiency] = 0.6;
  truth.value[Coefficients::kBandwidthEfficiency] = 0.7;
  std::vector<Sample> seen, unseen;
  for (double m = 1; m <= 4096; m *= 4) {
    for (double n = 512; n <= 16384; n *= 2) {
      for (double k = 512; k <= 16384; k *= 2) {
        Sample sample;
        sample.kernel = gemm_kernel(m, n, k, "bf16");
        sample.kernel.cold = false;
        sample.seconds =
            physical_latency(kernel_work(sample.kernel), false, KernelClass::kGemm, machine, truth).total;
        (n == 4096 && k == 2048 ? unseen : seen).push_back(sample);
      }
    }
  }
  std::vector<MachineSample> samples;
  for (const Sample& sample : seen) samples.push_back({&sample, &machine});
  const KernelSet fitted = fit_set(samples, 1, 500, {});
  for (const Sample& sample : unseen) {
    EXPECT_NEAR(kernel_latency(fitted, sample.kernel, machine).total / sample.seconds, 1, 0.06)
        << "m = " << sample.kernel.m;
  }
  EXPECT_EQ(fit_set(samples, 1, 500, {}).coefficients.value, fitted.coefficients.value)
      << "fits are deterministic";
}

}  // namespace
}  // namespace heddle::eval
