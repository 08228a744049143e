// The final norm and the output layer: logits leave in pieces, one for each chunk of weights.
#include <algorithm>

#include "compiler/tiles/lowering.hpp"
#include "isa/image.hpp"

namespace heddle::tiles {

void Lowering::logits() {
  const std::vector<Chunk>& chunks = plan_.chunks.head;
  const std::size_t slots = plan_.chunks.slots.size();
  normalise(kTagNorm, residual_, 0, bit(kVectorFull), bit(kParametersFree));
  // Row 0, or (all logits) behind the rows of earlier chunks.
  const Reg logits = b_.plain_register("logits"), output = b_.plain_register("output");
  address(logits, "logits");
  address(output, "output");
  if (!space_.decode) {
    b_.argument(temp_, isa::kArgumentAllLogits);
    b_.branch({isa::kOpBranchNe, temp_, Reg{}}, [&] {
      b_.argument(temp_, isa::kArgumentLength);
      b_.scalar(isa::kOpSub, temp_, temp_, tokens_left_);
      b_.scalar(isa::kOpMul, temp_, temp_, static_cast<std::int64_t>(plan_.memory.logits_row));
      b_.scalar(isa::kOpAdd, logits, logits, temp_);
    });
  }
  const Value count = space_.decode ? rows() : Value(-1, 0, logits_count_);
  int piece = 0;
  const auto take = [&](std::size_t i, Reg out, Reg weights, std::uint16_t wait) {
    const Chunk& chunk = chunks[i];
    if (chunk.segments.empty()) b_.tokens(isa::kOpMatrix, kTagLogits, bit(kWeightsFull), bit(kWeightsFree));
    for (const ChunkSegment& segment : chunk.segments) {
      MatrixOp op = segment_op(segment, plan_.chunks.slots[i % slots], kTagLogits);
      op.rows = count;
      op.a.addr.reg = logits_operand_;
      op.scale.s = at(scale_, 0, logits_scale_);
      op.d = {at(logits_[piece % 2]), segment.n};
      op.wait = static_cast<std::uint16_t>(wait | bit(kWeightsFull));
      op.signal = bit(kWeightsFree);
      if (segment.last) {
        op.wait |= bit(kLogitsFree);
        op.signal |= bit(kLogitsFull);
      }
      b_.matrix(op);
      if (segment.last) store_logits(segment, logits_[piece++ % 2], out, count);
    }
    if (i + slots < chunks.size()) load_chunk(chunks[i + slots], i + slots, kTagLogits, weights, 0);
  };
  // Pieces take turns in two places: a pass must hold an even number of them.
  Roll roll = find_roll(chunks, 0, slots, slots);
  if (std::count_if(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(slots),
                    [](const Chunk& chunk) { return !chunk.segments.empty() && chunk.segments[0].last; }) %
          2 !=
      0) {
    roll = find_roll(chunks, 0, 2 * slots, slots);
  }
  std::size_t next = 0;
  if (roll.passes > 0) {
    if (norm_wait() != 0) b_.tokens(isa::kOpMatrix, kTagLogits, norm_wait(), 0);
    const Reg out = b_.plain_register("out"), weights = b_.plain_register("weights");
    const Reg left = b_.plain_register("passes_left");
    b_.copy(out, logits);
    b_.copy(weights, output);
    b_.constant(left, static_cast<std::int64_t>(roll.passes));
    b_.loop(left, [&] {
      for (std::size_t i = 0; i < roll.period; ++i) take(i, out, weights, 0);
      b_.scalar(isa::kOpAdd, out, out, std::int64_t{roll.n_step} * config().block_bytes());
      b_.scalar(isa::kOpAdd, weights, weights, static_cast<std::int64_t>(roll.memory_step));
    });
    for (const Reg reg : {out, weights, left}) b_.release(reg);
    next = roll.passes * roll.period;
  }
  for (std::size_t i = next; i < chunks.size(); ++i) {
    take(i, logits, output, i == 0 ? norm_wait() : std::uint16_t{0});
  }
  b_.release(logits);
  b_.release(output);
}

void Lowering::store_logits(const ChunkSegment& segment, int place, Reg out, Value count) {
  const std::int64_t block = config().block_bytes();
  b_.store({.tag = kTagLogits,
            .buffer = isa::kBufferV,
            .base = out,
            .rows = count,
            .row_bytes = segment.n * block,
            .mem_offset = segment.n0 * block,
            .mem_stride = static_cast<std::int64_t>(plan_.memory.logits_row),
            .local = b_.bytes_of(place),
            .local_stride = segment.n * block,
            .wait = bit(kLogitsFull),
            .signal = bit(kLogitsFree)});
}

}  // namespace heddle::tiles
