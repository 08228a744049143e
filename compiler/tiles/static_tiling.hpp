// How the operations of a static plan are cut to fit the memories of a device.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/tiles/static_plan.hpp"

namespace heddle::tiles {

/// The choices of a search; each is a wish that the memories may cut down.
struct StaticTiling {
  int rows = 64;              // of activations that meet a tile of weights at a time
  int group = 8;              // columns of tiles that one MATRIX instruction computes
  int attention_rows = 32;    // queries whose scores stand in V at a time
  int share_ahead = 0;        // how far work goes ahead of the products that need it: see schedule_units
  bool keep_weights = false;  // LinearTiling::keeps_weights wherever that moves fewer bytes
  std::string text() const;
};

/// Places that work of one kind takes in turn, at most.
constexpr std::int64_t kMostPlaces = 8;

/// Of one linear.
struct LinearTiling {
  int rows = 1;   // in a chunk
  int group = 1;  // columns of tiles; whole heads where it makes heads
  int n_tiles = 0, k_tiles = 0;
  int slice = 1;                  // k-tiles that are loaded together; sums wait in the accumulators
  int a_row = 1;                  // blocks of A from row to row of a slice
  int piece_rows = 1;             // of a product that VECTOR takes at a time
  std::int64_t weight_words = 0;  // of W, of a slice of a group
  /// A group's weights stay in W while all rows meet them, and activations are read again for each group;
  /// else a chunk of rows stays while all weights pass, and weights are read again for each chunk.
  bool keeps_weights = false;

  int groups() const { return (n_tiles + group - 1) / group; }
  int slices() const { return (k_tiles + slice - 1) / slice; }
  /// Bytes of the weights of slice `s` of group `g` in device memory, whole lines of the bus.
  std::uint64_t piece_bytes(const isa::Config& config, int g, int s) const;
  std::uint64_t weight_bytes(const isa::Config& config) const;  // of all
};

/// Shares of the memories, in units of address. Each bank of V has one unit that writes and one that reads:
/// 0 MATRIX to VECTOR, 1 LOAD to VECTOR, 2 VECTOR to itself, 3 VECTOR to STORE. Likewise A: MATRIX reads bank
/// 0, STORE bank 1; S: VECTOR writes bank 0, LOAD bank 1. So units hardly ever wait for a port.
struct Shares {
  std::int64_t products;                                      // V 0
  std::int64_t rows_in, operands, vectors;                    // V 1
  std::int64_t work, work_rows, masked;                       // V 2
  std::int64_t out, copy, out_rows;                           // V 3
  std::int64_t slices, probabilities;                         // A 0; they overlap
  std::int64_t heads8, rows8;                                 // A 1
  std::int64_t row_scalars, head_scalars, attention_scalars;  // S 0
  std::int64_t row_scales, query_scales;                      // S 1
  std::int64_t linear_scales, key_scales, ones;               // C
};
Shares shares_of(const isa::Config& config);

/// Blocks of A that a row of bytes takes, whole beats of the bus.
std::int64_t row8_blocks(const isa::Config& config, std::int64_t columns);

/// Throws std::runtime_error naming the operation, what does not fit and which memory to enlarge.
LinearTiling tile_linear(const StaticPlan& plan, const StaticOp& op, const StaticTiling& wish);

/// Gives 8-bit rows the panels that linears read as slices, where all that read them agree, and all tensors
/// their places anew.
void set_panels(const StaticTiling& wish, StaticPlan* plan);

/// Rows that a norm or a quantisation takes at a time.
int tile_rows(const StaticPlan& plan, const StaticOp& op);

/// Rows of heads that a beat of the bus holds, of bytes or of scales, whichever are more.
std::int64_t head_beat(const isa::Config& config);

/// Arrays of scalars of heads that are quantised: magnitudes, inverses, scales where they are not magnitudes.
int head_arrays(const StaticTensor& heads);

struct HeadTiling {
  int heads = 1;  // that are quantised together
  int rows = 1;   // at a time
};
/// At most `most` heads together.
HeadTiling tile_heads(const StaticPlan& plan, const StaticOp& op, const HeadSource& source,
                      std::int64_t most);

struct AttentionTiling {
  int rows = 1;            // queries at a time
  int buffers = 2;         // of scores: products of later queries run ahead of the softmax
  std::int64_t width = 1;  // blocks from row to row of scores and probabilities
  int key_slots = 2;
};
/// Whether MATRIX leaves the rows of an attention where STORE takes them; else they go through VECTOR, which
/// quantises them.
bool attention_leaves_rows(const StaticOp& op);
AttentionTiling tile_attention(const StaticPlan& plan, const StaticOp& op, const StaticTiling& wish);

}  // namespace heddle::tiles
