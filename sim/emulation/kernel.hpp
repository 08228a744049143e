// The accelerator as a kernel of the Xilinx Runtime: as the emulation presents it: instance, platform,
// memory bank, sections of the xclbin. Name and arguments are the contract's (isa/kernel.hpp).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "isa/config.hpp"
#include "isa/kernel.hpp"

namespace heddle::sim::emulation {

using isa::kKernelName;
constexpr const char* kInstanceName = "heddle_top_1";
constexpr const char* kPlatformName = "heddle_hw_emu_1";

/// Addresses of device memory start here: nothing lies at zero, where a program that forgot to add a base
/// would look.
constexpr std::uint64_t kBankBase = 4096;

using isa::kernel_arguments;
using isa::KernelArgument;
using isa::kKernelArgument;
using isa::kKernelMemory;
using isa::kKernelProgram;
using isa::kKernelRecord;
using isa::kKernelWatchdog;
using isa::kKernelWindow;

/// Sections of an xclbin.
std::string embedded_metadata(const isa::Config& config);  // XML; the kernel's hash is config_hash(config)
std::string memory_topology(std::uint64_t memory_bytes);
std::string ip_layout();
std::string connectivity();

}  // namespace heddle::sim::emulation
