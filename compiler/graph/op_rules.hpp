// The rule of each operation, for verifier.cpp.
#pragma once
#include "compiler/graph/ir.hpp"

namespace heddle::graph {

/// Checks operands, results and attributes of one node whose ids are known to be valid. Throws
/// std::runtime_error with the rule that is broken; the caller adds where.
void verify_operation(const Graph& graph, const Node& node);

}  // namespace heddle::graph
