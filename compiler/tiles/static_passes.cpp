// Elementwise operations: what is done to FP32 rows on their way to memory, one pass of VECTOR after the
// other.
//
// GELU is x * Phi(x), and Phi(x) = sigmoid(z(x)):
//   tanh form  z = 2 sqrt(2/pi) (x + 0.044715 x^3), which is exact for that form
//   erf form   z = 2 * 0.7988 x (1 + 0.04417 x^2), at most 1.4e-4 away: E. Page, Approximations to the
//              cumulative normal function and its inverse, Applied Statistics 26 (1977)
// SiLU has z = x. A square needs its operand in two banks, so x is copied first.
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {
namespace {

struct Cubic {
  float linear, cubic;  // of -z
};

Cubic cubic_of(Pass pass) {
  if (pass == Pass::kGeluTanh) return {-1.5957691216f, -1.5957691216f * 0.044715f};
  return {-1.5976f, -1.5976f * 0.04417f};
}

}  // namespace

void StaticLowering::activation(Pass pass, const Place& place, const Stream& to) {
  const Stream work{isa::kSpaceV, place.work, place.blocks}, copy{isa::kSpaceV, place.copy, place.blocks};
  const VectorOp all{.columns = place.columns, .rows = place.rows, .a = work};
  VectorOp op = all;
  op.d = copy;
  vector(op, place.streams.vector);
  op = all;
  if (pass == Pass::kSilu) {
    op.pre_mul = isa::kSelImm0;
    op.imm0 = -1.0f;
  } else {
    VectorOp polynomial = all;  // linear + cubic x^2
    polynomial.u = copy;
    polynomial.pre_mul = isa::kSelU;
    polynomial.post_mul = isa::kSelImm0;
    polynomial.post_add = isa::kSelImm1;
    polynomial.imm0 = cubic_of(pass).cubic;
    polynomial.imm1 = cubic_of(pass).linear;
    polynomial.d = work;
    vector(polynomial, place.streams.vector);
    op.u = copy;
    op.pre_mul = isa::kSelU;
  }
  op.function = isa::kFuncExp;
  op.post_add = isa::kSelImm1;
  op.imm1 = 1.0f;
  op.d = work;
  vector(op, place.streams.vector);
  op = all;
  op.u = copy;
  op.function = isa::kFuncReciprocal;
  op.post_mul = isa::kSelU;
  op.d = to;
  vector(op, place.streams.vector);
}

void StaticLowering::passes(const StaticOp& op, const Place& place) {
  const StaticTensor& to = plan_.tensor(op.out);
  const Stream work{isa::kSpaceV, place.work, place.blocks};
  const Stream out{isa::kSpaceV, place.out->next(), place.blocks};
  const VectorOp all{.columns = place.columns, .rows = place.rows};
  Stream at = place.source;
  bool in_work = false;
  const auto move = [&](VectorOp pass, const Stream& dest) {
    pass.a = at;
    pass.d = dest;
    vector(pass, place.streams.vector);
    at = dest;
    in_work = &dest == &work;
  };
  if (place.bias) {
    VectorOp pass = all;
    pass.u = Stream{isa::kSpaceV, *place.bias, 0};
    pass.pre_add = isa::kSelU;
    move(pass, op.passes.empty() ? out : work);
  } else if (op.passes.empty()) {
    move(all, out);
  }
  const bool beside_operands = op.kind == StaticKind::kMap;  // both in bank 1 of V
  for (std::size_t i = 0; i < op.passes.size(); ++i) {
    const Elementwise& step = op.passes[i];
    const Stream& dest = i + 1 == op.passes.size() ? out : work;
    if (step.pass == Pass::kAdd || step.pass == Pass::kMul) {
      if (beside_operands && !in_work) move(all, work);
      const StaticTensor& other = plan_.tensor(step.tensor);
      const Value operand = place.operands->next();
      const auto stride = static_cast<std::int64_t>(other.row_stride);
      load({.buffer = isa::kBufferV,
            .base = base_of(other),
            .rows = place.rows,
            .row_bytes = place.columns * isa::kBytesPerWord,
            .mem_offset = static_cast<std::int64_t>(other.offset) + place.row0 * stride +
                          place.column0 * isa::kBytesPerWord,
            .mem_stride = stride,
            .local = bytes(operand),
            .local_stride = place.blocks * config().block_bytes()},
           place.streams.load,
           {step.tensor, place.row0, place.row0 + place.rows, place.column0, place.column0 + place.columns});
      VectorOp pass = all;
      pass.u = Stream{isa::kSpaceV, operand, place.blocks};
      (step.pass == Pass::kAdd ? pass.pre_add : pass.pre_mul) = isa::kSelU;
      move(pass, dest);
    } else {
      if (!in_work) move(all, work);
      activation(step.pass, place, dest);
      at = dest;
    }
  }
  const auto stride = static_cast<std::int64_t>(to.row_stride);
  store({.buffer = isa::kBufferV,
         .base = base_of(to),
         .rows = place.rows,
         .row_bytes = place.columns * isa::kBytesPerWord,
         .mem_offset =
             static_cast<std::int64_t>(to.offset) + place.row0 * stride + place.column0 * isa::kBytesPerWord,
         .mem_stride = stride,
         .local = bytes(out.addr),
         .local_stride = place.blocks * config().block_bytes()},
        place.streams.store,
        {op.out, place.row0, place.row0 + place.rows, place.column0, place.column0 + place.columns});
}

void StaticLowering::map(const StaticOp& op) {
  const StaticTensor& in = plan_.tensor(op.in);
  const std::int64_t width = blocks(in.cols), most = tile_rows(plan_, op), piece = most * width;
  Ring in_slots(rows_in_, shares_.rows_in, piece), out_slots(out_rows_, shares_.out_rows, piece);
  for (std::int64_t row = 0; row < in.rows; row += most) {
    const std::int64_t count = std::min(most, in.rows - row);
    const Value source = in_slots.next();
    const auto stride = static_cast<std::int64_t>(in.row_stride);
    load({.buffer = isa::kBufferV,
          .base = base_of(in),
          .rows = count,
          .row_bytes = in.cols * isa::kBytesPerWord,
          .mem_offset = static_cast<std::int64_t>(in.offset) + row * stride,
          .mem_stride = stride,
          .local = bytes(source),
          .local_stride = stride},
         kLoadRows, {op.in, row, row + count, 0, in.cols});
    passes(op, {.source = {isa::kSpaceV, source, width},
                .row0 = row,
                .rows = count,
                .columns = in.cols,
                .blocks = width,
                .work = {work_rows_, 0},
                .copy = {copy_, 0},
                .operands = &in_slots,
                .out = &out_slots,
                .streams = {kLoadRows, kVectorRows, kStoreRows}});
  }
}

}  // namespace heddle::tiles
