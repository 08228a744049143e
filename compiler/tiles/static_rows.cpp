// Norms and the quantisation of rows: rows of FP32 pass through V a few at a time.
#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {
namespace {
// Arrays of scalars of a piece.
enum : int { kSum, kMean, kSquares, kScale, kInverse, kScalars };

/// Largest magnitudes, which are the scales of 8-bit rows, wait for those of a batch of rows.
struct ScaleBatch {
  std::int64_t rows, words;  // words of a slot: the first one stands as in memory, modulo the bus
  std::int64_t slots;
};
/// `most`: rows of a piece; `room`: words for batches, and for one or two pieces of `scalars` words.
ScaleBatch batch_scales(std::int64_t most, std::int64_t scalars, std::int64_t room, std::int64_t bus_words) {
  constexpr std::int64_t kRows = 16;
  const auto words = [&](std::int64_t pieces) { return round_up(pieces * most + bus_words - 1, bus_words); };
  std::int64_t pieces = std::max<std::int64_t>(1, std::max(kRows, bus_words) / most);
  while (pieces > 1 && 2 * (words(pieces) + scalars) > room) --pieces;
  return {pieces * most, words(pieces), 2 * words(pieces) + scalars <= room ? 2 : 1};
}
}  // namespace

void StaticLowering::rows(const StaticOp& op) {
  const StaticTensor& in = plan_.tensor(op.in);
  const std::int64_t width = blocks(in.cols), most = tile_rows(plan_, op);
  RowPiece piece;
  piece.blocks = width;
  piece.scalar_step = most;
  const ScaleBatch batch = batch_scales(most, kScalars * piece.scalar_step, shares_.row_scalars, bus_words());
  const std::int64_t batches = batch.slots * batch.words;
  Ring in_slots(rows_in_, shares_.rows_in, most * width),
      out_slots(out_rows_, shares_.out_rows, most * width), batch_slots(row_scalars_, batches, batch.words),
      scalar_slots(row_scalars_, shares_.row_scalars - batches, kScalars * piece.scalar_step, batches);
  Value scales;
  if (op.has_gain) {
    piece.gain = {vectors_, 0};
    load_constants(isa::kBufferV, op.gain_row, width, piece.gain, kLoadRows);
  }
  if (op.has_offset) {
    piece.offset = {vectors_, width};
    load_constants(isa::kBufferV, op.offset_row, width, piece.offset, kLoadRows);
  }
  if (op.out8 >= 0) {
    row8_slots_ = Ring(rows8_, shares_.rows8, most * row8_blocks(config(), in.cols));
  }
  for (std::int64_t row = 0; row < in.rows; row += most) {
    piece.row0 = row;
    piece.rows = std::min(most, in.rows - row);
    piece.source = in_slots.next();
    piece.scalars = scalar_slots.next();
    if (row % batch.rows == 0) scales = batch_slots.next();
    // As in memory, modulo the bus.
    const std::int64_t batch0 = row / batch.rows * batch.rows;
    const Value batch_place(scales.region, scales.constant + batch0 % bus_words());
    piece.magnitude = Value(scales.region, batch_place.constant + row - batch0);
    const auto stride = static_cast<std::int64_t>(in.row_stride);
    load({.buffer = isa::kBufferV,
          .base = base_of(in),
          .rows = piece.rows,
          .row_bytes = in.cols * isa::kBytesPerWord,
          .mem_offset = static_cast<std::int64_t>(in.offset) + row * stride,
          .mem_stride = stride,
          .local = bytes(piece.source),
          .local_stride = stride},
         kLoadRows, {op.in, row, row + piece.rows, 0, in.cols});
    const Value floats = op.out >= 0 ? out_slots.next() : Value{};
    Stream bytes_at;
    if (op.out8 >= 0) bytes_at = bytes_place(0, in.cols);
    const Stream result = normalise(op, piece, plan_.scales_in_norm(op) ? bytes_at : Stream{.addr = floats});
    if (op.out8 >= 0) quantise(op, piece, result, bytes_at);
    const std::int64_t end = row + piece.rows;
    if (op.out8 >= 0 && plan_.tensor(op.out8).scale == 0 && (end % batch.rows == 0 || end == in.rows))
      store_scales(op.out8, batch0, end, batch_place);
    if (op.out < 0) continue;
    if (op.out8 >= 0) {
      vector({.columns = in.cols, .rows = piece.rows, .a = result, .d = Stream{isa::kSpaceV, floats, width}},
             kVectorRows);
    }
    const StaticTensor& to = plan_.tensor(op.out);
    store({.buffer = isa::kBufferV,
           .base = base_of(to),
           .rows = piece.rows,
           .row_bytes = to.cols * isa::kBytesPerWord,
           .mem_offset = static_cast<std::int64_t>(to.offset) + row * stride,
           .mem_stride = stride,
           .local = bytes(floats),
           .local_stride = stride},
          kStoreRows, {op.out, row, row + piece.rows, 0, to.cols});
  }
}

