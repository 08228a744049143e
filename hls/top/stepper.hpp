// One run, from START to done. The scalar unit runs until it blocks, then each unit executes one instruction
// if its semaphores allow, in a fixed order, and so on. Legal programs are free of races, so that any order
// gives the same bytes; this one is deterministic.
#pragma once
#include <cstdint>
#include <cstring>

#include "hls/kernels/load.hpp"
#include "hls/kernels/matrix.hpp"
#include "hls/kernels/scalar.hpp"
#include "hls/kernels/store.hpp"
#include "hls/kernels/vector.hpp"
#include "isa/program.hpp"

namespace heddle {
namespace hls {

/// Scalar instructions in a row before the units get a turn, so that a loop without end starves nobody.
constexpr int kScalarBurst = 1024;

/// What ended a run.
struct Outcome {
  std::uint32_t status;
  std::uint64_t pc;
};

inline std::uint32_t execute(Device& device, Bus& bus, int unit, const Dispatched& item);

/// Watches a run and executes its instructions. A simulator brings its own with the same members.
struct NullMonitor {
  std::uint32_t execute(Device& device, Bus& bus, int unit, const Dispatched& item) {
    return hls::execute(device, bus, unit, item);
  }
  void dispatched(int, const Dispatched&) {}
  bool cancelled(std::uint64_t) { return false; }
};

inline void reset(Device& device, const isa::StartArguments& arguments) {
RESET_QUEUES:
  for (int unit = 0; unit < isa::kUnits; ++unit) device.queue[unit].clear();
RESET_REGISTERS:
  for (int i = 0; i < isa::kScalarRegisters; ++i) device.scalar.registers[i] = 0;
RESET_SEMAPHORES:
  for (int i = 0; i < isa::kSemaphores; ++i) device.semaphore[i] = 0;
RESET_COUNTERS:
  for (int i = 0; i < isa::kCounters; ++i) device.counter[i] = 0;
RESET_WINDOWS:
  for (int i = 0; i < isa::kWindows; ++i) {
    device.windows.base[i] = arguments.window_base[i];
    device.windows.size[i] = arguments.window_size[i];
  }
RESET_ARGUMENTS:
  for (int i = 0; i < isa::kArguments; ++i) device.argument[i] = arguments.argument[i];
  device.scalar.pc = 0;
  device.scalar.code = 0;
  device.scalar.code_quads = 0;
}

/// Reads the program's header and refuses another version's or configuration's.
inline std::uint32_t open_program(Device& device, const Bus& bus, std::uint64_t program) {
  isa::ProgramHeader header;
  if (program % sizeof header != 0) return isa::kStatusIllegal;
  if (program > kAddressMask) return isa::kStatusWindow;
  const std::uint32_t status = read_window(device, bus, program, &header, sizeof header);
  if (status != isa::kStatusOk) return status;
  if (header.magic != isa::kProgramMagic || header.version != isa::kIsaVersion) return isa::kStatusVersion;
  if (header.config_hash != kConfigHash) return isa::kStatusConfig;
  device.scalar.code = program + sizeof header;
  device.scalar.code_quads = header.code_quads;
  return isa::kStatusOk;
}

inline std::uint32_t execute(Device& device, Bus& bus, int unit, const Dispatched& item) {
  switch (unit) {
    case isa::kUnitLoad:
      return run_load(device, bus, item);
    case isa::kUnitStore:
      return run_store(device, bus, item);
    case isa::kUnitMatrix: {
      Array array;
      return run_matrix(device, item, array);
    }
    default:
      return run_vector(device, item);
  }
}

/// Gives a unit its turn: executes the head of its queue, if there is one and its semaphores allow.
/// Returns whether something was executed; `outcome` changes on an error alone.
template <class Monitor>
bool step_unit(Device& device, Bus& bus, int unit, Monitor& monitor, Outcome* outcome) {
  Stream<Dispatched, kQueueDepth>& queue = device.queue[unit];
  if (queue.empty()) return false;
  const std::uint32_t wait = queue.front().instruction.half[isa::kHalfWait];
  if (!semaphores_ready(device.semaphore, wait)) return false;
  take_semaphores(device.semaphore, wait);
  const Dispatched item = queue.read();
  std::uint32_t status = monitor.execute(device, bus, unit, item);
  if (status == isa::kStatusOk) {
    ++device.counter[isa::kCounter_load_instructions + unit];
    if (!signal_semaphores(device.semaphore, item.instruction.half[isa::kHalfSignal]))
      status = isa::kStatusIllegal;
  }
  if (status != isa::kStatusOk) {
    outcome->status = status;
    outcome->pc = item.pc;
  }
  return true;
}

/// Program counter of a hang: the head of the first unit that has an instruction, else the scalar unit's.
inline std::uint64_t hang_pc(const Device& device) {
FIND_HEAD:
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    if (!device.queue[unit].empty()) return device.queue[unit].front().pc;
  }
  return device.scalar.pc;
}

template <class Monitor>
Outcome run_program(Device& device, Bus& bus, const isa::StartArguments& arguments, Monitor& monitor) {
  Outcome outcome = {isa::kStatusOk, 0};
  outcome.status = open_program(device, bus, arguments.program);
  if (outcome.status != isa::kStatusOk) return outcome;
  std::uint64_t idle_scalars = 0;  // scalar instructions since a tile instruction finished
  std::uint64_t steps = 0;
TURNS:
  while (true) {
    bool progress = false;
  SCALAR:
    for (int burst = 0; burst < kScalarBurst; ++burst) {
      std::uint32_t status = isa::kStatusOk;
      const ScalarStep step = step_scalar(device, bus, &status);
      if (step == kScalarFailed || step == kScalarHalted) {
        outcome.status = status;
        outcome.pc = device.scalar.pc;
        if (step == kScalarHalted) outcome.status = isa::kStatusOk;
        return outcome;
      }
      if (step == kScalarBlocked) break;
      progress = true;
      ++steps;
      if (step == kScalarDispatched) {
        monitor.dispatched(isa::unit_of(device.dispatched.instruction.half[isa::kHalfOpcode] & 0xFF),
                           device.dispatched);
      } else {
        ++idle_scalars;
      }
    }
    bool finished = false;
  UNITS:
    for (int unit = 0; unit < isa::kUnits; ++unit) {
      if (!step_unit(device, bus, unit, monitor, &outcome)) continue;
      if (outcome.status != isa::kStatusOk) return outcome;
      finished = true;
      ++steps;
    }
    if (finished) {
      progress = true;
      idle_scalars = 0;
    }
    const bool starved = arguments.watchdog != 0 && idle_scalars >= arguments.watchdog;
    if (!progress || starved || monitor.cancelled(steps)) {
      outcome.status = isa::kStatusWatchdog;
      outcome.pc = hang_pc(device);
      return outcome;
    }
  }
}

/// Runs and reports. The record goes to memory too where it may and the bus answers.
template <class Monitor>
void run_device(Device& device, Bus& bus, const isa::StartArguments& arguments, Monitor& monitor,
                isa::CompletionRecord* record) {
  reset(device, arguments);
  const Outcome outcome = run_program(device, bus, arguments, monitor);
  isa::CompletionRecord report;
  report.status = outcome.status;
  report.pc = outcome.pc;
REPORT_COUNTERS:
  for (int i = 0; i < isa::kCounters; ++i) report.counters[i] = device.counter[i];
  const bool aligned = arguments.record % 64 == 0 && arguments.record <= kAddressMask;
  if (aligned && device.windows.allow(arguments.record, sizeof report, true)) {
    bus.write(arguments.record, &report, sizeof report);
  }
  *record = report;
}

}  // namespace hls
}  // namespace heddle
