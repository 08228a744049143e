// The fast model as a device: cycles and counters of the RTL from a model of its timing (sim/fast), results
// from the units of the golden model, or none.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "isa/config_file.hpp"
#include "isa/device_library.h"
#include "runtime/device/device.hpp"
#include "sim/dram/timing.hpp"
#include "sim/fast/units.hpp"

namespace heddle::runtime {

struct FastOptions {
  /// Device library of the golden model, for results. Empty: timing only; the run then changes nothing in
  /// memory but its completion record, and costs no more than its instructions.
  std::string units_library;
  std::uint64_t cycle_limit = 0;                        // of one run; 0: none
  std::optional<sim::dram::Timing> memory;              // none: memory_latency
  std::uint32_t memory_latency = 0;                     // cycles
  std::function<void(std::uint64_t cycles)> progress;   // called now and then during a run
  std::function<void(const heddle_unit_event&)> event;  // a tile instruction has finished
};

/// The units of the golden model in a device library. Throws DeviceError when it cannot be loaded, lacks a
/// function, or was built for another configuration.
std::unique_ptr<sim::fast::Units> open_units(const std::string& library, const isa::NamedConfig& config);

/// Throws DeviceError like open_units. The simulation runs inside wait(), in the caller's thread.
std::unique_ptr<Device> open_fast(const isa::NamedConfig& config, const FastOptions& options);

}  // namespace heddle::runtime
