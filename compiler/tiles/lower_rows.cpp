// Rows of activations: quantisation, RMSNorm, the residual stream.
//
// A row is quantised with its largest magnitude m: bytes are x * (127 / m), and MATRIX multiplies by m
// itself, since the constants 1/127 are folded into the column scales. A row of zeros gives 0 * infinity =
// NaN, which quantises to zero.
#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

/// inverse = 127 / absmax over `words` scalars.
void Lowering::invert(int tag, int absmax, int inverse, std::int64_t words) {
  b_.vector({.tag = tag,
             .columns = words,
             .a = {isa::kSpaceS, at(absmax)},
             .function = isa::kFuncReciprocal,
             .post_mul = isa::kSelImm0,
             .d = Stream{isa::kSpaceS, at(inverse)},
             .imm0 = 127.0f});
}

/// Rows of V, whose largest magnitudes stand in absmax_, to the operand of the next product.
void Lowering::quantise(int tag, Value source, std::int64_t source_row, std::int64_t columns) {
  invert(tag, absmax_, inverse_, space_.rows);
  b_.vector({.tag = tag,
             .columns = columns,
             .rows = rows(),
             .a = {isa::kSpaceV, source, source_row},
             .pre_mul = isa::kSelS0,
             .s0 = at(inverse_),
             .s_row = 1,
             .d = Stream{isa::kSpaceA, at(operand_), space_.operand_row},
             .signal = bit(kOperand)});
}

/// RMSNorm and quantisation. The bytes of a row do not depend on its root mean square, so only the scale that
/// MATRIX multiplies with carries it.
void Lowering::normalise(int tag, Residual residual, std::uint32_t weight, std::uint16_t wait,
                         std::uint16_t signal) {
  const std::int64_t hidden = shape().hidden_blocks;
  b_.vector({.tag = tag,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceV, at(residual.x), hidden},
             .u = Stream{isa::kSpaceV, at(product_), hidden},
             .pre_mul = isa::kSelU,
             .reduce = isa::kReduceSum,
             .red = at(squares_),
             .s_row = 1});
  b_.vector({.tag = tag,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceV, at(residual.x), hidden},
             .u = Stream{isa::kSpaceV, at(parameters_, weight)},
             .pre_mul = isa::kSelU,
             .reduce = isa::kReduceAbsMax,
             .red = at(absmax_),
             .s_row = 1,
             .d = Stream{isa::kSpaceV, at(residual.other), hidden},
             .wait = wait,
             .signal = signal});
  // scale = absmax / sqrt(squares / hidden + epsilon)
  b_.vector({.tag = tag,
             .rows = rows(),
             .a = {isa::kSpaceConst},
             .pre_mul = isa::kSelS0,
             .pre_add = isa::kSelImm1,
             .function = isa::kFuncRsqrt,
             .post_mul = isa::kSelS1,
             .reduce = isa::kReduceSum,
             .s0 = at(squares_),
             .s1 = at(absmax_),
             .red = at(scale_),
             .s_row = 1,
             .imm0 = static_cast<float>(1.0 / shape().hidden),
             .imm1 = static_cast<float>(shape().rms_eps)});
  quantise(tag, at(residual.other), hidden, shape().hidden);
}

/// Adds a product to the residual stream, which moves to the other bank; the product's place gets a copy.
void Lowering::add_residual(int tag, Residual* residual) {
  const std::int64_t hidden = shape().hidden_blocks;
  std::uint16_t wait = bit(kResult);
  if (tag == kTagAttentionAdd && shape().output_bias) {
    b_.vector({.tag = kTagO,
               .columns = shape().hidden,
               .rows = rows(),
               .a = {isa::kSpaceV, at(product_), hidden},
               .u = Stream{isa::kSpaceV, at(parameters_, parameters_plan_.output_bias)},
               .pre_add = isa::kSelU,
               .d = Stream{isa::kSpaceV, at(product_), hidden},
               .wait = wait});
    wait = 0;
  }
  b_.vector({.tag = tag,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceV, at(residual->x), hidden},
             .u = Stream{isa::kSpaceV, at(product_), hidden},
             .pre_add = isa::kSelU,
             .d = Stream{isa::kSpaceV, at(residual->other), hidden},
             .wait = wait});
  b_.vector({.tag = tag,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceV, at(product_), hidden},
             .u = Stream{isa::kSpaceV, at(residual->x), hidden},
             .pre_add = isa::kSelU,
             .d = Stream{isa::kSpaceV, at(product_), hidden}});
  *residual = {residual->other, residual->x};
}

}  // namespace heddle::tiles
