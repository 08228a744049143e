// The model's extents as the array sees them: padded to blocks and tiles.
#pragma once
#include <cstdint>

#include "compiler/graph/model.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

/// Positions of a block of attention. The same on every configuration, as the online softmax takes blocks in
/// turn, and a result depends on where they begin.
constexpr int kAttentionBlock = 128;

/// The products of a layer in the order in which they run, and the output layer.
enum Projection : int { kKvProj, kQProj, kOProj, kGateProj, kUpProj, kDownProj, kLogitsProj };
constexpr int kLayerProjections = 6;

/// Tiles of a product: rows_of_array x columns weights each.
struct TileCount {
  int k = 0, n = 0;
};

struct PaddedShape {
  int layers = 0, hidden = 0, intermediate = 0, heads = 0, kv_heads = 0, group = 0, head_dim = 0, vocab = 0;
  int context = 0;         // positions, as asked for
  int context_blocks = 0;  // of kAttentionBlock positions
  bool qkv_bias = false, output_bias = false;
  double rms_eps = 0, rope_theta = 0;
  // In blocks of `columns`.
  int hidden_blocks = 0, intermediate_blocks = 0, vocab_blocks = 0;
  int planes = 0;        // of one head
  int score_blocks = 0;  // of kAttentionBlock scores

  int q_blocks() const { return heads * planes; }
  int kv_blocks() const { return 2 * kv_heads * planes; }  // keys of all heads, then values
  TileCount tiles(const isa::Config& config, Projection projection) const;
};

/// `context`: positions of the cache. Throws std::runtime_error when an extent does not fit the instructions.
PaddedShape pad_shape(const graph::ModelShape& shape, std::int64_t context, const isa::Config& config);

}  // namespace heddle::tiles
