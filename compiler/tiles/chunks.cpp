#include "compiler/tiles/chunks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"

namespace heddle::tiles {
namespace {

// A LOAD pays the memory's latency once: below this many beats the latency shows.
constexpr std::uint32_t kGoodBeats = 1024;
// Slots where a layer does not fit: one in use, the others loading ahead, and what waits for VECTOR holds
// back one slot's weights only. On a layer of Qwen2-0.5B's shape two, three, four slots
// take 98.0%, 98.4%, 98.3% of the bus on `core`, 88.1%, 92.4%, 92.0% on `server`. Two where a third does not
// hold a tile's whole K.
constexpr std::size_t kRingSlots = 3, kFewestSlots = 2;

class Cutter {
 public:
  Cutter(const PaddedShape& shape, const isa::Config& config, const ChunkSpace& space)
      : shape_(shape), config_(config), space_(space) {
    tile_ = config.w_tile_words();
    per_block_ = static_cast<int>(config.columns / config.rows);
  }

  /// Cuts products into chunks of at most the slots' sizes, slots taken in turn. `merge_words`: a chunk of at
  /// least so many words ends where a product ends.
  std::vector<Chunk> cut(const std::vector<Projection>& products, const std::vector<Slot>& slots,
                         std::uint32_t merge_words) {
    slots_ = &slots;
    merge_words_ = merge_words;
    chunks_.assign(1, {});
    for (const Projection product : products) add(product);
    if (chunks_.back().segments.empty()) chunks_.pop_back();
    return std::move(chunks_);
  }

 private:
  const Slot& slot() const { return (*slots_)[(chunks_.size() - 1) % slots_->size()]; }
  std::uint32_t words_left() const { return slot().w_words - chunks_.back().w_words; }
  std::uint32_t blocks_left() const { return slot().c_blocks - chunks_.back().c_blocks; }
  void next() {
    if (!chunks_.back().segments.empty()) chunks_.emplace_back();
  }

  void append(ChunkSegment segment) {
    Chunk& chunk = chunks_.back();
    segment.w_offset = chunk.w_words;
    segment.c_offset = chunk.c_blocks;
    chunk.w_words += static_cast<std::uint32_t>(segment.k * segment.n) * tile_;
    if (segment.last) chunk.c_blocks += static_cast<std::uint32_t>(segment.n);
    chunk.segments.push_back(segment);
  }

  void add(Projection product) {
    const TileCount tiles = shape_.tiles(config_, product);
    if (chunks_.back().w_words >= merge_words_) next();
    const std::uint32_t column = static_cast<std::uint32_t>(tiles.k) * tile_;  // words of one n-tile, whole K
    std::uint32_t smallest = slot().w_words;
    for (const Slot& s : *slots_) smallest = std::min(smallest, s.w_words);
    if (column > smallest) {
      split_k(product, tiles);
      return;
    }
    const std::uint32_t most = product == kLogitsProj ? space_.logits_tiles : 65535u;
    for (int n = 0; n < tiles.n;) {
      std::uint32_t fit = std::min({words_left() / column, blocks_left(), most});
      const auto wanted = static_cast<std::uint32_t>(tiles.n - n);
      // A sliver at the end of a slot costs an instruction and saves nothing.
      const bool sliver = fit < wanted && fit * column * 8 < slot().w_words;
      if ((fit == 0 || sliver) && !chunks_.back().segments.empty()) {
        next();
        continue;
      }
      fit = std::min(fit, wanted);
      append({product, 0, tiles.k, n, static_cast<int>(fit), true, true, 0, 0});
      n += static_cast<int>(fit);
      // The output layer's chunks hold one piece of the logits each.
      if (n < tiles.n || product == kLogitsProj) next();
    }
  }

  void split_k(Projection product, TileCount tiles) {
    for (int n = 0; n < tiles.n; ++n) {
      for (int k = 0; k < tiles.k;) {
        next();
        // Parts begin at whole blocks of A.
        int fit = static_cast<int>(words_left() / tile_) / per_block_ * per_block_;
        if (fit == 0) {  // a slot of another product's size: left empty
          chunks_.emplace_back();
          continue;
        }
        fit = std::min(fit, tiles.k - k);
        append({product, k, fit, n, 1, k == 0, k + fit == tiles.k, 0, 0});
        k += fit;
      }
    }
    if (product == kLogitsProj) next();
  }

