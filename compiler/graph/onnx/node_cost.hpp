// What the nodes of a recovered model cost, and where they can run.
#pragma once
#include "compiler/graph/onnx/partition.hpp"

namespace heddle::graph::onnx {

NodeCost node_cost(const Model& model, const Node& node);

/// A node whose result has the elements of its operand in the same rows: the accelerator need not move it.
bool is_row_view(const Model& model, const Node& node);

/// Rows and features of a value: all leading axes in one, and the last.
std::pair<std::int64_t, std::int64_t> rows_of(const Shape& shape);

}  // namespace heddle::graph::onnx
