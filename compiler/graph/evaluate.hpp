// The float reference of a static graph: no symbols, no states, every tensor given.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "compiler/graph/ir.hpp"

namespace heddle::graph {

/// Elements of values, row-major, as floats whatever their type is: ids and positions are whole numbers
/// (exact below 2^24), bool is 0 or 1.
using Tensors = std::map<ValueId, std::vector<float>>;

/// Evaluates a verified graph. `given` holds every input and constant that a node uses; returns the outputs,
/// and where `all` is set the result of each node. `threads`: at most this many (results do not depend on
/// it). Throws std::runtime_error naming the value or node: a tensor that is missing or has another number of
/// elements, a symbolic extent, an operation that keeps a state, an id beyond its table.
Tensors evaluate(const Graph& graph, const Tensors& given, int threads = 1, bool all = false);

}  // namespace heddle::graph
