#include "eval/kernels/fit/fit.hpp"

#include <algorithm>
#include <cmath>

#include "eval/kernels/fit/nelder_mead.hpp"

namespace heddle::eval {
namespace {

// Weight of the pull in the loss: a coefficient a third of its logarithmic bounds away from its start costs
// 0.2% of error.
constexpr double kPull = 1e-3;

// Coefficients are searched in a coordinate in which every real number is within bounds: a logistic of the
// logarithm.
Coefficients from_search(const std::vector<double>& x) {
  Coefficients out;
  for (int i = 0; i < Coefficients::kCount; ++i) {
    const double low = std::log(Coefficients::lower(i)), high = std::log(Coefficients::upper(i));
    out.value[i] = std::exp(low + (high - low) / (1 + std::exp(-x[i])));
  }
  return out;
}

std::vector<double> to_search(const Coefficients& c) {
  std::vector<double> out(Coefficients::kCount);
  for (int i = 0; i < Coefficients::kCount; ++i) {
    const double low = std::log(Coefficients::lower(i)), high = std::log(Coefficients::upper(i));
    const double share = std::clamp((std::log(c.value[i]) - low) / (high - low), 0.01, 0.99);
    out[i] = std::log(share / (1 - share));
  }
  return out;
}

}  // namespace

Coefficients fit_coefficients(const std::vector<MachineSample>& all, int starts, std::size_t most) {
  std::vector<MachineSample> samples;
  const std::size_t stride = std::max<std::size_t>(1, (all.size() + most - 1) / most);
  for (std::size_t i = 0; i < all.size(); i += stride) samples.push_back(all[i]);
  std::vector<KernelWork> works;
  works.reserve(samples.size());
  for (const MachineSample& s : samples) works.push_back(kernel_work(s.sample->kernel));
  const std::vector<double> middle = to_search(Coefficients::start());
  const auto loss = [&](const std::vector<double>& x) {
    const Coefficients c = from_search(x);
    double sum = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Kernel& kernel = samples[i].sample->kernel;
      const double t = physical_latency(works[i], kernel.cold, kernel.kind, *samples[i].machine, c).total;
      const double error = std::log(samples[i].sample->seconds / t);
      sum += std::sqrt(error * error + 4e-4);
    }
    // A pull towards plausible values decides between coefficients that explain the samples equally well.
    double pull = 0;
    for (std::size_t i = 0; i < x.size(); ++i) pull += (x[i] - middle[i]) * (x[i] - middle[i]);
    return sum / static_cast<double>(samples.size()) + kPull * pull;
  };
  constexpr int kEvaluations = 1200;
  constexpr double kShifts[] = {0.0, 0.6, -0.6};
  Minimum best{{}, 1e30, 0};
  for (int i = 0; i < starts; ++i) {
    std::vector<double> start = middle;
    for (std::size_t j = 0; j < start.size(); ++j) start[j] += j % 2 == 0 ? kShifts[i] : -kShifts[i];
    Minimum found = nelder_mead(loss, start, 0.5, kEvaluations);
    found = nelder_mead(loss, found.at, 0.3, kEvaluations);  // a fresh simplex leaves a collapsed one
    if (found.value < best.value) best = found;
  }
  return from_search(best.at);
}

KernelSet fit_set(const std::vector<MachineSample>& samples, int starts, std::size_t most,
                  const ResidualOptions& options) {
  KernelSet out;
  const Kernel& first = samples.front().sample->kernel;
  out.kind = first.kind, out.format = first.format,
  out.cache_bytes = uses_cache(first.kind) ? first.cache_bytes : 0;
  out.one_block = first.one_block;
  out.coefficients = fit_coefficients(samples, starts, most);
  std::vector<std::vector<double>> at;
  std::vector<double> targets;
  for (const MachineSample& s : samples) {
    at.push_back(coordinates(s.sample->kernel));
    targets.push_back(std::log(s.sample->seconds / kernel_latency(out, s.sample->kernel, *s.machine).total));
  }
  out.residual = fit_residual(at, targets, coordinate_pairs(out.kind), options);
  return out;
}

}  // namespace heddle::eval
