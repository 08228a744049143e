// GELU (Hendrycks and Gimpel 2016), exact and by tanh, SiLU, and what is one node in the file already.
#include <algorithm>
#include <cmath>

#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// Exporters write constants in float32, some in 16 bits.
bool is_near(double found, double expected) {
  return std::abs(found - expected) <= 1e-3 * std::abs(expected);
}

/// The other operand of 1 + f(..), if that is a node of this operator.
const Node* one_plus(const Rewriter& rewriter, ValueId id, const char* op) {
  const Node* add = rewriter.made_by(id, "Add");
  const auto sum = add == nullptr ? std::nullopt : rewriter.with_scalar(*add);
  return sum && sum->number == 1 ? rewriter.made_by(sum->other, op) : nullptr;
}

/// id = coefficient * x^power
bool is_power(const Rewriter& rewriter, ValueId id, double coefficient, ValueId x, std::size_t power) {
  const Rewriter::Product product = rewriter.product(id);
  if (!is_near(product.coefficient, coefficient)) return false;
  std::size_t found = 0;
  for (const ValueId factor : product.factors) {
    const Node* pow = rewriter.made_by(factor, "Pow");
    const auto exponent = pow == nullptr ? std::nullopt : rewriter.scalar(pow->inputs[1]);
    if (factor == x) {
      found += 1;
    } else if (exponent && pow->inputs[0] == x) {
      if (*exponent != 2 && *exponent != 3) return false;
      found += static_cast<std::size_t>(*exponent);
    } else {
      return false;
    }
  }
  return found == power;
}

/// sqrt(2 / pi) (x + 0.044715 x^3), also with x outside the bracket.
bool is_tanh_argument(const Rewriter& rewriter, ValueId id, ValueId x) {
  const Rewriter::Product product = rewriter.product(id);
  if (!is_near(product.coefficient, std::sqrt(2.0 / std::acos(-1.0)))) return false;
  if (product.factors.size() == 1) {
    const Node* add = rewriter.made_by(product.factors[0], "Add");
    if (add == nullptr) return false;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      if (add->inputs[side] == x && is_power(rewriter, add->inputs[1 - side], 0.044715, x, 3)) return true;
    }
    return false;
  }
  if (product.factors.size() != 2) return false;
  const ValueId bracket = product.factors[0] == x ? product.factors[1] : product.factors[0];
  const Node* add = rewriter.made_by(bracket, "Add");
  const auto sum = add == nullptr ? std::nullopt : rewriter.with_scalar(*add);
  return (product.factors[0] == x || product.factors[1] == x) && sum && sum->number == 1 &&
         is_power(rewriter, sum->other, 0.044715, x, 2);
}

/// 0.5 x (1 + erf(x / sqrt 2)), or with tanh.
void recover_gelu(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || (node.op != "Mul" && node.op != "Div")) return;
  const Rewriter::Product product = rewriter.product(node.outputs[0]);
  if (product.factors.size() != 2 || !is_near(product.coefficient, 0.5)) return;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const ValueId x = product.factors[1 - side];
    if (const Node* erf = one_plus(rewriter, product.factors[side], "Erf")) {
      const Rewriter::Product argument = rewriter.product(erf->inputs[0]);
      if (argument.factors == std::vector<ValueId>{x} && is_near(argument.coefficient, std::sqrt(0.5))) {
        return rewriter.replace(index, "Gelu", {x}, {{"approximate", std::string("none")}});
      }
    }
    if (const Node* tanh = one_plus(rewriter, product.factors[side], "Tanh")) {
      if (is_tanh_argument(rewriter, tanh->inputs[0], x)) {
        return rewriter.replace(index, "Gelu", {x}, {{"approximate", std::string("tanh")}});
      }
    }
  }
}

/// x sigmoid(x)
void recover_silu(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Mul") return;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* sigmoid = rewriter.made_by(node.inputs[side], "Sigmoid");
    if (sigmoid != nullptr && sigmoid->inputs[0] == node.inputs[1 - side]) {
      return rewriter.replace(index, "Silu", {node.inputs[1 - side]});
    }
  }
}

/// silu(gate) up (Shazeer 2020)
void recover_gated(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Mul") return;
  if (rewriter.shape(node.inputs[0]) != rewriter.shape(node.inputs[1])) return;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Node* silu = rewriter.maker(node.inputs[side]);
    if (silu == nullptr || silu->op != "Silu" || rewriter.constant(node.inputs[1 - side]) != nullptr)
      continue;
    return rewriter.replace(index, "SiluMul", {silu->inputs[0], node.inputs[1 - side]});
  }
}

/// tanh, sigmoid and ReLU that are part of nothing larger.
void recover_single(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || (node.op != "Tanh" && node.op != "Sigmoid" && node.op != "Relu")) return;
  const Value& result = rewriter.model().value(node.outputs[0]);
  if (result.type != ElementType::kFloat || result.shape.empty() || element_count(result.shape) == 0) return;
  rewriter.replace(index, node.op.c_str(), {node.inputs[0]});
}

}  // namespace

void recover_activations(Rewriter& rewriter) {
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_gelu(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_silu(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_gated(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_single(rewriter, i);
}

}  // namespace heddle::graph::onnx
