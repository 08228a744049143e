// Weights stream through the slots: MATRIX uses chunk i while LOAD fetches up to chunk i + slots. The LOAD of
// a chunk stands in the program right behind the product that frees its slot, so that it neither blocks
// others nor is held up by what VECTOR has to do.
#include <stdexcept>

#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

void Lowering::load_chunk(const Chunk& chunk, std::size_t index, int tag, Reg base, std::uint64_t offset) {
  const std::size_t slot = index % plan_.chunks.slots.size();
  if (chunk.segments.empty()) {
    b_.tokens(isa::kOpLoad, tag, bit(kWeightsFree), bit(kWeightsFull));
    return;
  }
  std::uint16_t wait = bit(kWeightsFree);
  if (chunk.c_blocks > 0) {
    b_.load({.tag = tag,
             .buffer = isa::kBufferC,
             .base = base,
             .row_bytes = std::int64_t{chunk.c_blocks} * config().block_bytes(),
             .mem_offset = static_cast<std::int64_t>(offset + chunk.c_memory),
             .local = b_.bytes_of(slot_scales_[slot]),
             .wait = wait});
    wait = 0;
  }
  b_.load({.tag = tag,
           .buffer = isa::kBufferW,
           .base = base,
           .row_bytes = std::int64_t{chunk.w_words} * config().w_word_bytes(),
           .mem_offset = static_cast<std::int64_t>(offset + chunk.w_memory),
           .local = b_.bytes_of(slot_words_[slot]),
           .wait = wait,
           .signal = bit(kWeightsFull)});
}

namespace {
int tag_of(const Chunk& chunk) {
  constexpr int kTagOf[] = {kTagKv, kTagQ, kTagO, kTagGate, kTagUp, kTagDown, kTagLogits};
  return chunk.segments.empty() ? kTagNone : kTagOf[chunk.segments[0].projection];
}
}  // namespace

void Lowering::load_parameters(Reg base, std::uint64_t offset, std::uint32_t blocks, std::uint16_t wait) {
  b_.load({.tag = kTagInputNorm,
           .buffer = isa::kBufferV,
           .base = base,
           .row_bytes = std::int64_t{blocks} * config().block_bytes(),
           .mem_offset = static_cast<std::int64_t>(offset),
           .local = b_.bytes_of(parameters_),
           .wait = wait,
           .signal = bit(kVectorFull)});
}

void Lowering::load_first_chunks(std::size_t begin, std::size_t end) {
  const std::vector<Chunk>& chunks = plan_.chunks.layer;
  for (std::size_t i = begin; i < end; ++i) load_chunk(chunks[i], i, tag_of(chunks[i]), layer_, 0);
}

MatrixOp Lowering::segment_op(const ChunkSegment& segment, const Slot& slot, int tag) const {
  const std::int64_t tile = config().w_tile_words();
  const std::size_t index = static_cast<std::size_t>(&slot - plan_.chunks.slots.data());
  MatrixOp op;
  op.tag = tag;
  op.rows = rows();
  op.k_tiles = segment.k;
  op.n_tiles = segment.n;
  op.a.addr = at(operand_, segment.k0 * config().rows / columns());
  op.a.row = space_.operand_row;
  op.w = {at(slot_words_[index], segment.w_offset), tile, tile * segment.k};
  op.scale.c = at(slot_scales_[index], segment.c_offset);
  op.scale.s_row = 1;
  op.first = segment.first;
  op.last = segment.last;
  return op;
}

void Lowering::product(Projection projection, int tag, Value scale, const MatrixD& d, std::uint16_t wait,
                       std::uint16_t signal) {
  const std::vector<Chunk>& chunks = plan_.chunks.layer;
  const int n_tiles = shape().tiles(config(), projection).n;
  for (bool done = false; !done;) {
    const std::size_t slots = plan_.chunks.slots.size();
    const Roll roll = chunk_segment_ == 0 ? find_roll(chunks, chunk_, slots, slots) : Roll{};
    if (roll.passes > 0 && chunks[chunk_].segments[0].projection == projection) {
      if (wait != 0) b_.tokens(isa::kOpMatrix, tag, wait, 0);
      wait = 0;
      roll_product(roll, tag, scale, d);
    }
    const Chunk& chunk = chunks.at(chunk_);
    const Slot& slot = plan_.chunks.slots[chunk_ % slots];
    if (chunk.segments.empty()) {
      b_.tokens(isa::kOpMatrix, tag, bit(kWeightsFull), bit(kWeightsFree));
      chunk_used(chunk_++);
      continue;
    }
    const ChunkSegment& segment = chunk.segments.at(chunk_segment_);
    if (segment.projection != projection) throw std::logic_error("weights are used out of order");
    MatrixOp op = segment_op(segment, slot, tag);
    op.scale.s = scale;
    op.d = d;
    op.d.addr.constant += segment.n0;
    op.wait = wait;
    wait = 0;
    if (chunk_segment_ == 0) op.wait |= bit(kWeightsFull);
    const bool last_of_chunk = chunk_segment_ + 1 == chunk.segments.size();
    if (last_of_chunk) op.signal |= bit(kWeightsFree);
    done = segment.last && segment.n0 + segment.n == n_tiles;
    if (done) op.signal |= signal;
    b_.matrix(op);
    ++chunk_segment_;
    if (last_of_chunk) {
      chunk_segment_ = 0;
      chunk_used(chunk_++);
    }
  }
}

