// A hardware loop of a random program: a body of tile instructions whose fields move with registers, and the
// tokens between them, within an iteration and from one to the next.
#pragma once
#include <cstdint>
#include <vector>

#include "tests/programs/instructions.hpp"

namespace heddle::tests {

/// A field that grows by a step in every iteration.
struct MovingField {
  int half;
  bool wide;
  std::int32_t step;
};

struct LoopInstruction {
  Draft draft;  // of the first iteration
  std::vector<MovingField> moving;
  std::vector<isa::TileInstruction> instances;  // one an iteration
  std::vector<emit::Footprint> footprints;
  std::uint16_t wait = 0, signal = 0;
};

struct LoopBody {
  int iterations = 0;
  std::vector<LoopInstruction> instructions;
  bool fence = false;                        // at the end of every iteration
  std::vector<std::pair<int, int>> credits;  // semaphore and how many tokens it starts and ends with
};

/// Makes a body; empty when nothing fitted.
LoopBody make_loop(const isa::Config& config, RandomSource& random, InstructionMaker& maker);
/// Sets the masks: from all 16 semaphores, zero before the loop.
void order_loop(const isa::Config& config, RandomSource& random, LoopBody& body);

}  // namespace heddle::tests
