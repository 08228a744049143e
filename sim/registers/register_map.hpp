// The register map of isa/registers.hpp as plain data: what writes change and reads give, for simulators that
// have no design behind it. C++17.
#pragma once
#include <cstdint>

#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"
#include "isa/version.hpp"

namespace heddle::sim {

// Bits of the control register (ap_ctrl, UG1393).
constexpr std::uint32_t kControlStart = 1, kControlDone = 2, kControlIdle = 4, kControlReady = 8;

/// The argument that the 64-bit register at `offset` sets, or null for a reserved one.
inline std::uint64_t* argument_at(isa::StartArguments& arguments, std::uint32_t offset) {
  if (offset == isa::kRegisterProgram) return &arguments.program;
  if (offset == isa::kRegisterRecord) return &arguments.record;
  if (offset == isa::kRegisterWatchdog) return &arguments.watchdog;
  if (offset >= isa::kRegisterWindow && offset < isa::kRegisterWindow + 16 * isa::kWindows) {
    const std::uint32_t window = (offset - isa::kRegisterWindow) / 16;
    return offset % 16 == 0 ? &arguments.window_base[window] : &arguments.window_size[window];
  }
  if (offset >= isa::kRegisterArgument && offset < isa::kRegisterArgumentEnd)
    return &arguments.argument[(offset - isa::kRegisterArgument) / 8];
  return nullptr;
}

/// The half of a 64-bit register that the word at `offset` is.
inline std::uint32_t register_half(std::uint64_t value, std::uint32_t offset) {
  return static_cast<std::uint32_t>(offset % 8 == 0 ? value : value >> 32);
}

/// A write of the word at `offset`, if it belongs to an argument.
inline void write_argument(isa::StartArguments& arguments, std::uint32_t offset, std::uint32_t value) {
  std::uint64_t* argument = argument_at(arguments, offset & ~7u);
  if (argument == nullptr) return;
  *argument = offset % 8 == 0 ? (*argument & ~0xFFFFFFFFull) | value
                              : (*argument & 0xFFFFFFFFull) | static_cast<std::uint64_t>(value) << 32;
}

/// What the argument or read-only register at `offset` gives; zero past them. `record`: of the last run.
inline std::uint32_t read_register(std::uint32_t offset, isa::StartArguments& arguments,
                                   std::uint64_t config_hash, bool running,
                                   const isa::CompletionRecord& record) {
  if (const std::uint64_t* argument = argument_at(arguments, offset & ~7u))
    return register_half(*argument, offset);
  switch (offset & ~7u) {
    case isa::kRegisterMagic:
      return offset == isa::kRegisterMagic ? isa::kDeviceMagic : isa::kIsaVersion;
    case isa::kRegisterConfigHash:
      return register_half(config_hash, offset);
    case isa::kRegisterStatus:
      if (offset != isa::kRegisterStatus) return 0;
      return running ? static_cast<std::uint32_t>(isa::kStatusRunning) : record.status;
    case isa::kRegisterPc:
      return register_half(record.pc, offset);
    default:
      break;
  }
  if (offset >= isa::kRegisterCounters && offset < isa::kRegisterCounters + 8 * isa::kCounters)
    return register_half(record.counters[(offset - isa::kRegisterCounters) / 8], offset);
  return 0;
}

}  // namespace heddle::sim
