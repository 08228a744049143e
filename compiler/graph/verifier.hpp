// What makes a graph legal: the structure (names, order, types) and a rule for each operation. Run after the
// import and after every pass that changes a graph.
#pragma once
#include "compiler/graph/ir.hpp"

namespace heddle::graph {

/// Throws std::runtime_error naming graph, node (or value), its location, what was expected and found.
void verify(const Graph& graph);

}  // namespace heddle::graph