Stream StaticLowering::normalise(const StaticOp& op, const RowPiece& piece, const Stream& alone) {
  const StaticTensor& in = plan_.tensor(op.in);
  const auto scalar = [&](int array) {
    return Value(piece.scalars.region, piece.scalars.constant + array * piece.scalar_step);
  };
  const Stream source{isa::kSpaceV, piece.source, piece.blocks};
  const VectorOp all{.columns = in.cols, .rows = piece.rows, .a = source, .s_row = 1};
  const StaticTensor* rows8 = op.out8 >= 0 ? &plan_.tensor(op.out8) : nullptr;
  const bool at_once = plan_.scales_in_norm(op), measured = rows8 != nullptr && rows8->scale == 0;
  VectorOp magnitude = all;
  magnitude.reduce = isa::kReduceAbsMax;
  magnitude.red = piece.magnitude;
  if (op.norm == Norm::kNone) {
    if (measured) vector(magnitude, kVectorRows);
    return source;
  }
  const Value work(work_rows_, 0);
  const Stream centred{isa::kSpaceV, work, piece.blocks};
  const auto count = static_cast<float>(1.0 / static_cast<double>(in.cols));
  const VectorOp one{.rows = piece.rows, .s_row = 1};
  VectorOp centre = all;
  centre.d = centred;
  VectorOp squares = all;
  squares.u = centred;
  squares.post_mul = isa::kSelU;
  squares.reduce = isa::kReduceSum;
  squares.red = scalar(kSquares);
  if (op.norm == Norm::kLayer) {
    VectorOp sum = all;
    sum.reduce = isa::kReduceSum;
    sum.red = scalar(kSum);
    vector(sum, kVectorRows);
    VectorOp mean = one;
    mean.imm0 = count;
    mean.s0 = scalar(kSum);
    mean.red = scalar(kMean);
    rowwise(mean, kVectorRows);
    for (VectorOp* pass : {&centre, &squares}) {
      pass->pre_add = isa::kSelS0;
      pass->pre = isa::kCombineSub;
      pass->s0 = scalar(kMean);
    }
  }
  vector(centre, kVectorRows);
  vector(squares, kVectorRows);
  VectorOp scale = one;  // 1 / sqrt(squares / n + epsilon)
  scale.imm0 = count;
  scale.imm1 = static_cast<float>(op.epsilon);
  scale.pre_add = isa::kSelImm1;
  scale.function = isa::kFuncRsqrt;
  scale.s0 = scalar(kSquares);
  scale.red = scalar(kScale);
  rowwise(scale, kVectorRows);

  // Beside bytes, FP32 rows wait for their scale, or to be copied.
  Stream result{isa::kSpaceV, rows8 != nullptr ? work : alone.addr, piece.blocks};
  if (at_once) result = alone;
  VectorOp gain = all;
  gain.a = centred;
  gain.u = Stream{isa::kSpaceV, piece.gain, 0};
  gain.pre_mul = isa::kSelU;
  gain.post_mul = isa::kSelS0;
  gain.s0 = scalar(kScale);
  gain.d = op.has_offset ? centred : result;
  VectorOp offset = all;
  offset.a = centred;
  offset.u = Stream{isa::kSpaceV, piece.offset, 0};
  offset.pre_add = isa::kSelU;
  offset.d = result;
  VectorOp& last = op.has_offset ? offset : gain;
  if (at_once && !op.has_offset && rows8->zero != 0) {
    last.post_add = isa::kSelImm1;
    last.imm1 = static_cast<float>(rows8->zero);
  }
  if (measured) {
    last.reduce = isa::kReduceAbsMax;
    last.red = piece.magnitude;
  }
  vector(gain, kVectorRows);
  if (op.has_offset) vector(offset, kVectorRows);
  return result;
}

