// Random programs that are not legal any more.
#pragma once
#include <cstdint>

#include "isa/program.hpp"
#include "tests/programs/generator.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests {

/// Turns a few bits of the program: what follows is a fault of some unit, a hang, or another program.
inline void damage(RandomProgram* program, std::uint64_t seed) {
  RandomSource random(seed ^ 0xDA3A6Eull);
  const std::uint64_t code = program->arguments.program + sizeof(isa::ProgramHeader);
  for (std::uint64_t i = 0, count = 1 + random.below(3); i < count; ++i) {
    const std::uint64_t byte = random.below(8) == 0
                                   ? random.below(sizeof(isa::ProgramHeader))
                                   : sizeof(isa::ProgramHeader) + random.below(program->code_bytes);
    program->memory[code - sizeof(isa::ProgramHeader) + byte] ^=
        static_cast<std::uint8_t>(1u << random.below(8));
  }
  program->arguments.watchdog = 3000 + random.below(5000);
  if (random.below(8) == 0)
    program->arguments.window_size[random.below(isa::kWindows)] = 64 * random.below(64);
}

}  // namespace heddle::tests
