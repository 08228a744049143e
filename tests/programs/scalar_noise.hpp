// The scalar unit of a random program: registers whose values the generator knows, and ways to use them.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "isa/registers.hpp"
#include "tests/hls/assembler.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests {

class ScalarNoise {
 public:
  ScalarNoise(Assembler& code, RandomSource& random, const isa::StartArguments& arguments,
              const std::vector<std::uint8_t>& memory)
      : code_(code), random_(random), arguments_(arguments), memory_(memory) {}

  /// A few instructions: arithmetic, an argument, a word of memory, a branch.
  void add();
  /// Appends a tile instruction, given as it shall execute with s0 as base, through registers and patches.
  /// Returns its pc.
  std::uint64_t append_patched(isa::TileInstruction instruction);
  void set(int rd, std::int64_t value);
  std::int64_t value(int rd) const { return registers_[static_cast<std::size_t>(rd)]; }
  /// For values that change without an instruction of this class.
  void assume(int rd, std::int64_t value);

 private:
  void arithmetic();
  void load_word();
  void branch();
  void probe();
  void never_executed();

  Assembler& code_;
  RandomSource& random_;
  const isa::StartArguments& arguments_;
  const std::vector<std::uint8_t>& memory_;
  std::array<std::int64_t, isa::kScalarRegisters> registers_{};
};

}  // namespace heddle::tests
