// A device segment as a typed graph.
#pragma once
#include "compiler/graph/onnx/partition.hpp"

namespace heddle::graph::onnx {

/// Builds graph, inputs, constants and outputs of a segment whose nodes are chosen. `wanted`: by value,
/// whether it is used outside the segment. Throws std::runtime_error naming the node.
void build_segment_graph(const Model& model, const std::vector<bool>& wanted, Segment* segment);

}  // namespace heddle::graph::onnx
