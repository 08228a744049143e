// Nodes that give what they take.
#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

void drop_views(Rewriter& rewriter) {
  static const char* const kKinds[] = {"Identity", "Dropout",   "Cast",    "Reshape",
                                       "Expand",   "Unsqueeze", "Squeeze", "Flatten"};
  for (std::size_t i = 0; i < rewriter.size(); ++i) {
    const Node& node = rewriter.node(i);
    if (!node.domain.empty()) continue;
    for (const char* kind : kKinds) {
      if (node.op != kind) continue;
      const ValueId from = node.outputs[0], to = node.inputs[0];
      const Value &result = rewriter.model().value(from), &source = rewriter.model().value(to);
      const bool is_output = std::find(rewriter.model().outputs.begin(), rewriter.model().outputs.end(),
                                       from) != rewriter.model().outputs.end();
      // An output keeps its name.
      if (result.type == source.type && result.shape == source.shape && !is_output)
        rewriter.redirect(from, to);
      break;
    }
  }
}

void recover_views(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Node node = rewriter.node(i);
    if (!node.domain.empty() || node.op != "Transpose") continue;
    const Shape shape = rewriter.shape(node.outputs[0]), from = rewriter.shape(node.inputs[0]);
    std::vector<std::int64_t> order = rewriter.integers(node, "perm");
    const auto moves_nothing = [&](std::int64_t axis) { return from[static_cast<std::size_t>(axis)] == 1; };
    order.erase(std::remove_if(order.begin(), order.end(), moves_nothing), order.end());
    if (order.empty() || !std::is_sorted(order.begin(), order.end())) continue;
    const ValueId list = rewriter.add_constant(
        node.name + ".shape",
        Tensor::of_integers(ElementType::kInt64, {static_cast<std::int64_t>(shape.size())}, shape));
    Node& changed = rewriter.model().nodes[i];
    changed.op = "Reshape";
    changed.version = find_operator("", "Reshape")->since.back();
    changed.inputs = {node.inputs[0], list};
    changed.attributes.clear();
  }
}

}  // namespace heddle::graph::onnx
