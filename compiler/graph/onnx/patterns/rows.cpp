// A row that is chosen before the last operations (the class token's).
#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

/// Op(x[:, row]) = Op(x)[:, row] for operations that treat rows alone: the choice moves behind them, to the
/// outputs, where it moves data only.
void sink_row_selections(Rewriter& rewriter) {
  static const std::vector<std::string> kRowwise = {"Linear", "LayerNorm", "RmsNorm", "Gelu",
                                                    "Silu",   "Tanh",      "Sigmoid", "Relu"};
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) {  // operands stand before results, so that chains sink in one go
    const Node node = rewriter.node(i);
    if (node.domain != kHeddleDomain ||
        std::find(kRowwise.begin(), kRowwise.end(), node.op) == kRowwise.end())
      continue;
    const Node* maker = rewriter.made_by(node.inputs[0], "Gather");
    if (maker == nullptr) continue;
    const Node choice = *maker;
    const Shape from = rewriter.shape(choice.inputs[0]);
    if (from.size() != 3 || rewriter.integer(choice, "axis", 0) != 1 || !rewriter.scalar(choice.inputs[1]))
      continue;
    Shape shape(from);
    shape.back() = rewriter.shape(node.outputs[0]).back();
    std::vector<ValueId> inputs = node.inputs;
    inputs[0] = choice.inputs[0];
    const ValueId all = rewriter.append(node.op, kHeddleDomain, inputs, node.name + ".rows",
                                        ElementType::kFloat, shape, node.attributes);
    Node& chosen = rewriter.model().nodes[i];
    chosen = choice;
    chosen.name = node.name;
    chosen.inputs[0] = all;
    chosen.outputs = node.outputs;
  }
}

}  // namespace heddle::graph::onnx
