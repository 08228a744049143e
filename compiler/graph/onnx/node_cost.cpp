#include "compiler/graph/onnx/node_cost.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

namespace {

bool is_one_of(const std::string& op, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* name) { return op == name; });
}

bool moves(const Node& node) {
  return is_one_of(node.op, {"Identity",  "Dropout",        "Reshape",         "Flatten",      "Squeeze",
                             "Unsqueeze", "Transpose",      "Concat",          "Split",        "Slice",
                             "Gather",    "GatherElements", "GatherND",        "Expand",       "Tile",
                             "Pad",       "Cast",           "CastLike",        "DepthToSpace", "SpaceToDepth",
                             "Shape",     "Size",           "ConstantOfShape", "Constant",     "EyeLike",
                             "Trilu",     "ScatterND",      "ScatterElements"});
}

std::int64_t operations_of(const Model& model, const Node& node) {
  const auto shape = [&](std::size_t i) { return model.value(node.inputs[i]).shape; };
  const std::int64_t result = element_count(model.value(node.outputs[0]).shape);
  if (node.op == "Linear") return 2 * result * shape(1)[1];
  if (node.op == "Attention") {  // each row meets the keys of its own sequence
    const auto batch = node.attributes.find("batch");
    const std::int64_t sequences = batch == node.attributes.end() ? 1 : std::get<std::int64_t>(batch->second);
    return 4 * result * (rows_of(shape(1)).first / sequences);
  }
  if (is_one_of(node.op, {"MatMul", "MatMulInteger"})) return 2 * result * shape(0).back();
  if (node.op == "QLinearMatMul") return 2 * result * shape(0).back();
  if (node.op == "Gemm") return 2 * result * shape(0)[model.value(node.inputs[0]).shape[0] == 0 ? 0 : 1];
  if (node.op == "Conv")
    return 2 * result *
           std::max<std::int64_t>(1, element_count(shape(1)) / std::max<std::int64_t>(1, shape(1)[0]));
  std::int64_t largest = result;
  for (const ValueId id : node.inputs) {
    if (id != kAbsent) largest = std::max(largest, element_count(model.value(id).shape));
  }
  return largest;
}

/// An Add or Mul whose operands are rows of one shape, or constants that broadcast to it.
bool is_device_elementwise(const Model& model, const Node& node) {
  if (!node.domain.empty() || !is_one_of(node.op, {"Add", "Mul"})) return false;
  const Value& result = model.value(node.outputs[0]);
  if (result.type != ElementType::kFloat || result.shape.empty() || element_count(result.shape) == 0)
    return false;
  bool computed = false;
  for (const ValueId id : node.inputs) {
    const Value& operand = model.value(id);
    if (operand.constant) continue;
    if (operand.shape != result.shape) return false;
    computed = true;
  }
  return computed;
}

std::string lacks(const Node& node) {
  if (is_one_of(node.op, {"MatMul", "Gemm"})) return "a product of two computed matrices outside attention";
  if (node.op == "Softmax") return "softmax outside an attention that is recognised";
  if (node.op == "Conv") return "convolutions other than patch embeddings (stride = kernel)";
  if (is_one_of(node.op, {"Add", "Mul"})) return fmt::format("{} of operands of different shapes", node.op);
  return fmt::format("an operation for {}", node.op);
}

}  // namespace

std::pair<std::int64_t, std::int64_t> rows_of(const Shape& shape) {
  if (shape.empty()) return {1, 1};
  const std::int64_t features = shape.back();
  return {features == 0 ? 0 : element_count(shape) / features, features};
}

bool is_row_view(const Model& model, const Node& node) {
  if (!node.domain.empty() || !is_one_of(node.op, {"Reshape", "Flatten", "Squeeze", "Unsqueeze"}))
    return false;
  const Value &from = model.value(node.inputs[0]), &to = model.value(node.outputs[0]);
  return from.type == ElementType::kFloat && rows_of(from.shape) == rows_of(to.shape);
}

NodeCost node_cost(const Model& model, const Node& node) {
  NodeCost cost;
  if (node.domain == kHeddleDomain || is_device_elementwise(model, node)) {
    cost.device = true;
    cost.operations = operations_of(model, node);
    cost.work = Work::kComputes;
    return cost;
  }
  if (moves(node)) return cost;
  cost.work = Work::kComputes;
  cost.operations = operations_of(model, node);
  cost.reason = "the accelerator lacks " + lacks(node);
  return cost;
}

}  // namespace heddle::graph::onnx
