// The same run on the RTL and on the fast model, compared counter by counter and, where they differ, event by
// event.
#pragma once
#include <string>
#include <vector>

#include "isa/device_library.h"
#include "isa/program.hpp"
#include "sim/dram/timing.hpp"
#include "sim/fast/machine.hpp"
#include "tests/hls/library.hpp"

namespace heddle::tests {

struct TimedRun {
  isa::CompletionRecord record;
  std::vector<heddle_unit_event> events;  // in the order of their ends
};

/// How memory answers.
struct MemoryTime {
  const sim::dram::Timing* timing = nullptr;  // null: `latency`
  std::uint32_t core_mhz = 1;
  std::uint32_t latency = 0;
  std::uint64_t cycle_limit = 0;
};

/// Runs on a device library, which works on a copy of `memory`; `after`, if not null, receives that copy.
TimedRun run_library(Library& library, const std::vector<std::uint8_t>& memory,
                     const isa::StartArguments& arguments, const MemoryTime& time,
                     std::vector<std::uint8_t>* after = nullptr);

/// Runs on the fast model, timing only.
TimedRun run_fast(sim::fast::Machine& machine, const std::vector<std::uint8_t>& memory,
                  const isa::StartArguments& arguments, const MemoryTime& time);

/// What differs: status, then the first event that does (unit, instruction, pc, cycles), then counters. Empty
/// when nothing does.
std::string timing_difference(const TimedRun& rtl, const TimedRun& fast);

}  // namespace heddle::tests