void StaticLowering::quantise(const StaticOp& op, const RowPiece& piece, const Stream& rows,
                              const Stream& place) {
  const StaticTensor& to = plan_.tensor(op.out8);
  VectorOp pass{.columns = to.cols, .rows = piece.rows, .a = rows};
  if (plan_.scales_in_norm(op))
    return store_bytes(op.out8, place, {op.out8, piece.row0, piece.row0 + piece.rows, 0, to.cols},
                       kStoreRows);
  if (to.scale > 0) {
    to_target(target_of(to, place), &pass);
  } else {
    const Value inverse(piece.scalars.region, piece.scalars.constant + kInverse * piece.scalar_step);
    invert({.rows = piece.rows, .s_row = 1}, piece.magnitude, inverse, kVectorRows);
    pass.pre_mul = isa::kSelS0;
    pass.s0 = inverse;
    pass.s_row = 1;
    pass.d = place;
  }
  store_panels(op.out8, piece, pass);
}

void StaticLowering::store_panels(int rows8, const RowPiece& piece, VectorOp pass) {
  const StaticTensor& to = plan_.tensor(rows8);
  const Value place = pass.d->addr;
  const auto width = static_cast<std::int64_t>(to.panel);
  const std::int64_t whole = width == 0 ? 0 : to.cols / width;
  std::int64_t column = 0;
  if (whole > 1) {
    // Panel by panel on the chip as well, so that all leave by one STORE, a panel a row.
    column = whole * width;
    const std::int64_t part = piece.rows * width;
    VectorOp panels = pass;
    panels.columns = width;
    panels.outer = whole;
    panels.a.outer = panels.d->row = width / columns();
    panels.d->outer = part / columns();
    vector(panels, kVectorRows);
    store({.buffer = isa::kBufferA,
           .base = base_of(to),
           .rows = whole,
           .row_bytes = part,
           .mem_offset = panel_at(to, 0).offset + piece.row0 * width,
           .mem_stride = static_cast<std::int64_t>(to.panel_stride),
           .local = bytes(place),
           .local_stride = part},
          kStoreRows, {rows8, piece.row0, piece.row0 + piece.rows, 0, column});
    if (column == to.cols) return;
    pass.columns = to.cols - column;
    pass.a.addr.constant += column / columns();
    pass.d->addr.constant += piece.rows * column / columns();
    pass.d->row = panel_at(to, column).width / columns();
  }
  vector(pass, kVectorRows);
  store_bytes(rows8, *pass.d, {rows8, piece.row0, piece.row0 + piece.rows, column, to.cols}, kStoreRows);
}

void StaticLowering::store_scales(int rows8, std::int64_t row0, std::int64_t row1, Value place) {
  const StaticTensor& to = plan_.tensor(rows8);
  store({.buffer = isa::kBufferS,
         .base = base_of(to),
         .row_bytes = (row1 - row0) * isa::kBytesPerWord,
         .mem_offset = static_cast<std::int64_t>(to.scales) + row0 * isa::kBytesPerWord,
         .local = bytes(place)},
        kStoreRows, {rows8, row0, row1, 0, to.cols});
}

Stream StaticLowering::bytes_place(std::int64_t column0, std::int64_t width) {
  const std::int64_t beat = row8_blocks(config(), 1), lead = column0 / columns() % beat;
  const Value slot = row8_slots_.next();
  return {isa::kSpaceA, Value(slot.region, slot.constant + lead),
          row8_blocks(config(), lead * columns() + width)};
}

void StaticLowering::store_bytes(int rows8, const Stream& from, const Piece& piece, int stream) {
  const StaticTensor& to = plan_.tensor(rows8);
  Piece part = piece;
  part.tensor = rows8;
  for (; part.column0 < piece.column1; part.column0 = part.column1) {
    const Panel panel = panel_at(to, part.column0);
    part.column1 = std::min(piece.column1, panel.begin + panel.width);
    const Value place(from.addr.region, from.addr.constant + (part.column0 - piece.column0) / columns());
    store({.buffer = isa::kBufferA,
           .base = base_of(to),
           .rows = piece.row1 - piece.row0,
           .row_bytes = blocks(part.column1 - part.column0) * columns(),
           .mem_offset = panel.offset + piece.row0 * panel.width + part.column0 - panel.begin,
           .mem_stride = panel.width,
           .local = bytes(place),
           .local_stride = from.row * columns()},
          stream, part);
  }
}

}  // namespace heddle::tiles
