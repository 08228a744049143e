// The accelerator in a SystemC platform (sim/systemc), in a process of its own: SystemC has one simulation in
// a process, and heddle itself does not link it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

struct SystemCOptions {
  std::string model = "rtl";                    // of the accelerator: sim::systemc::model_named
  std::string library;                          // device library that it needs
  std::string memory;                           // as sim/dram/timing_file.hpp names it; empty: memory_latency
  std::optional<std::uint32_t> memory_latency;  // cycles
  std::uint64_t cycle_limit = 0;                // of one run; 0: none
  std::function<void()> progress;               // ProcessOptions::progress
};

/// Whether this build has it; `reason` says what is missing.
bool can_open_systemc(std::string* reason = nullptr);

/// Throws DeviceError when the platform cannot be built or started.
std::unique_ptr<Device> open_systemc(const isa::NamedConfig& config, const SystemCOptions& options);

}  // namespace heddle::runtime
