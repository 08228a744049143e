// What every subcommand that runs programs on a device has: options of the simulation, progress.
#pragma once
#include <CLI/App.hpp>
#include <cstdint>
#include <string>

#include "cli/output.hpp"
#include "isa/registers.hpp"
#include "runtime/drivers/registry/registry.hpp"

namespace heddle::cli {

constexpr std::uint64_t kDefaultWatchdog = isa::StartArguments().watchdog;  // cycles

/// Adds --memory, --memory-latency, --stalls, --stall-seed, --platform-model, --timing-only, --cycle-limit
/// and
/// --watchdog, which goes to `watchdog`.
void add_simulation_options(CLI::App& command, runtime::OpenOptions* options, std::uint64_t* watchdog);

/// Lets a device that is opened with these options show what is built for it, and "WHAT: N cycles" of its
/// runs, which Ctrl-C then ends. `progress` must outlive the device.
void show_runs(runtime::OpenOptions* options, Progress* progress, const std::string& what = "running");

}  // namespace heddle::cli
