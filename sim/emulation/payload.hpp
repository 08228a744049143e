// An xclbin for hardware emulation: the simulator process and what it needs, packed into the section where a
// bitstream would be.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "isa/config_file.hpp"
#include "sim/dram/timing.hpp"

namespace heddle::sim::emulation {

struct PayloadOptions {
  std::string library;                 // path of the device library, which is copied into the payload
  bool fast = false;                   // the fast model; the library is the golden model's
  std::optional<dram::Timing> memory;  // none: memory_latency
  std::uint32_t memory_latency = 0;    // as in heddle_run_options, like all below
  std::uint32_t stall_permille = 0;
  std::uint64_t stall_seed = 1;
  std::uint64_t cycle_limit = 0;
};

/// Bytes of the file. Throws std::runtime_error when the library or the simulator process cannot be read.
std::string emulation_xclbin(const isa::NamedConfig& config, const PayloadOptions& options);

}  // namespace heddle::sim::emulation
