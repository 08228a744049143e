// Fits coefficients and corrections to measured kernels.
#pragma once
#include <cstddef>
#include <vector>

#include "eval/kernels/fit/samples.hpp"
#include "eval/kernels/latency.hpp"
#include "eval/kernels/parameters.hpp"
#include "eval/kernels/residual.hpp"

namespace heddle::eval {

/// A sample with the machine that it ran on.
struct MachineSample {
  const Sample* sample;
  const Machine* machine;
};

/// Least mean absolute logarithm of measured over predicted, by simplex from `starts` fixed points, with a
/// pull towards Coefficients::start() that decides between equals. At most `most` samples, evenly picked.
Coefficients fit_coefficients(const std::vector<MachineSample>& samples, int starts, std::size_t most);

/// Coefficients, then tables over what they leave.
KernelSet fit_set(const std::vector<MachineSample>& samples, int starts, std::size_t most,
                  const ResidualOptions& options);

}  // namespace heddle::eval
