// Training as 6 N D operations at a share of the peak.
#pragma once
#include "eval/common/source.hpp"
#include "eval/work/model.hpp"

namespace heddle::eval {

/// 6 N D (Kaplan et al., arXiv 2001.08361; Hoffmann et al., arXiv 2203.15556): forward 2, backward 4
/// operations per active parameter and token. Attention's scores are left out: below 5% up to 4K tokens.
double training_flops(double active_parameters, double tokens);
double training_flops(const Model& model, double tokens);

/// Share of the dense peak that published training runs reached (model FLOP utilisation).
Figure training_utilization();

/// Seconds on `devices` chips of `peak` FLOP/s each.
Range training_seconds(double flops, double devices, const Range& peak, const Range& utilization);

}  // namespace heddle::eval
