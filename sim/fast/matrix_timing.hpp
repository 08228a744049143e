// How long a MATRIX instruction takes: rtl/array (heddle_matrix and below) as a function of the instruction.
//
// Started in cycle s, tile i of rows x columns weights begins in first_tile + i * period, one row of
// activations a cycle. Plain tiles follow each other every max(rows, row groups) cycles; a transposed one
// needs all its words before it begins, and its words wait until the tile before has reached the last group.
#pragma once
#include <cstdint>

#include "isa/config.hpp"
#include "isa/instruction.hpp"

namespace heddle::sim::fast {

struct MatrixRun {
  std::uint64_t done = 0;    // cycle of the done pulse
  std::uint32_t status = 0;  // STATUS_OK or STATUS_ILLEGAL
  // Rows of activations that enter the array.
  std::uint64_t first_tile = 0, period = 1, rows = 0, tiles = 0;
  std::uint64_t last_cycle = 0;  // of the reads of rows: no row is read later
  bool last_refused = false;     // the row of that cycle lies outside A

  /// Rows that have entered the array up to the end of `cycle`.
  std::uint64_t rows_entered(std::uint64_t cycle) const;
};

/// `start`: the cycle in which the unit is started.
MatrixRun time_matrix(const isa::Config& config, const isa::TileInstruction& x, std::uint64_t start);

}  // namespace heddle::sim::fast
