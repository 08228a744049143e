// What running a model cost, for people and for machines.
#pragma once
#include <string>

#include "cli/model.hpp"
#include "cli/output.hpp"
#include "eval/energy/machine.hpp"

namespace heddle::cli {

/// One line a phase: tokens, cycles, utilisation, speed of the simulation, time. `-` where nothing is
/// counted. What its sensors measured where the device has some, else the modelled energy at `node`, from
/// `work` where that is not null.
std::string phase_table(const runtime::PhaseTotals& prefill, const runtime::PhaseTotals& decode,
                        const isa::Config& config, double node, const eval::CountedWork* work);

/// Adds `cycles`, `phases`, `counters`, `wall_seconds`, `joules_per_token` (of the whole board) and
/// `simulated_cycles_per_second`; what the target does not count is null. `wall_seconds` is of the two phases
/// together.
void add_measurements(Json* json, const runtime::PhaseTotals& prefill, const runtime::PhaseTotals& decode,
                      const isa::Config& config, double node, const eval::CountedWork* work);

/// One line a unit: instructions, and what share of all cycles it was busy, stalled while it executed (for
/// LOAD and STORE by the memory, for MATRIX and VECTOR by operands on their way), waited for tokens, had no
/// instruction. The four sum to 100%.
std::string unit_table(const std::uint64_t* counters);

/// One line an operation, the longest first: what share of all cycles each unit was busy for it, and had an
/// instruction of it stalled or waiting for tokens (wait). Empty where nothing was recorded.
std::string operation_table(const runtime::Timeline& timeline, const isa::Image& image);

/// Adds `operations`: name, and for each unit its instructions and cycles busy, stalled, waiting for tokens.
void add_operations(Json* json, const runtime::Timeline& timeline, const isa::Image& image);

}  // namespace heddle::cli
