// The feed-forward network: silu(gate) * up, with silu(g) = g / (1 + exp(-g)). VECTOR works on the gate while
// MATRIX computes `up`.
#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

void Lowering::feed_forward() {
  const std::int64_t wide = shape().intermediate_blocks;
  // The next layer's norms may come in with the first weights that are fetched from here on.
  pending_.push_back({true, 0});
  product(kGateProj, kTagGate, at(scale_), {at(gate_), wide}, bit(kOperand), bit(kResult));
  product(kUpProj, kTagUp, at(scale_), {at(up_), wide}, 0, bit(kResult));
  const Stream gated{isa::kSpaceV, at(wide_), wide};
  b_.vector({.tag = kTagSiluMul,
             .columns = shape().intermediate,
             .rows = rows(),
             .a = {isa::kSpaceV, at(gate_), wide},
             .pre_mul = isa::kSelImm0,
             .function = isa::kFuncExp,
             .post_add = isa::kSelImm1,
             .d = gated,
             .imm0 = -1.0f,
             .imm1 = 1.0f,
             .wait = bit(kResult)});
  b_.vector({.tag = kTagSiluMul,
             .columns = shape().intermediate,
             .rows = rows(),
             .a = gated,
             .u = Stream{isa::kSpaceV, at(gate_), wide},
             .function = isa::kFuncReciprocal,
             .post_mul = isa::kSelU,
             .d = gated});
  b_.vector({.tag = kTagSiluMul,
             .columns = shape().intermediate,
             .rows = rows(),
             .a = gated,
             .u = Stream{isa::kSpaceV, at(up_), wide},
             .pre_mul = isa::kSelU,
             .reduce = isa::kReduceAbsMax,
             .red = at(absmax_),
             .s_row = 1,
             .d = gated,
             .wait = bit(kResult)});
  quantise(kTagSiluMul, at(wide_), wide, shape().intermediate);
  product(kDownProj, kTagDown, at(absmax_), {at(product_), shape().hidden_blocks}, bit(kOperand),
          bit(kResult));
  finish_layer_chunks();
}

}  // namespace heddle::tiles
