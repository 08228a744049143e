// Random legal programs: every instruction, loops, patches, branches, tokens that order what must be ordered
// and leave the rest concurrent.
#pragma once
#include <cstdint>
#include <vector>

#include "isa/config.hpp"
#include "isa/registers.hpp"

namespace heddle::tests {

struct RandomProgram {
  std::vector<std::uint8_t> memory;  // before the run, program included
  isa::StartArguments arguments;
  std::uint64_t code_bytes = 0;        // after the header
  int items = 0;                       // pieces that the program was made of
  std::vector<std::uint64_t> item_pc;  // where each begins
};

/// The program of a seed. With `items` >= 0 only its first so many pieces, then the same epilogue, which
/// stores every on-chip byte written so far: the shortest prefix that differs names the instruction at fault.
RandomProgram generate_program(const isa::Config& config, std::uint64_t seed, int items = -1);

}  // namespace heddle::tests
