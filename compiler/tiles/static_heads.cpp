// Attention's operands: 8-bit heads, a scale for each row of a head.
#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {

void StaticLowering::quantise_head(const StaticOp& op, const HeadSource& source, std::int64_t sequence,
                                   std::int64_t head) {
  const StaticTensor &in = plan_.tensor(source.in), &to = plan_.tensor(source.out);
  // The first head alone, so that attention can begin; then twice as many each time.
  const std::int64_t together = tile_heads(plan_, op, source, to.heads).heads;
  const bool growing = head < together && (head & (head - 1)) == 0;
  if (!growing && head % together != 0) return;  // done with an earlier one
  const std::int64_t most = head == 0 ? 1 : growing ? std::min(head, together - head) : together;
  const HeadTiling tiling = tile_heads(plan_, op, source, std::min(most, to.heads - head));
  const std::int64_t heads = tiling.heads, width = heads * to.planes,
                     stride = static_cast<std::int64_t>(in.row_stride), column = head * to.head_dim,
                     columns = heads * to.head_dim;
  Ring in_slots(rows_in_, shares_.rows_in, tiling.rows * width);
  const std::int64_t each = to.rows / to.batch, end = (sequence + 1) * each;
  for (std::int64_t row = sequence * each; row < end; row += tiling.rows) {
    const std::int64_t count = std::min<std::int64_t>(tiling.rows, end - row);
    const Value place = in_slots.next();
    load({.buffer = isa::kBufferV,
          .base = base_of(in),
          .rows = count,
          .row_bytes = columns * isa::kBytesPerWord,
          .mem_offset = static_cast<std::int64_t>(in.offset) + row * stride + column * isa::kBytesPerWord,
          .mem_stride = stride,
          .local = bytes(place),
          .local_stride = width * config().block_bytes()},
         kLoadRows, {source.in, row, row + count, column, column + columns});
    store_heads(source.out, {.source = {isa::kSpaceV, place, width, to.planes},
                             .row0 = row,
                             .rows = count,
                             .head0 = head,
                             .heads = heads,
                             .work = {work_rows_, 0},
                             .streams = {kLoadRows, kVectorRows, kStoreRows}});
  }
}

void StaticLowering::store_heads(int tensor, const HeadPiece& piece) {
  const StaticTensor& to = plan_.tensor(tensor);
  const std::int64_t each = to.rows / to.batch, sequence = piece.row0 / each, row0 = piece.row0 % each;
  // Rows of each plane stand together, whole beats of the bus, the first where it stands in its beat.
  const std::int64_t beat = std::max<std::int64_t>(1, config().bus_bytes / columns());
  const std::int64_t before = row0 % beat, words_before = row0 % bus_words();
  const std::int64_t rows = round_up(before + piece.rows, beat),
                     words = round_up(words_before + piece.rows, bus_words());
  // Arrays begin at whole blocks of S.
  const std::int64_t array = round_up(piece.heads * words, columns()),
                     bytes_units = piece.heads * to.planes * rows;
  if (const std::int64_t slot = head_arrays(to) * array; head_rows_ != slot) {
    head_rows_ = slot;
    head_scalar_slots_ = Ring(head_scalars_, shares_.head_scalars, slot);
  }
  if (head_bytes_ != bytes_units) {
    head_bytes_ = bytes_units;
    head_slots_ = Ring(heads8_, shares_.heads8, bytes_units);
  }
  const Value magnitudes = head_scalar_slots_.next();
  const auto array_of = [&](int index) {
    return Value(magnitudes.region, magnitudes.constant + index * array);
  };
  const auto first_of = [&](Value scalars) { return Value(scalars.region, scalars.constant + words_before); };
  const VectorOp one{.rows = piece.rows, .outer = piece.heads, .s_row = 1, .s_outer = words};
  VectorOp largest = one;
  largest.columns = to.head_dim;
  largest.a = piece.source;
  largest.reduce = isa::kReduceAbsMax;
  largest.red = first_of(magnitudes);
  Stream source = piece.source;
  const Stream work{isa::kSpaceV, piece.work, piece.heads * to.planes, to.planes};
  if (piece.bias) {
    VectorOp& biased = largest;
    biased.u = Stream{isa::kSpaceV, *piece.bias, 0, to.planes};
    biased.pre_add = isa::kSelU;
    biased.d = source = work;
  }
  if (piece.rope) {
    if (piece.bias) {  // turned in a pass of its own
      VectorOp biased = largest;
      biased.reduce = isa::kReduceNone;
      vector(biased, piece.streams.vector);
      largest.pre_add = isa::kSelNone;
      largest.a = source;
    }
    largest.rope = true;
    largest.u = Stream{isa::kSpaceV, *piece.rope, to.planes, 0};
    largest.d = source = work;
  }
  vector(largest, piece.streams.vector);
  over_scalars({.function = isa::kFuncReciprocal, .post_mul = isa::kSelImm0, .imm0 = 127.0f}, magnitudes,
               array_of(1), piece.heads * words, piece.streams.vector);
  VectorOp quantised = one;
  quantised.columns = to.head_dim;
  quantised.a = source;
  quantised.pre_mul = isa::kSelS0;
  quantised.s0 = first_of(array_of(1));
  const Value slot = head_slots_.next(), place(slot.region, slot.constant + before);
  quantised.d = Stream{isa::kSpaceA, place, 1, to.planes * rows, rows};
  vector(quantised, piece.streams.vector);
  Value scales = magnitudes;
  if (to.factor != 1.0) {
    scales = array_of(2);
    over_scalars({.pre_mul = isa::kSelImm0, .imm0 = static_cast<float>(to.factor)}, magnitudes, scales,
                 piece.heads * words, piece.streams.vector);
  }
  const Piece written{tensor, piece.row0, piece.row0 + piece.rows, piece.head0, piece.head0 + piece.heads};
  const auto plane = static_cast<std::int64_t>(to.plane_stride),
             head = static_cast<std::int64_t>(to.scale_stride), head0 = sequence * to.heads + piece.head0;
  store({.buffer = isa::kBufferA,
         .base = base_of(to),
         .rows = piece.heads * to.planes,
         .row_bytes = piece.rows * columns(),
         .mem_offset = static_cast<std::int64_t>(to.offset) + head0 * to.planes * plane + row0 * columns(),
         .mem_stride = plane,
         .local = bytes(place),
         .local_stride = rows * columns()},
        piece.streams.store, written);
  store({.buffer = isa::kBufferS,
         .base = base_of(to),
         .rows = piece.heads,
         .row_bytes = piece.rows * isa::kBytesPerWord,
         .mem_offset = static_cast<std::int64_t>(to.scales) + head0 * head + row0 * isa::kBytesPerWord,
         .mem_stride = head,
         .local = bytes(first_of(scales)),
         .local_stride = words * isa::kBytesPerWord},
        piece.streams.store, written);
}

}  // namespace heddle::tiles
