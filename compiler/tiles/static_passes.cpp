// Elementwise operations: what is done to FP32 rows on their way to memory, one pass of VECTOR after the
// other.
//
// GELU is x * Phi(x), and Phi(x) = sigmoid(z(x)):
//   tanh form  z = 2 sqrt(2/pi) (x + 0.044715 x^3), which is exact for that form
//   erf form   z = 2 * 0.7988 x (1 + 0.04417 x^2), at most 1.4e-4 away: E. Page, Approximations to the
//              cumulative normal function and its inverse, Applied Statistics 26 (1977)
// SiLU has z = x. A square needs its operand in two banks, so x is copied first. tanh(x) = 2 sigmoid(2x) - 1.
//
// Rows whose scale is given leave as bytes: the scale and the zero point are part of the last pass.
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

StaticLowering::Target StaticLowering::target_of(const StaticTensor& rows8, const Stream& to) {
  return {to, static_cast<float>(1.0 / rows8.scale), static_cast<float>(rows8.zero)};
}

void StaticLowering::to_target(const Target& target, VectorOp* pass) {
  pass->d = target.to;
  if (!target.bytes()) return;
  pass->post_mul = isa::kSelImm0;
  pass->imm0 = target.inverse;
  if (target.zero == 0.0f) return;
  pass->post_add = isa::kSelImm1;
  pass->imm1 = target.zero;
}

void StaticLowering::activation(Pass pass, const Place& place, const Target& target) {
  const Stream work{isa::kSpaceV, place.work, place.blocks};
  VectorOp op{.columns = place.columns, .rows = place.rows, .a = work};
  if (pass == Pass::kRelu) {  // max(x * inverse + zero, zero)
    if (target.bytes()) {
      op.pre_mul = isa::kSelImm0;
      op.pre_add = isa::kSelImm1;
      op.imm0 = target.inverse;
    }
    op.post_add = isa::kSelImm1;
    op.post = isa::kCombineMax;
    op.imm1 = target.zero;
    op.d = target.to;
    return vector(op, place.streams.vector);
  }
  if (pass != Pass::kTanh && pass != Pass::kSigmoid) return gate(pass, place, target);
  const bool tanh = pass == Pass::kTanh;
  VectorOp denominator = op;
  denominator.pre_mul = isa::kSelImm0;
  denominator.imm0 = tanh ? -2.0f : -1.0f;
  denominator.function = isa::kFuncExp;
  denominator.post_add = isa::kSelImm1;
  denominator.imm1 = 1.0f;
  denominator.d = work;
  vector(denominator, place.streams.vector);
  op.function = isa::kFuncReciprocal;
  to_target(target, &op);
  if (tanh) {
    op.post_mul = isa::kSelImm0;
    op.imm0 = 2.0f * target.inverse;
    op.post_add = isa::kSelImm1;
    op.imm1 = target.zero - target.inverse;
  }
  vector(op, place.streams.vector);
}

