// How long a VECTOR instruction takes: rtl/vector as a function of the instruction.
//
// A step of LANES columns a cycle; the chain of pre multiplier, pre adder, function, post multiplier and post
// adder has a fixed latency for each instruction, and so has the tree of a row's reduction. Only sums of rows
// wider than 256 columns wait for each other, in the adder that joins their blocks.
#pragma once
#include <cstdint>

#include "isa/config.hpp"
#include "isa/instruction.hpp"

namespace heddle::sim::fast {

struct VectorRun {
  std::uint64_t done = 0;    // cycle of the done pulse
  std::uint32_t status = 0;  // STATUS_OK or STATUS_ILLEGAL
  std::uint64_t first_step = 0, spacing = 1, steps = 0;
  std::uint64_t last_cycle = 0;  // no step is taken later

  /// Steps that have entered the lanes up to the end of `cycle`.
  std::uint64_t steps_entered(std::uint64_t cycle) const {
    const std::uint64_t until = cycle < last_cycle ? cycle : last_cycle;
    return steps == 0 || until < first_step ? 0 : (until - first_step) / spacing + 1;
  }
};

/// `start`: the cycle in which the unit is started.
VectorRun time_vector(const isa::Config& config, const isa::TileInstruction& x, std::uint64_t start);

}  // namespace heddle::sim::fast
