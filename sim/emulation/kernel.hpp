// The accelerator as a kernel of the Xilinx Runtime: name, arguments, registers, memory bank. Everything is
// derived from isa/registers.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "isa/config.hpp"
#include "isa/registers.hpp"

namespace heddle::sim::emulation {

constexpr const char* kKernelName = "heddle_top";
constexpr const char* kInstanceName = "heddle_top_1";
constexpr const char* kPlatformName = "heddle_hw_emu_1";

/// Addresses of device memory start here: nothing lies at zero, where a program that forgot to add a base
/// would look.
constexpr std::uint64_t kBankBase = 4096;

/// One argument of the kernel, 64 bits. The order is that of the registers.
struct KernelArgument {
  std::string name;
  std::uint32_t offset;  // of its register
  bool pointer;
};

/// program, record, watchdog, memory, window0_base, window0_size, ..., argument0, argument1, ...
/// `memory` is the one pointer: it tells the runtime which bank the accelerator's memory port reaches. The
/// device has no register there. All others are numbers, device addresses included, since a host places
/// programs, records and windows anywhere inside its buffers.
const std::vector<KernelArgument>& kernel_arguments();

// Positions in kernel_arguments().
constexpr int kKernelProgram = 0;
constexpr int kKernelRecord = 1;
constexpr int kKernelWatchdog = 2;
constexpr int kKernelMemory = 3;
constexpr int kKernelWindow = 4;  // window i: base at +2i, size at +2i+1
constexpr int kKernelArgument = kKernelWindow + 2 * isa::kWindows;

/// Sections of an xclbin.
std::string embedded_metadata(const isa::Config& config);  // XML; the kernel's hash is config_hash(config)
std::string memory_topology(std::uint64_t memory_bytes);
std::string ip_layout();
std::string connectivity();

}  // namespace heddle::sim::emulation