void StaticLowering::gate(Pass pass, const Place& place, const Target& target) {
  const Stream work{isa::kSpaceV, place.work, place.blocks}, copy{isa::kSpaceV, place.copy, place.blocks};
  const VectorOp all{.columns = place.columns, .rows = place.rows, .a = work};
  VectorOp op = all;  // c = x * inverse
  if (target.bytes()) {
    op.pre_mul = isa::kSelImm0;
    op.imm0 = target.inverse;
  }
  op.d = copy;
  vector(op, place.streams.vector);
  op = all;
  if (pass == Pass::kSilu) {
    op.pre_mul = isa::kSelImm0;
    op.imm0 = -1.0f;
  } else {
    VectorOp polynomial = all;  // (linear + cubic x^2) / inverse, of x c
    polynomial.u = copy;
    polynomial.pre_mul = isa::kSelU;
    polynomial.post_mul = isa::kSelImm0;
    polynomial.post_add = isa::kSelImm1;
    polynomial.imm0 = cubic_of(pass).cubic / (target.inverse * target.inverse);
    polynomial.imm1 = cubic_of(pass).linear / target.inverse;
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
  if (target.zero != 0.0f) {
    op.post_add = isa::kSelImm1;
    op.imm1 = target.zero;
  }
  op.d = target.to;
  vector(op, place.streams.vector);
}

void StaticLowering::passes(const StaticOp& op, const Place& place) {
  const Stream work{isa::kSpaceV, place.work, place.blocks};
  const VectorOp all{.columns = place.columns, .rows = place.rows};
  Target bytes;
  if (op.out8 >= 0) {
    const StaticTensor& rows8 = plan_.tensor(op.out8);
    bytes = target_of(rows8, bytes_place(place.column0, place.columns));
  }
  Stream floats;
  if (op.out >= 0) floats = {isa::kSpaceV, place.out->next(), place.blocks};
  const bool both = op.out >= 0 && op.out8 >= 0;
  const Target target = both ? Target{work} : op.out8 >= 0 ? bytes : Target{floats};
  Stream at = place.source;
  bool in_work = false;
  const auto move = [&](VectorOp pass, bool last) {
    pass.a = at;
    pass.d = work;
    if (last) to_target(target, &pass);
    vector(pass, place.streams.vector);
    at = *pass.d;
    in_work = !last || both;
  };
  if (place.bias) {
    VectorOp pass = all;
    pass.u = Stream{isa::kSpaceV, *place.bias, 0};
    pass.pre_add = isa::kSelU;
    move(pass, op.passes.empty());
  } else if (op.passes.empty()) {
    move(all, true);
  }
  const bool beside_operands = op.kind == StaticKind::kMap;  // both in bank 1 of V
  for (std::size_t i = 0; i < op.passes.size(); ++i) {
    const Elementwise& step = op.passes[i];
    const bool last = i + 1 == op.passes.size();
    if (is_binary(step.pass)) {
      if (beside_operands && !in_work) move(all, false);
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
            .local = this->bytes(operand),
            .local_stride = place.blocks * config().block_bytes()},
           place.streams.load,
           {step.tensor, place.row0, place.row0 + place.rows, place.column0, place.column0 + place.columns});
      VectorOp pass = all;
      pass.u = Stream{isa::kSpaceV, operand, place.blocks};
      (step.pass == Pass::kAdd ? pass.pre_add : pass.pre_mul) = isa::kSelU;
      move(pass, last);
    } else {
      if (!in_work) move(all, false);
      activation(step.pass, place, last ? target : Target{work});
      at = work;
      in_work = true;
    }
  }
  const Piece written{-1, place.row0, place.row0 + place.rows, place.column0, place.column0 + place.columns};
  if (both) {
    VectorOp copied = all;
    copied.a = work;
    copied.d = floats;
    vector(copied, place.streams.vector);
    VectorOp quantised = all;
    quantised.a = work;
    to_target(bytes, &quantised);
    vector(quantised, place.streams.vector);
  }
  if (op.out8 >= 0) store_bytes(op.out8, bytes.to, written, place.streams.store);
  if (op.out < 0) return;
  const StaticTensor& to = plan_.tensor(op.out);
  const auto stride = static_cast<std::int64_t>(to.row_stride);
  store({.buffer = isa::kBufferV,
         .base = base_of(to),
         .rows = place.rows,
         .row_bytes = place.columns * isa::kBytesPerWord,
         .mem_offset =
             static_cast<std::int64_t>(to.offset) + place.row0 * stride + place.column0 * isa::kBytesPerWord,
         .mem_stride = stride,
         .local = this->bytes(floats.addr),
         .local_stride = place.blocks * config().block_bytes()},
        place.streams.store,
        {op.out, place.row0, place.row0 + place.rows, place.column0, place.column0 + place.columns});
}

void StaticLowering::map(const StaticOp& op) {
  const StaticTensor& in = plan_.tensor(op.in);
  const std::int64_t width = blocks(in.cols), most = tile_rows(plan_, op), piece = most * width;
  Ring in_slots(rows_in_, shares_.rows_in, piece), out_slots(out_rows_, shares_.out_rows, piece);
  if (op.out8 >= 0) row8_slots_ = Ring(rows8_, shares_.rows8, most * row8_blocks(config(), in.cols));
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
