// Measured kernels as a file: who measured what, where, with which software.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/baseline/device.hpp"
#include "eval/baseline/reference.hpp"
#include "eval/baseline/statistics.hpp"
#include "eval/chips/chip.hpp"

namespace heddle::eval {

constexpr int kResultsVersion = 1;

struct MeasuredPower {
  double watts = 0;    // of the board, mean
  double seconds = 0;  // that the mean was taken over
};

struct BaselineResult {
  Workload workload;
  std::string implementation;
  std::optional<Spread> kernel_seconds;
  Spread wall_seconds;
  std::uint64_t repetitions = 0, warm_up = 0;
  Check check;
  std::optional<MeasuredPower> power;

  /// The kernel's median time, or the wall's where the device has no time stamps.
  double seconds() const { return kernel_seconds ? kernel_seconds->median : wall_seconds.median; }
};

struct SkippedWorkload {
  Workload workload;
  std::string reason;
};

struct Host {
  std::string name, system, processor;
};
Host this_host();
/// Seconds since 1970 as "2025-11-22T02:10:00Z".
std::string utc_date(std::int64_t seconds);

/// One invocation on one device.
struct BaselineRun {
  std::string date, command;
  Host host;
  DeviceDescription device;
  Software software;
  std::string chip;  // of eval/chips, or a chip file; empty where it is not known
  std::vector<BaselineResult> results;
  std::vector<SkippedWorkload> skipped;
};

/// Shares of what the chip's maker states: arithmetic in the workload's format, memory bandwidth. Empty where
/// the chip has no such figure. The share has the peak's range.
std::optional<Range> compute_share(const BaselineResult& result, const Chip& chip);
std::optional<Range> bandwidth_share(const BaselineResult& result, const Chip& chip);

/// The chip whose name or alias stands in the device's name, word for word: the longest one, if its memory is
/// within 12% of the device's (makers count in GB, drivers what is left of GiB). Empty where none is, or two
/// are as good.
std::string find_chip(const DeviceDescription& device);

/// {"schema_version", "runs"}. With figures per second and shares of the chip's peaks, which are derived and
/// are not read back.
nlohmann::ordered_json results_to_json(const std::vector<BaselineRun>& runs);
/// Checks against eval/baseline/schema/results.json and for sense: shapes that a class can have, quartiles in
/// order, flops and bytes that follow from the shape, results within tolerance. Throws std::runtime_error
/// naming `source` and field.
std::vector<BaselineRun> results_from_json(const std::string& text, const std::string& source);

}  // namespace heddle::eval
