// Random programs for a machine without float unit, scalar unit and tokens: LOAD, MATRIX, STORE, FENCE, HALT,
// a few of them illegal. Both machines start from the same memory, and what the program reads of buffers it
// has written before.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "isa/config.hpp"
#include "isa/registers.hpp"

namespace heddle::cli {

/// What a run starts from: memory from `base` on, whose first bytes are the program, and the registers.
struct NanoProgram {
  std::vector<std::uint8_t> memory;
  isa::StartArguments arguments;
};

/// `base`: the device address at which `bytes` bytes of memory are free, 4096-byte aligned.
/// `legal`: no instruction is at fault; else one may be.
NanoProgram random_nano_program(const isa::Config& config, std::uint64_t base, std::uint32_t bytes,
                                std::uint64_t seed, bool legal);

}  // namespace heddle::cli
