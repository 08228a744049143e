#include "cli/simulation_options.hpp"

#include <fmt/format.h>

namespace heddle::cli {

void add_simulation_options(CLI::App& command, runtime::OpenOptions* options, std::uint64_t* watchdog) {
  auto* memory = command.add_option(
      "--memory", options->memory,
      "rtl, fast, systemc: DRAM by preset or JSON file, width, refresh, such as \"LPDDR4-3200 "
      "x32 REFab\" (default: the configuration's)");
  command
      .add_option("--memory-latency", options->memory_latency,
                  "rtl, fast, systemc: no DRAM, but so many cycles from a read address to its first beat")
      ->excludes(memory);
  command.add_option("--stalls", options->stall_permille, "rtl: chance in 1000 that a bus channel stalls");
  command.add_option("--stall-seed", options->stall_seed, "rtl: seed of the stalls")->capture_default_str();
  command.add_option("--platform-model", options->platform_model,
                     "systemc: the accelerator's model: rtl (default), fast (its cycles, faster), loose "
                     "(ahead by up to a quantum, fastest)");
  command.add_flag("--timing-only", options->timing_only,
                   "fast: cycles and counters alone; nothing is computed, and results mean nothing");
  command.add_option("--cycle-limit", options->cycle_limit, "cycles after which a run is stopped (0: never)");
  command
      .add_option("--watchdog", *watchdog,
                  "cycles without progress after which the device stops a run (0: never)")
      ->capture_default_str();
}

void show_runs(runtime::OpenOptions* options, Progress* progress, const std::string& what) {
  options->message = [progress](const std::string& line) { progress->say(line); };
  options->progress = [progress, what](std::uint64_t cycles) {
    progress->show(cycles != 0 ? fmt::format("{}: {} cycles", what, grouped(cycles)) : what);
  };
}

}  // namespace heddle::cli
