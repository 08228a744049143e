// How a run ends.
#pragma once
#include <cstdint>

namespace heddle {
namespace isa {

/// Status codes of the completion record and of the status register.
enum Status : std::uint32_t {
  kStatusOk = 0,
  kStatusVersion = 1,   // the program is of another version of the contract, or no program at all
  kStatusConfig = 2,    // the program was compiled for another configuration
  kStatusWindow = 3,    // an access outside the opened windows, or a write to a read-only one
  kStatusBus = 4,       // the memory answered with an error
  kStatusWatchdog = 5,  // nothing finished for the watchdog's number of cycles
  kStatusIllegal = 6,   // reserved opcode or field, operand outside its buffer, semaphore overflow
  kStatusRunning = 0xFFFFFFFFu,
};

inline const char* status_text(std::uint32_t status) {
  switch (status) {
    case kStatusOk: return "ok";
    case kStatusVersion: return "program of another version";
    case kStatusConfig: return "program of another configuration";
    case kStatusWindow: return "access outside the opened windows";
    case kStatusBus: return "bus error";
    case kStatusWatchdog: return "watchdog: no progress";
    case kStatusIllegal: return "illegal instruction";
    case kStatusRunning: return "running";
    default: return "unknown status";
  }
}

}  // namespace isa
}  // namespace heddle
