// Differences, quotients by constants and negations that are part of nothing larger, as the sums and products
// that the accelerator has.
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// c -> 1 / c, or -c.
Tensor each(const Tensor& tensor, bool inverse) {
  std::vector<double> values = tensor.reals();
  for (double& value : values) value = inverse ? 1.0 / value : -value;
  return Tensor::of_reals(ElementType::kFloat, tensor.shape(), values);
}

bool has_zero(const Tensor& tensor) {
  for (const double value : tensor.reals()) {
    if (value == 0) return true;
  }
  return false;
}

void recover(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  const Value result = rewriter.model().value(node.outputs[0]);  // a copy: values move when others are added
  if (!node.domain.empty() || result.type != ElementType::kFloat || element_count(result.shape) == 0) return;
  const auto become = [&](const char* op, ValueId a, ValueId b) {
    Node& changed = rewriter.model().nodes[index];
    changed.op = op;
    changed.inputs = {a, b};
  };
  const auto minus_one = [&] {
    return rewriter.add_constant(node.name + ".minus_one", Tensor::of_floats({}, {-1.0f}));
  };
  if (node.op == "Neg") return become("Mul", node.inputs[0], minus_one());
  if (node.op != "Sub" && node.op != "Div") return;
  const bool divides = node.op == "Div";
  if (const Tensor* second = rewriter.constant(node.inputs[1])) {
    if (divides && has_zero(*second)) return;
    const ValueId other = rewriter.add_constant(rewriter.model().value(node.inputs[1]).name + ".turned",
                                                each(*second, divides));
    return become(divides ? "Mul" : "Add", node.inputs[0], other);
  }
  if (divides || rewriter.shape(node.inputs[1]) != result.shape) return;
  const ValueId negated = rewriter.append("Mul", "", {node.inputs[1], minus_one()}, node.name + ".negated",
                                          ElementType::kFloat, rewriter.shape(node.inputs[1]));
  become("Add", node.inputs[0], negated);
}

}  // namespace

void recover_arithmetic(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover(rewriter, i);
}

}  // namespace heddle::graph::onnx
