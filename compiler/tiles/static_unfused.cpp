// Attention as three operations: the scores of a head go to device memory, come back for the softmax, whose
// probabilities go there and come back for the product with the values. What fusing saves: see docs/bench.md.
#include <algorithm>
#include <vector>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {

void StaticLowering::unfused(const StaticOp& op, const AttentionTiling& tiling) {
  const StaticTensor& q = plan_.tensor(op.in);
  const std::int64_t rows = q.rows / q.batch;
  // The probabilities of the head before are multiplied while those of this one are made.
  std::vector<Scores> before, now;
  const auto mix_all = [&] {
    for (Scores& scores : before) {
      place_scores(tiling, &scores);
      move_probabilities(op, scores, false);
      mix(op, scores);
    }
    before.clear();
  };
  for (std::int64_t i = 0; i < q.batch * q.heads; ++i) {
    begin_head(op, tiling, i, [&](int slot) {
      if (!before.empty() && before.front().key_slot == slot) mix_all();
    });
    now.clear();
    for (std::int64_t row = 0; row < rows; row += tiling.rows) {
      const std::int64_t count = std::min<std::int64_t>(tiling.rows, rows - row);
      now.push_back(
          score(op, tiling, {.sequence = i / q.heads, .head = i % q.heads, .row0 = row, .rows = count}));
      move_scores(op, now.back(), true);
    }
    for (Scores& scores : now) {
      place_scores(tiling, &scores);
      move_scores(op, scores, false);
      softmax(op, scores);
      move_probabilities(op, scores, true);
    }
    mix_all();
    before.swap(now);
  }
  mix_all();
}

std::int64_t StaticLowering::memory_row(const StaticOp& op, const Scores& scores) const {
  const StaticTensor &q = plan_.tensor(op.in), &to = plan_.tensor(op.scores);
  const std::int64_t each = to.rows / (q.batch * q.heads);
  return (scores.sequence * q.heads + scores.head) * each + scores.row0;
}

void StaticLowering::move_scores(const StaticOp& op, const Scores& scores, bool out) {
  const StaticTensor& to = plan_.tensor(op.scores);
  const std::int64_t row = memory_row(op, scores);
  const Piece piece{op.scores, row, row + scores.rows, 0, scores.keys};
  const Dma dma{
      .buffer = isa::kBufferV,
      .base = base_of(to),
      .rows = scores.rows,
      .row_bytes = blocks(scores.keys) * config().block_bytes(),
      .mem_offset = static_cast<std::int64_t>(to.offset) + row * static_cast<std::int64_t>(to.row_stride),
      .mem_stride = static_cast<std::int64_t>(to.row_stride),
      .local = bytes(scores.place),
      .local_stride = scores.width * config().block_bytes()};
  if (out)
    store(dma, kStoreProducts, piece);
  else
    load(dma, kLoadOperands, piece);
}

void StaticLowering::move_probabilities(const StaticOp& op, const Scores& scores, bool out) {
  const StaticTensor& to = plan_.tensor(op.probabilities);
  const std::int64_t row = memory_row(op, scores);
  const Piece piece{op.probabilities, row, row + scores.rows, 0, scores.keys};
  const auto stride = static_cast<std::int64_t>(to.row_stride);
  const Dma rows{.buffer = isa::kBufferA,
                 .base = base_of(to),
                 .rows = scores.rows,
                 .row_bytes = row8_blocks(config(), scores.keys) * columns(),
                 .mem_offset = static_cast<std::int64_t>(to.offset) + row * stride,
                 .mem_stride = stride,
                 .local = bytes(scores.probabilities),
                 .local_stride = scores.width * columns()};
  const Dma scales{.buffer = isa::kBufferS,
                   .base = base_of(to),
                   .row_bytes = scores.rows * isa::kBytesPerWord,
                   .mem_offset = static_cast<std::int64_t>(to.scales) + row * isa::kBytesPerWord,
                   .local = bytes(scale_of(scores))};
  for (const Dma& dma : {rows, scales}) {
    if (out)
      store(dma, kStoreAttention, piece);
    else
      load(dma, kLoadSlices, piece);
  }
}

}  // namespace heddle::tiles
