// The work of a tiled matrix product, piece by piece: what each unit does and what it must wait for.
#pragma once
#include <vector>

#include "compiler/tiles/gemm.hpp"
#include "compiler/tiles/unit_schedule.hpp"

namespace heddle::tiles {

enum class GemmWork : std::uint8_t {
  kLoadRows,
  kLoadRowScales,
  kLoadWeights,
  kLoadColumnScales,
  kMultiply,
  kMagnitude,  // largest magnitude of each row over the columns of one product
  kJoin,       // of two of those
  kInvert,     // 127 / largest magnitude
  kQuantise,
  kStoreRows,
  kStoreScales,
};

struct GemmStep {
  GemmWork work = GemmWork::kMultiply;
  int chunk = 0;
  int n0 = 0, n1 = 0, k0 = 0, k1 = 0;  // tiles
  int row0 = 0, rows = 0;              // within the chunk
  int slot = 0;                        // of W and C
  int slot_n0 = 0, slot_k0 = 0;        // tile at which the slot begins
  int part = 0;                        // of the chunk's magnitudes
};

struct GemmSteps {
  std::vector<GemmStep> steps;
  std::vector<UnitWork> work;  // beside them
};

/// What the plan asks of the units, piece by piece, and what each piece waits for.
GemmSteps gemm_steps(const GemmPlan& plan);

/// k-tiles at which a piece of K may begin: where blocks of A and beats of the bus do.
int gemm_slice_unit(const isa::Config& config);

/// Words of W from one column of tiles to the next in a slot.
std::uint32_t gemm_slot_column(const GemmPlan& plan);

}  // namespace heddle::tiles
