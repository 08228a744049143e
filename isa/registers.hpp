// The register map on AXI4-Lite (32-bit data, ap_ctrl layout of Xilinx kernels, UG1393).
// Arguments are what XRT writes on every start; registers past them are read-only and ignore writes.
#pragma once
#include <cstdint>
#include "isa/instruction.hpp"

namespace heddle {
namespace isa {

constexpr int kWindows = 4;

constexpr std::uint32_t kRegisterControl = 0x000;  // bit 0 start, 1 done (clears on read), 2 idle, 3 ready
constexpr std::uint32_t kRegisterGlobalInterrupt = 0x004;
constexpr std::uint32_t kRegisterInterruptEnable = 0x008;
constexpr std::uint32_t kRegisterInterruptStatus = 0x00C;
// Arguments, 64 bits each.
constexpr std::uint32_t kRegisterProgram = 0x010;   // address of the program header, 64-byte aligned
constexpr std::uint32_t kRegisterRecord = 0x018;    // address of the completion record, 64-byte aligned
constexpr std::uint32_t kRegisterWatchdog = 0x020;  // cycles without progress; 0: never
constexpr std::uint32_t kRegisterWindow = 0x040;    // window i: base at +16i, size in bytes at +16i+8;
                                                    // bit 63 of size: read-only. Size 0: closed.
constexpr std::uint32_t kRegisterArgument = 0x080;  // argument i at +8i
constexpr std::uint32_t kRegisterArgumentEnd = kRegisterArgument + 8 * kArguments;
// Read-only.
constexpr std::uint32_t kRegisterMagic = 0x180;
constexpr std::uint32_t kRegisterVersion = 0x184;
constexpr std::uint32_t kRegisterConfigHash = 0x188;  // 64 bits
constexpr std::uint32_t kRegisterStatus = 0x190;
constexpr std::uint32_t kRegisterPc = 0x198;          // 64 bits
constexpr std::uint32_t kRegisterCounters = 0x200;    // counter i, 64 bits, at +8i
constexpr std::uint32_t kRegisterEnd = 0x400;

constexpr std::uint64_t kWindowReadOnly = 1ull << 63;

/// What the host sets before a start: the argument registers, in one piece.
struct StartArguments {
  std::uint64_t program = 0;
  std::uint64_t record = 0;
  std::uint64_t watchdog = 1000000;  // cycles
  std::uint64_t window_base[kWindows] = {};
  std::uint64_t window_size[kWindows] = {};  // bytes, | kWindowReadOnly
  std::uint64_t argument[kArguments] = {};
};

}  // namespace isa
}  // namespace heddle
