// Random legal tile instructions: any shape, stride, flag and mask that the contract allows.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/programs/scratch.hpp"

namespace heddle::tests {

/// A tile instruction without tokens and patches. LOAD and STORE use register s0: their offset is the
/// address.
struct Draft {
  int unit = 0;
  isa::TileInstruction instruction = {};
};

class InstructionMaker {
 public:
  InstructionMaker(const isa::Config& config, RandomSource& random, Scratch& scratch)
      : config_(config), random_(random), scratch_(scratch) {}

  /// One legal instruction, or nothing when no room was found. `in_loop`: it may execute again.
  std::optional<Draft> make(int unit, bool in_loop);
  /// A LOAD of constants into bytes of an on-chip memory.
  Draft fill(emit::Memory memory, emit::ByteRange range);
  /// A STORE of bytes to an address.
  Draft dump(emit::Memory memory, emit::ByteRange range, std::uint64_t address);
  /// To be called for every instruction that is put into the program.
  void used(const Draft& draft);

 private:
  // Sums that an instruction left in the accumulators.
  struct OpenSum {
    std::uint16_t rows, n_tiles, acc_addr, acc_n_stride;
  };
  std::optional<Draft> make_dma(bool store);
  std::optional<Draft> make_matrix(bool in_loop);
  std::optional<Draft> make_vector();
  std::uint64_t source_address(bool floats, std::uint64_t span, std::uint64_t congruent);
  Arena blocks_of_s();

  const isa::Config& config_;
  RandomSource& random_;
  Scratch& scratch_;
  std::vector<OpenSum> open_sums_;
};

}  // namespace heddle::tests
