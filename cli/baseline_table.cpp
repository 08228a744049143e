#include "cli/baseline_table.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "eval/chips/chips.hpp"
#include "eval/common/names.hpp"

namespace heddle::cli {

using namespace heddle::eval;

namespace {

std::string share_text(const std::optional<Range>& share) {
  return share ? (share->is_exact() ? "" : "~") + percent(share->value) : "-";
}

}  // namespace

void print_run(const BaselineRun& run) {
  fmt::print(
      "{} ({}{}), driver {}, {}\n", run.device.name, run.device.type,
      run.chip.empty() ? "" : ", chip " + run.chip, run.device.driver.empty() ? "?" : run.device.driver,
      run.software.name == "opencl" ? run.software.version : run.software.name + " " + run.software.version);
  fmt::print("{}; {}; measured {}\n", run.software.label, name(Grade::kMeasuredHere), run.date);
  const std::optional<Chip> chip = run.chip.empty() ? std::nullopt : std::optional(load_chip(run.chip));
  Table table({"class", "format", "shape", "kernel ms", "quartiles", "wall ms", "n", "GFLOP/s", "GB/s",
               "of peak", "of bandwidth", "error", "W"});
  table.left(1);
  table.left(2);
  const auto significant = [](double value) {
    return value >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
  };
  for (const BaselineResult& result : run.results) {
    const Spread& shown = result.kernel_seconds ? *result.kernel_seconds : result.wall_seconds;
    const double operations = flops(result.workload);
    table.add({std::string(name(result.workload.workload_class)), std::string(name(result.workload.format)),
               shape_text(result.workload),
               result.kernel_seconds ? significant(result.kernel_seconds->median * 1e3) : "-",
               fmt::format("{}-{}", significant(shown.quartile_1 * 1e3), significant(shown.quartile_3 * 1e3)),
               significant(result.wall_seconds.median * 1e3), std::to_string(result.repetitions),
               operations > 0 ? significant(operations / result.seconds() * 1e-9) : "-",
               significant(bytes(result.workload) / result.seconds() * 1e-9),
               share_text(chip ? compute_share(result, *chip) : std::nullopt),
               share_text(chip ? bandwidth_share(result, *chip) : std::nullopt),
               result.check.tolerance == "exact" ? "exact" : percent(result.check.worst),
               result.power ? fmt::format("{:.0f}", result.power->watts) : "-"});
  }
  fmt::print("{}", table.text());
  std::map<std::string, std::vector<std::string>> skipped;  // by reason
  for (const SkippedWorkload& one : run.skipped) {
    skipped[one.reason].push_back(fmt::format("{} {} ({})", name(one.workload.workload_class),
                                              name(one.workload.format), shape_text(one.workload)));
  }
  for (const auto& [reason, which] : skipped) {
    fmt::print("skipped: {}{}: {}\n", which.front(),
               which.size() > 1 ? fmt::format(" and {} more", which.size() - 1) : "", reason);
  }
}

void print_legend(bool chips) {
  fmt::print(
      "medians with quartiles over n repetitions; error: the largest seen, as a share of what is "
      "tolerated{}\n",
      chips ? "" : "; --chip NAME adds shares of a chip's peaks");
}

}  // namespace heddle::cli
