#include "compiler/graph/onnx/turn_rotations.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// rotate_half of the rows of [heads * width, inner]: row i of a head becomes -row(i + half) or row(i -
/// half).
Tensor turned(const Tensor& matrix, std::int64_t width) {
  const std::int64_t rows = matrix.shape()[0], inner = matrix.count() / rows, half = width / 2;
  const std::vector<float> from = matrix.floats();
  std::vector<float> to(from.size());
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool low = row % width < half;
    const auto source = static_cast<std::size_t>((low ? row + half : row - half) * inner);
    for (std::int64_t k = 0; k < inner; ++k) {
      const float value = from[source + static_cast<std::size_t>(k)];
      to[static_cast<std::size_t>(row * inner + k)] = low ? -value : value;
    }
  }
  return Tensor::of_floats(matrix.shape(), to);
}

/// cos or sin of position t times the frequency of element i, for all heads: [tokens, heads * width].
Tensor table(const Shape& shape, std::int64_t width, double theta, double (*function)(double)) {
  const std::int64_t features = shape.back(), tokens = element_count(shape) / features;
  std::vector<float> out;
  for (std::int64_t t = 0; t < tokens; ++t) {
    for (std::int64_t i = 0; i < features; ++i) {
      const double exponent =
          -2.0 * static_cast<double>(i % width % (width / 2)) / static_cast<double>(width);
      out.push_back(static_cast<float>(function(static_cast<double>(t) * std::pow(theta, exponent))));
    }
  }
  return Tensor::of_floats(shape, out);
}

void turn(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  const Node* maker = rewriter.maker(node.inputs[0]);
  if (maker == nullptr || maker->domain != kHeddleDomain || maker->op != "Linear") return;
  const Node product = *maker;
  const std::int64_t width = rewriter.integer(node, "head_dim", 0);
  const double theta = std::get<double>(node.attributes.at("theta"));
  const Shape shape = rewriter.shape(node.outputs[0]);
  std::vector<ValueId> inputs = product.inputs;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const std::string name = rewriter.model().value(inputs[i]).name + ".turned";
    inputs[i] = rewriter.add_constant(name, turned(*rewriter.constant(inputs[i]), width));
  }
  const auto append = [&](const char* op, const char* domain, std::vector<ValueId> operands,
                          const char* suffix) {
    return rewriter.append(op, domain, std::move(operands), node.name + suffix, ElementType::kFloat, shape);
  };
  const ValueId half = append("Linear", kHeddleDomain, inputs, ".turned");
  const ValueId cosines = rewriter.add_constant(node.name + ".cos", table(shape, width, theta, std::cos));
  const ValueId sines = rewriter.add_constant(node.name + ".sin", table(shape, width, theta, std::sin));
  const ValueId straight = append("Mul", "", {node.inputs[0], cosines}, ".straight");
  const ValueId crossed = append("Mul", "", {half, sines}, ".crossed");
  rewriter.redirect(node.outputs[0], append("Add", "", {straight, crossed}, ".sum"));
}

}  // namespace

void turn_rotations(Model* model) {
  Rewriter rewriter(model);
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = rewriter.node(i);
    if (node.domain == kHeddleDomain && node.op == "Rope") turn(rewriter, i);
  }
  sort_nodes(model);
  remove_unused(model);
}

}  // namespace heddle::graph::onnx
