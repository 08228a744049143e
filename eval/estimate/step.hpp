// The time of one step from its operators.
#pragma once
#include <functional>

#include "eval/estimate/estimate.hpp"

namespace heddle::eval {

/// The model's own uncertainty never claims to span more than this factor from end to end: published results
/// of the same work spread over a factor of two, and half of that is deployment, not chip. Disputed figures
/// of a chip widen a range beyond it.
constexpr double kWidestModelRange = 1.5;

/// Deployments of one chip, model and program differ by this factor either way (versions, clocks, drivers,
/// cooling): half of the published spread, on either side.
constexpr double kDeploymentSpread = 1.2;

/// A range of the model: logarithms of how far it reaches below and above, widened by kDeploymentSpread as
/// squares and limited to kWidestModelRange from end to end.
Range deployed_range(double value, double below, double above);

/// One step of `work` over the request's devices.
StepEstimate step_estimate(const EstimateRequest& request, const Work& work, const Parallel& parallel,
                           const Software& software, const Parameters& parameters);

/// The split of a request. Throws std::runtime_error when chips differ and the split is not by layers.
Parallel parallel_of(const EstimateRequest& request);

}  // namespace heddle::eval
