#include "cli/memory_options.hpp"

namespace heddle::cli {

void add_memory_options(CLI::App& command, runtime::OpenOptions* options) {
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
}

}  // namespace heddle::cli
