// Norms and the quantisation of rows: rows of FP32 pass through V a few at a time.
#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {
namespace {
// Arrays of scalars of a piece.
enum : int { kSum, kMean, kSquares, kScale, kMagnitude, kInverse, kScalars };
}  // namespace

void StaticLowering::rows(const StaticOp& op) {
  const StaticTensor& in = plan_.tensor(op.in);
  const std::int64_t width = blocks(in.cols), most = tile_rows(plan_, op);
  RowPiece piece;
  piece.blocks = width;
  piece.scalar_step = round_up(most + bus_words() - 1, bus_words());
  Ring in_slots(rows_in_, shares_.rows_in, most * width),
      out_slots(out_rows_, shares_.out_rows, most * width),
      scalar_slots(row_scalars_, shares_.row_scalars, kScalars * piece.scalar_step);
  if (op.has_gain) {
    piece.gain = {vectors_, 0};
    load_constants(isa::kBufferV, op.gain_row, width, piece.gain, kLoadRows);
  }
  if (op.has_offset) {
    piece.offset = {vectors_, width};
    load_constants(isa::kBufferV, op.offset_row, width, piece.offset, kLoadRows);
  }
  if (op.out8 >= 0) {
    const auto stride = static_cast<std::int64_t>(plan_.tensor(op.out8).row_stride) / columns();
    row8_slots_ = Ring(rows8_, shares_.rows8, most * stride);
  }
  for (std::int64_t row = 0; row < in.rows; row += most) {
    piece.row0 = row;
    piece.rows = std::min(most, in.rows - row);
    piece.source = in_slots.next();
    piece.scalars = scalar_slots.next();
    // As in memory, modulo the bus.
    piece.scalars.constant += row % bus_words();
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
    const Value result = normalise(op, piece, floats);
    if (op.out8 >= 0) quantise(op, piece, result);
    if (op.out < 0) continue;
    if (op.out8 >= 0) {
      vector({.columns = in.cols,
              .rows = piece.rows,
              .a = {isa::kSpaceV, result, width},
              .d = Stream{isa::kSpaceV, floats, width}},
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

Value StaticLowering::normalise(const StaticOp& op, const RowPiece& piece, Value floats) {
  const StaticTensor& in = plan_.tensor(op.in);
  const auto scalar = [&](int array) {
    return Value(piece.scalars.region, piece.scalars.constant + array * piece.scalar_step);
  };
  const Stream source{isa::kSpaceV, piece.source, piece.blocks};
  const VectorOp all{.columns = in.cols, .rows = piece.rows, .a = source, .s_row = 1};
  const bool bytes_wanted = op.out8 >= 0;
  VectorOp magnitude = all;
  magnitude.reduce = isa::kReduceAbsMax;
  magnitude.red = scalar(kMagnitude);
  if (op.norm == Norm::kNone) {
    vector(magnitude, kVectorRows);
    return piece.source;
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

  const Stream result{isa::kSpaceV, bytes_wanted ? work : floats, piece.blocks};
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
  if (bytes_wanted) {
    last.reduce = isa::kReduceAbsMax;
    last.red = scalar(kMagnitude);
  }
  vector(gain, kVectorRows);
  if (op.has_offset) vector(offset, kVectorRows);
  return result.addr;
}

void StaticLowering::quantise(const StaticOp& op, const RowPiece& piece, Value rows) {
  const StaticTensor& to = plan_.tensor(op.out8);
  const Value magnitude(piece.scalars.region, piece.scalars.constant + kMagnitude * piece.scalar_step);
  const Value inverse(piece.scalars.region, piece.scalars.constant + kInverse * piece.scalar_step);
  invert({.rows = piece.rows, .s_row = 1}, magnitude, inverse, kVectorRows);
  const auto stride = static_cast<std::int64_t>(to.row_stride);
  const Value place = row8_slots_.next();
  vector({.columns = to.cols,
          .rows = piece.rows,
          .a = {isa::kSpaceV, rows, piece.blocks},
          .pre_mul = isa::kSelS0,
          .s0 = inverse,
          .s_row = 1,
          .d = Stream{isa::kSpaceA, place, stride / columns()}},
         kVectorRows);
  const Piece written{op.out8, piece.row0, piece.row0 + piece.rows, 0, to.cols};
  store({.buffer = isa::kBufferA,
         .base = base_of(to),
         .rows = piece.rows,
         .row_bytes = piece.blocks * columns(),
         .mem_offset = static_cast<std::int64_t>(to.offset) + piece.row0 * stride,
         .mem_stride = stride,
         .local = bytes(place),
         .local_stride = stride},
        kStoreRows, written);
  store({.buffer = isa::kBufferS,
         .base = base_of(to),
         .row_bytes = piece.rows * isa::kBytesPerWord,
         .mem_offset = static_cast<std::int64_t>(to.scales) + piece.row0 * isa::kBytesPerWord,
         .local = bytes(magnitude)},
        kStoreRows, written);
}

}  // namespace heddle::tiles
