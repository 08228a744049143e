// What an instruction costs its unit: the model behind every search of tilings.
#pragma once
#include <cstdint>

#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

// Cycles from an instruction's grant to the next one's, beside its bytes, rows or blocks. Measured on the RTL
// with LPDDR4-3200.
constexpr std::int64_t kLoadOverhead = 80, kStoreOverhead = 95, kMatrixOverhead = 15, kVectorOverhead = 15;
/// VECTOR when STORE or MATRIX waits for what it writes: its pipeline runs empty first.
constexpr std::int64_t kVectorLatency = 42;
/// Rows of a strided access that are shorter than this cost a DRAM as much, bytes.
constexpr std::int64_t kShortestRow = 128;

/// MATRIX with `rows` rows for each of `tiles` tiles of weights.
std::int64_t product_cycles(const isa::Config& config, std::int64_t tiles, std::int64_t rows,
                            bool transposed);

/// Beats of the memory bus for `lines` rows of `bytes`.
std::int64_t bus_beats(const isa::Config& config, std::int64_t lines, std::int64_t bytes);

struct UnitCost {
  std::int64_t cycles = 0;  // that the unit is taken, `bus` included
  std::int64_t bus = 0;     // cycles of the memory bus
};

/// Cost of a tile operation whose counts are constants.
UnitCost unit_cost(const isa::Config& config, const Operation& op);

}  // namespace heddle::tiles