  const PaddedShape& shape_;
  const isa::Config& config_;
  const ChunkSpace& space_;
  std::uint32_t tile_;
  int per_block_;
  const std::vector<Slot>* slots_ = nullptr;
  std::uint32_t merge_words_ = 0;
  std::vector<Chunk> chunks_;
};

// W addresses of slots where loads begin: whole words and whole beats.
std::uint32_t word_alignment(const isa::Config& config) {
  return std::max(1u, config.bus_bytes / config.w_word_bytes());
}

void pad_to_slots(std::vector<Chunk>& chunks, std::size_t slots) {
  while (chunks.size() % slots != 0) chunks.emplace_back();
}

/// One slot for each chunk, placed one after the other; empty when they do not fit.
std::vector<Slot> own_slots(const std::vector<Chunk>& chunks, const isa::Config& config,
                            const ChunkSpace& space) {
  std::vector<Slot> slots;
  std::uint32_t w = space.w_base, c = space.c_base;
  for (const Chunk& chunk : chunks) {
    slots.push_back({w, round_up(chunk.w_words, word_alignment(config)), c, chunk.c_blocks});
    w += slots.back().w_words;
    c += slots.back().c_blocks;
  }
  if (w > space.w_base + space.w_words || c > space.c_base + space.c_blocks) return {};
  return slots;
}

std::vector<Slot> equal_slots(std::size_t count, const isa::Config& config, const ChunkSpace& space) {
  const std::uint32_t unit = std::max<std::uint32_t>(word_alignment(config), config.w_tile_words());
  const std::uint32_t words = space.w_words / static_cast<std::uint32_t>(count) / unit * unit;
  const std::uint32_t blocks = space.c_blocks / static_cast<std::uint32_t>(count);
  std::vector<Slot> slots;
  for (std::uint32_t i = 0; i < count; ++i) {
    slots.push_back({space.w_base + i * words, words, space.c_base + i * blocks, blocks});
  }
  return slots;
}

}  // namespace

Roll find_roll(const std::vector<Chunk>& chunks, std::size_t start, std::size_t period, std::size_t ahead) {
  Roll roll;
  roll.period = period;
  const auto single = [&](std::size_t i) { return i < chunks.size() && chunks[i].segments.size() == 1; };
  if (!single(start) || !single(start + period)) return roll;
  roll.n_step = chunks[start + period].segments[0].n0 - chunks[start].segments[0].n0;
  roll.memory_step = chunks[start + period].w_memory - chunks[start].w_memory;
  const auto repeats = [&](std::size_t i) {
    if (!single(i) || !single(i + period)) return false;
    const Chunk &a = chunks[i], &b = chunks[i + period];
    const ChunkSegment &x = a.segments[0], &y = b.segments[0];
    return x.projection == chunks[start].segments[0].projection && x.projection == y.projection &&
           x.k0 == y.k0 && x.k == y.k && x.n == y.n && x.first == y.first && x.last == y.last &&
           y.n0 - x.n0 == roll.n_step && b.w_memory - a.w_memory == roll.memory_step &&
           b.c_memory - a.c_memory == roll.memory_step;
  };
  std::size_t alike = start;  // chunks before it repeat one period later
  while (repeats(alike)) ++alike;
  // Chunks that repeat, and one period more, all have the shapes of the first period; so must those ahead.
  const std::size_t shaped = alike + period - start;
  if (shaped <= ahead) return roll;
  roll.passes = (shaped - ahead) / period;
  if (roll.passes < 2) roll.passes = 0;
  return roll;
}

ChunkPlan plan_chunks(const PaddedShape& shape, const isa::Config& config, const ChunkSpace& space) {
  const std::vector<Projection> layer = {kKvProj, kQProj, kOProj, kGateProj, kUpProj, kDownProj};
  Cutter cutter(shape, config, space);
  ChunkPlan plan;
  const std::uint32_t merge = kGoodBeats * config.bus_bytes / config.w_word_bytes();
  // A slot of all there is never splits a product that fits at all.
  const std::vector<Slot> whole = equal_slots(1, config, space);
  plan.layer = cutter.cut(layer, whole, merge);
  if (plan.layer.size() == 1) plan.layer = cutter.cut(layer, whole, plan.layer[0].w_words / 2);
  plan.slots = own_slots(plan.layer, config, space);
  if (plan.slots.empty() || plan.layer.size() < 2) {
    const std::uint32_t smallest =
        config.w_tile_words() * config.columns / config.rows;  // tiles that fill a block of A
    std::uint32_t widest = 0;                                  // words of one n-tile with its whole K
    for (const Projection product : layer) {
      widest = std::max(widest,
                        static_cast<std::uint32_t>(shape.tiles(config, product).k) * config.w_tile_words());
    }
    plan.slots = equal_slots(kRingSlots, config, space);
    if (plan.slots[0].w_words < widest || plan.slots[0].c_blocks < 1) {
      plan.slots = equal_slots(kFewestSlots, config, space);
    }
    if (plan.slots[0].w_words < smallest || plan.slots[0].c_blocks < 1) {
      throw std::runtime_error(
          fmt::format("configuration: {} words of W and {} blocks of C are left for weights, two slots of {} "
                      "words and one block each are needed: enlarge w_bytes or c_bytes",
                      space.w_words, space.c_blocks, smallest));
    }
    plan.layer = cutter.cut(layer, plan.slots, plan.slots[0].w_words);
  }
  plan.head = cutter.cut({kLogitsProj}, plan.slots, 0xFFFFFFFFu);
  pad_to_slots(plan.layer, plan.slots.size());
  pad_to_slots(plan.head, plan.slots.size());
  return plan;
}

}  // namespace heddle::tiles
