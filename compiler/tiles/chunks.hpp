// Cuts the weights of a layer, and of the output layer, into the pieces in which they are loaded.
//
// A chunk is what one slot of W and C holds: tiles of one or several products with the column scales that
// they need. Chunks of a layer use the slots in turn, and every layer begins at slot 0, so that the same
// instructions serve every layer. Where a whole layer fits, each of its chunks has a slot of its own and
// weights are loaded a whole layer ahead.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/tiles/shape.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

/// Tiles [k0, k0 + k) x [n0, n0 + n) of a product: one MATRIX instruction.
struct ChunkSegment {
  Projection projection = kKvProj;
  int k0 = 0, k = 0, n0 = 0, n = 0;
  bool first = true, last = true;  // of the sum over k
  std::uint32_t w_offset = 0;      // words from the slot's start; tiles lie [n][k]
  std::uint32_t c_offset = 0;      // blocks from the slot's start; only with `last`
};

struct Chunk {
  std::vector<ChunkSegment> segments;  // none: keeps the slots in step, moves tokens only
  std::uint32_t w_words = 0, c_blocks = 0;
  std::uint64_t c_memory = 0, w_memory = 0;  // bytes from the start of the layer's constants
};

/// Where a chunk lives on the chip.
struct Slot {
  std::uint32_t w_base = 0, w_words = 0;   // words of W
  std::uint32_t c_base = 0, c_blocks = 0;  // blocks of C
};

/// What there is for weights.
struct ChunkSpace {
  std::uint32_t w_base = 0, w_words = 0, c_base = 0, c_blocks = 0;
  std::uint32_t logits_tiles = 1;  // n-tiles of logits that V holds
};

struct ChunkPlan {
  std::vector<Slot> slots;
  std::vector<Chunk> layer, head;  // sizes are multiples of slots.size()
};

/// Chunks from `start` on that a loop can take: pass i takes chunks start + i * period and so on, which
/// differ from those of the pass before by constants alone, and so do the chunks a `ahead` further on.
struct Roll {
  std::size_t passes = 0, period = 1;
  int n_step = 0;                 // n-tiles from pass to pass
  std::uint64_t memory_step = 0;  // bytes from pass to pass
};
/// The longest one within the product of the first chunk; passes is 0 when a loop does not pay.
Roll find_roll(const std::vector<Chunk>& chunks, std::size_t start, std::size_t period, std::size_t ahead);

/// Throws std::runtime_error when not even one tile fits.
ChunkPlan plan_chunks(const PaddedShape& shape, const isa::Config& config, const ChunkSpace& space);

}  // namespace heddle::tiles
