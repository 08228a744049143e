// What `heddle baseline` prints of measured kernels.
#pragma once
#include "eval/baseline/result.hpp"

namespace heddle::cli {

/// Device, software and a table with a line a kernel: times in ms, rates, shares of the chip's peaks where it
/// is known, the largest error as a share of what is tolerated; then what was skipped, and why.
void print_run(const eval::BaselineRun& run);
/// What the columns mean; `chips`: the shares are there.
void print_legend(bool chips);

}  // namespace heddle::cli