// Many chunks alike: a loop that takes one of each slot in a pass.
void Lowering::roll_product(const Roll& roll, int tag, Value scale, const MatrixD& d) {
  flush_prefetch();
  const std::vector<Chunk>& chunks = plan_.chunks.layer;
  const std::size_t slots = plan_.chunks.slots.size();
  const Reg weights = b_.plain_register("weights"), left = b_.plain_register("passes_left");
  b_.copy(weights, layer_);
  b_.constant(patch0_, 0);
  b_.constant(left, static_cast<std::int64_t>(roll.passes));
  b_.loop(left, [&] {
    for (std::size_t i = chunk_; i < chunk_ + roll.period; ++i) {
      const ChunkSegment& segment = chunks[i].segments[0];
      MatrixOp op = segment_op(segment, plan_.chunks.slots[i % slots], tag);
      op.scale.s = scale;
      op.d = d;
      op.d.addr.constant += segment.n0;
      op.d.addr.reg = patch0_;
      op.wait = bit(kWeightsFull);
      op.signal = bit(kWeightsFree);
      b_.matrix(op);
      load_chunk(chunks[i + slots], i + slots, tag, weights, 0);
    }
    b_.scalar(isa::kOpAdd, patch0_, patch0_, std::int64_t{roll.n_step});
    b_.scalar(isa::kOpAdd, weights, weights, static_cast<std::int64_t>(roll.memory_step));
  });
  b_.release(weights);
  b_.release(left);
  chunk_ += roll.passes * roll.period;
}

// Empty chunks that keep the slots in step from layer to layer.
void Lowering::finish_layer_chunks() {
  for (; chunk_ < plan_.chunks.layer.size(); ++chunk_) {
    b_.tokens(isa::kOpMatrix, kTagNone, bit(kWeightsFull), bit(kWeightsFree));
    chunk_used(chunk_);
  }
  chunk_ = 0;
}

void Lowering::chunk_used(std::size_t index) {
  if (hold_prefetch_) flush_prefetch();  // only the last one is held
  pending_.push_back({false, index + plan_.chunks.slots.size()});
  if (!hold_prefetch_) flush_prefetch();
}

// What is fetched lies in this layer, or in the next one, or behind the last layer in the output layer.
void Lowering::flush_prefetch() {
  const std::size_t count = plan_.chunks.layer.size();
  std::vector<Prefetch> beyond;
  for (const Prefetch& item : pending_) {
    if (item.parameters || item.index >= count) {
      beyond.push_back(item);
    } else {
      const Chunk& chunk = plan_.chunks.layer[item.index];
      load_chunk(chunk, item.index, tag_of(chunk), layer_, 0);
    }
  }
  pending_.clear();
  if (beyond.empty()) return;
  const std::uint64_t next_layer = plan_.memory.layer;
  const auto output = [&] {
    address(temp_, "output");
    for (const Prefetch& item : beyond) {
      if (item.parameters) {
        load_parameters(temp_, 0, static_cast<std::uint32_t>(shape().hidden_blocks), bit(kParametersFree));
      } else {
        const Chunk& chunk = plan_.chunks.head[item.index - count];
        load_chunk(chunk, item.index - count, kTagLogits, temp_, 0);
      }
    }
  };
  b_.branch(
      {isa::kOpBranchNe, layers_, one_},
      [&] {
        for (const Prefetch& item : beyond) {
          if (item.parameters) {
            load_parameters(layer_, next_layer, parameters_plan_.blocks, bit(kParametersFree));
          } else {
            const Chunk& chunk = plan_.chunks.layer[item.index - count];
            load_chunk(chunk, item.index - count, tag_of(chunk), layer_, next_layer);
          }
        }
      },
      [&] {
        if (space_.decode) {
          output();
        } else {
          b_.branch({isa::kOpBranchNe, logits_count_, Reg{}}, output);
        }
      });
}

}  // namespace heddle::tiles
