// Runs one workload on one device: checked first, then warmed up and timed.
#pragma once
#include <functional>
#include <string>

#include "eval/baseline/result.hpp"

namespace heddle::eval {

struct Repetition {
  std::uint64_t repeat = 20;
  std::uint64_t warm_up = 2;
  /// Warm-up and repetitions each end after this time, but never before one and three: a slow device need not
  /// wait for all of them.
  double seconds = 3;
};

/// Throws std::runtime_error when the result is wrong or the device fails. Operands stay on the device, so
/// that whatever fits its caches is warm there. Where the device counts energy, the kernel then runs for
/// another second, whose mean power is reported.
BaselineResult measure(Device& device, const Workload& workload, const Repetition& repetition);

}  // namespace heddle::eval
