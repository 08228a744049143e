// The float reference of ONNX graphs: every node by its kernel, in order.
#pragma once
#include <functional>
#include <vector>

#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Sees every value that a node gives, as it is made.
using Observer = std::function<void(ValueId, const Tensor&)>;

/// The outputs of a bound model for these inputs (in the order of Model::inputs). Throws std::runtime_error
/// naming the input whose type or shape is another, or the node that cannot be computed.
std::vector<Tensor> evaluate(const Model& model, const std::vector<Tensor>& inputs,
                             const Observer& observe = {});

}  // namespace heddle::graph::onnx
