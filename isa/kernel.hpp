// The accelerator as a kernel of the Xilinx Runtime (XRT): name, arguments and their registers. Host code (C++20),
// not read by HLS tools. Everything is derived from isa/registers.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "isa/registers.hpp"

namespace heddle::isa {

constexpr const char* kKernelName = "heddle_top";

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
constexpr int kKernelArgument = kKernelWindow + 2 * kWindows;

}  // namespace heddle::isa
