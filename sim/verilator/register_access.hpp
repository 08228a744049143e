// How a host that has nothing but the registers starts a run and reads its end: every argument, in the order
// of their addresses, then the interrupt. Readable as C++17.
#pragma once
#include <cstdint>

#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"

namespace heddle::sim {

/// `write(address, value)` writes a register of 32 bits. The last write starts the device.
template <class Write>
void start_through_registers(const isa::StartArguments& arguments, Write write) {
  const auto write64 = [&](std::uint32_t address, std::uint64_t value) {
    write(address, static_cast<std::uint32_t>(value));
    write(address + 4, static_cast<std::uint32_t>(value >> 32));
  };
  write64(isa::kRegisterProgram, arguments.program);
  write64(isa::kRegisterRecord, arguments.record);
  write64(isa::kRegisterWatchdog, arguments.watchdog);
  for (int w = 0; w < isa::kWindows; ++w) {
    write64(isa::kRegisterWindow + 16 * w, arguments.window_base[w]);
    write64(isa::kRegisterWindow + 16 * w + 8, arguments.window_size[w]);
  }
  for (int a = 0; a < isa::kArguments; ++a) write64(isa::kRegisterArgument + 8 * a, arguments.argument[a]);
  // The interrupt says done, so that the run is not disturbed by polling.
  write(isa::kRegisterGlobalInterrupt, 1);
  write(isa::kRegisterInterruptEnable, 1);
  write(isa::kRegisterControl, 1);
}

/// Takes the interrupt back if the run is `finished`, and returns what the registers say of it; a run that
/// was cut short has ended by the watchdog. `read(address)` reads a register of 32 bits.
template <class Write, class Read>
isa::CompletionRecord end_through_registers(bool finished, Write write, Read read) {
  const auto read64 = [&](std::uint32_t address) {
    const std::uint64_t low = read(address);
    return low | static_cast<std::uint64_t>(read(address + 4)) << 32;
  };
  if (finished) {
    write(isa::kRegisterInterruptStatus, 1);  // toggles it off
    read(isa::kRegisterControl);              // clears done
  }
  isa::CompletionRecord record;
  record.status = finished ? read(isa::kRegisterStatus) : static_cast<std::uint32_t>(isa::kStatusWatchdog);
  record.pc = read64(isa::kRegisterPc);
  for (int c = 0; c < isa::kCounters; ++c) record.counters[c] = read64(isa::kRegisterCounters + 8 * c);
  record.magic = isa::kRecordMagic;
  return record;
}

}  // namespace heddle::sim
