// Which graph operation spent which cycles on which unit: totals for tables, and a timeline for Perfetto.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "isa/device_library.h"
#include "isa/image.hpp"

namespace heddle::runtime {

/// Cycles of one operation on one unit.
struct UnitCycles {
  std::uint64_t busy = 0;   // its instructions execute, and the unit moves something (isa/counters.hpp)
  std::uint64_t stall = 0;  // they execute, and nothing moves: memory, filling, draining
  std::uint64_t token = 0;  // one is its unit's next and waits for tokens
  std::uint64_t instructions = 0;
  std::uint64_t cycles() const { return busy + stall + token; }
};

struct OperationCycles {
  std::string name;
  std::array<UnitCycles, isa::kUnits> units;
  std::uint64_t cycles() const;  // most that it kept one unit, working or waiting
};

/// What one tile instruction of a program did in all its executions.
struct InstructionWork {
  int unit = 0;
  std::uint64_t executions = 0;
  std::uint64_t active = 0;  // cycles in which its unit moved something for it (heddle_unit_event)
};
using ProgramWork = std::map<std::uint64_t, InstructionWork>;  // by program counter

/// Collects the events of a device's runs, one run after the other.
class Timeline {
 public:
  /// `keep_events`: for write_trace; otherwise only totals are kept.
  explicit Timeline(bool keep_events = false) : keep_events_(keep_events) {}

  /// Of the run in progress; cycles since its START.
  void add(const heddle_unit_event& event);
  /// The run of program `name` took `cycles`; the next one's follow it.
  void end_run(const std::string& name, std::uint64_t cycles);

  bool empty() const { return totals_.empty(); }
  std::uint64_t cycles() const { return offset_; }
  std::uint64_t runs() const { return run_count_; }
  /// What each instruction did, by the program's name.
  const std::map<std::string, ProgramWork>& work() const { return work_; }
  /// Totals per operation of `image`, the longest first.
  std::vector<OperationCycles> operations(const isa::Image& image) const;
  /// Trace Event Format (JSON), which ui.perfetto.dev and chrome://tracing open: a track for each unit with
  /// its instructions and what they waited for, one for the programs, and the bytes that LOAD and STORE move
  /// in a cycle, mean of each instruction. Times are those of `image`'s clock.
  std::string trace(const isa::Image& image) const;

 private:
  struct Run {
    std::string name;
    std::uint64_t begin, cycles;
  };
  bool keep_events_;
  std::uint64_t run_count_ = 0;
  std::uint64_t offset_ = 0;  // cycles of the runs before the one in progress
  std::map<std::uint16_t, std::array<UnitCycles, isa::kUnits>> totals_;  // by tag
  std::unordered_map<std::uint64_t, InstructionWork> current_;           // of the run in progress, by pc
  std::map<std::string, ProgramWork> work_;
  std::vector<heddle_unit_event> events_;
  std::vector<Run> runs_;
};

/// "LOAD", "STORE", "MATRIX", "VECTOR".
const char* unit_name(int unit);

}  // namespace heddle::runtime
