// Everything that is decided before operations are written: where constants and state lie in memory, where
// everything lives on the chip, how weights are cut.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"
#include "compiler/tiles/chunks.hpp"
#include "compiler/tiles/decoder.hpp"
#include "compiler/tiles/onchip.hpp"
#include "compiler/tiles/program.hpp"
#include "compiler/tiles/shape.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

struct PlanOptions {
  std::int64_t context = 0;  // positions of the cache; 0: the model's
  int rows = 0;              // most tokens that prefill takes at once; 0: chosen
  int batch = 0;             // sequences that decode_batch takes at once; up to 1: no such program
};

/// Sizes and offsets in bytes. Constants of a layer: its parameters, then its chunks, each with its column
/// scales before its weights. The cache of a sequence: [layer][block of positions][keys, values][head][plane]
/// [position] rows of `columns` bytes, then the block's scales [keys, values][head][position].
struct MemoryPlan {
  std::uint64_t layer = 0;                               // from layer to layer
  std::uint64_t head = 0;                                // the final norm and the output layer's chunks
  std::uint64_t embedding_row = 0, embedding_scale = 0;  // from token to token; from a row to its scale
  std::uint64_t rope_row = 0;                            // from position to position
  std::uint64_t cache_plane = 0, cache_scales = 0, cache_block = 0, cache_layer = 0, cache_sequence = 0;
  std::uint64_t logits_row = 0;
  std::int64_t logits_rows = 0;  // most tokens of a run that wants all logits
};

/// Multiplied by an index in 32 bits: sizes of caches are counted in these.
constexpr std::uint64_t kCacheUnit = 512;

struct Plan {
  isa::Config config;
  std::string model;
  DecoderGraph decoder;
  PaddedShape shape;
  OnChipPlan chip;
  ChunkPlan chunks;
  MemoryPlan memory;
  std::vector<Segment> segments;
  /// Sequences that have a cache.
  int sequences() const { return chip.decode_batch.sequences; }
};

/// Throws std::runtime_error saying what does not fit, how big it is and what the limit is.
Plan plan_model(const graph::LanguageModel& model, const isa::Config& config, const PlanOptions& options);

}  // namespace heddle::tiles
