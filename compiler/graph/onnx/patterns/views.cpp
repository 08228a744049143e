// Nodes that give what they take.
#include <algorithm>

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

}  // namespace heddle::graph::onnx
