// What lies in memory beside the instructions: the program's header and the completion record.
#pragma once
#include <cstdint>
#include "isa/counters.hpp"
#include "isa/version.hpp"

namespace heddle {
namespace isa {

constexpr std::uint32_t kProgramMagic = 0x50444C48u;  // "HLDP"

/// First 64 bytes of a program, 64-byte aligned; the code follows at once.
struct ProgramHeader {
  std::uint32_t magic = kProgramMagic;
  std::uint32_t version = kIsaVersion;
  std::uint64_t config_hash = 0;
  std::uint32_t code_quads = 0;  // a fetch at or past it is kStatusIllegal
  std::uint32_t reserved[11] = {};
};
static_assert(sizeof(ProgramHeader) == 64, "windows allow the header whole or not at all");

constexpr std::uint32_t kRecordMagic = 0x52444C48u;  // "HLDR"

/// Written by the device at kRegisterRecord at the end of every run, failed ones included, provided that
/// the record lies in a window that may be written. 256 bytes.
struct CompletionRecord {
  std::uint32_t magic = kRecordMagic;
  std::uint32_t status = 0;
  std::uint64_t pc = 0;  // of HALT, or of the instruction at fault
  std::uint64_t counters[kCounters] = {};
};
static_assert(sizeof(CompletionRecord) == 256, "the record is 256 bytes: the counters fill it");

}  // namespace isa
}  // namespace heddle
