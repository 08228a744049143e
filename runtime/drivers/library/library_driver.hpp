// Simulated devices: one driver over the C interface of a device library (isa/device_library.h),
// which serves every design that is built as one: `hls` and `rtl`.
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

namespace heddle::runtime {

struct LibraryOptions {
  std::string driver;                       // what DeviceInfo::driver says: "hls" or "rtl"
  bool counts_cycles = false;               // what DeviceInfo::counts_cycles says
  std::uint64_t cycle_limit = 0;            // of one run; 0: none
  std::optional<sim::dram::Timing> memory;  // none: memory_latency
  std::uint32_t memory_latency = 0;         // cycles
  std::uint32_t stall_permille = 0;         // chance that a channel of the bus stalls in a cycle
  std::uint64_t stall_seed = 0;
  std::string waveform;                                   // FST file of the runs, or empty
  std::function<void(std::uint64_t cycles)> progress;     // called now and then during a run
  std::function<void(const heddle_unit_event&)> event;    // a tile instruction has finished
  std::function<void(const heddle_product&)> products;    // hls: multiplies instead of its own array
  std::function<void(const heddle_switched&)> switching;  // a run has ended, of a library built to count
};

/// Opens the library at `path`. Throws DeviceError when it cannot be loaded, lacks a function, or was built
/// for another configuration than `config`. The simulation runs inside wait(), in the caller's thread.
std::unique_ptr<Device> open_library(const std::string& path, const isa::NamedConfig& config,
                                     const LibraryOptions& options);

}  // namespace heddle::runtime
