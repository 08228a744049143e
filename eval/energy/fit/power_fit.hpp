// Fits the power of a board to what it draws while one kernel runs.
#pragma once
#include <string>
#include <vector>

#include "eval/common/range.hpp"

namespace heddle::eval {

/// One product of matrices and what the board drew meanwhile.
struct PowerSample {
  bool wide = true;  // BF16, else FP8
  double flops_per_s = 0, bytes_per_s = 0, watts = 0;
  std::string group;  // its width and depth: held out together
};

/// The rows of a CSV in aiconfigurator's columns (gemm_dtype, m, n, k, latency in ms, power in W) that ran
/// for `least_ms` or longer: power of shorter ones is under-sampled. Throws std::runtime_error naming the
/// file and the column or line.
std::vector<PowerSample> parse_power_samples(const std::string& name, const std::string& text,
                                             double least_ms = 1);

/// Watts are the least of the board's limit and static + operations + bytes.
struct PowerConstants {
  double static_watts = 0, joules_per_flop_wide = 0, joules_per_flop_fp8 = 0, joules_per_byte = 0;
  double watts(const PowerSample& sample, double limit) const;
};

/// Least sum of absolute logarithmic errors; kernels at the limit err only where they would draw less. Joules
/// a byte are given: where the bandwidth is always full they cannot be told from static power.
PowerConstants fit_power(const std::vector<PowerSample>& samples, double joules_per_byte, double limit);

struct PowerErrors {
  std::size_t count = 0;
  double median = 0, p90 = 0;  // of |predicted / measured - 1|
  double low = 1, high = 1;    // 10th and 90th percentile of measured / predicted
};
PowerErrors power_errors(std::vector<double> measured_over_predicted);

/// A fit to all samples, and its errors on groups that each of five fits has not seen.
struct PowerStudy {
  PowerConstants constants;
  /// Ends over the five fits and over those with joules a byte at the ends of their range.
  Range static_watts, flop_wide, flop_fp8;
  PowerErrors fitted, held_out, held_out_below_limit;  // below: measured under 95% of the limit
};
PowerStudy study_power(const std::vector<PowerSample>& samples, const Range& joules_per_byte, double limit);

/// eval/energy/board_power_fit.json.
std::string power_fit_text(const PowerStudy& study, const Range& joules_per_byte, double limit,
                           const std::string& source);

}  // namespace heddle::eval
