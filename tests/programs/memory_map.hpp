// Device memory of a random program.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests::memory_map {

constexpr std::uint64_t kBytes = 1 << 20;
constexpr std::uint64_t kProgram = 0x1000;  // header, code
constexpr std::uint64_t kProgramEnd = 0x40000;
constexpr std::uint64_t kFloats = 0x40040;  // read-only: FP32
constexpr std::uint64_t kFloatsEnd = 0x60000;
constexpr std::uint64_t kBytesBegin = kFloatsEnd;  // read-only: anything
constexpr std::uint64_t kBytesEnd = 0x80000;
constexpr std::uint64_t kOutput = 0x80040;  // written by STOREs, read by LOADs
constexpr std::uint64_t kOutputEnd = 0x90000;
constexpr std::uint64_t kDump = kOutputEnd;  // what on-chip memory held at the end
constexpr std::uint64_t kDumpEnd = 0xE0000;
constexpr std::uint64_t kRecord = 0xE1000;

inline std::vector<std::uint8_t> initial(RandomSource& random) {
  std::vector<std::uint8_t> memory(kBytes);
  const auto fill = [&](std::uint64_t begin, std::uint64_t end, bool floats) {
    for (std::uint64_t at = begin; at < end; at += 4) {
      const std::uint32_t word = floats ? random.fp32_bits() : static_cast<std::uint32_t>(random.bits());
      std::memcpy(&memory[at], &word, 4);
    }
  };
  fill(kFloats, kFloatsEnd, true);
  fill(kBytesBegin, kBytesEnd, false);
  fill(kOutput, kOutputEnd, true);
  return memory;
}

/// Windows in random order: program, constants, output with dump, record.
inline isa::StartArguments start_arguments(RandomSource& random, std::uint64_t program_bytes) {
  isa::StartArguments arguments;
  arguments.program = kProgram;
  arguments.record = kRecord;
  arguments.watchdog = 1000000;
  const std::uint64_t base[] = {kProgram, kFloats, kOutput, kRecord};
  const std::uint64_t size[] = {((program_bytes + 63) & ~63ull) | isa::kWindowReadOnly,
                                (kBytesEnd - kFloats) | isa::kWindowReadOnly, kDumpEnd - kOutput,
                                sizeof(isa::CompletionRecord)};
  const std::uint64_t first = random.below(4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    arguments.window_base[i] = base[(i + first) % 4];
    arguments.window_size[i] = size[(i + first) % 4];
  }
  for (std::uint64_t& argument : arguments.argument) {
    argument = random.bits() >> random.below(64);
  }
  return arguments;
}

}  // namespace heddle::tests::memory_map
