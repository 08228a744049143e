// The options of simulated memory, the same for every subcommand that simulates.
#pragma once
#include <CLI/App.hpp>

#include "runtime/drivers/registry/registry.hpp"

namespace heddle::cli {

/// Adds --memory, --memory-latency, --stalls, --stall-seed and --timing-only.
void add_memory_options(CLI::App& command, runtime::OpenOptions* options);

}  // namespace heddle::cli
