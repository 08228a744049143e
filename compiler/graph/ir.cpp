#include "compiler/graph/ir.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace heddle::graph {

const char* dtype_name(DType dtype) {
  static constexpr const char* kNames[kDTypes] = {"f32", "f16", "bf16", "i8", "i32", "i64", "u32", "bool"};
  return kNames[static_cast<int>(dtype)];
}

int dtype_bytes(DType dtype) {
  static constexpr int kBytes[kDTypes] = {4, 2, 2, 1, 4, 8, 4, 1};
  return kBytes[static_cast<int>(dtype)];
}

bool is_float(DType dtype) { return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16; }

const char* op_name(Op op) {
  static constexpr const char* kNames[kOps] = {
      "embedding",  "rms_norm", "linear", "rope", "attention",      "silu_mul", "add",     "logits",
      "layer_norm", "gelu",     "silu",   "mul",  "full_attention", "tanh",     "sigmoid", "relu"};
  return kNames[static_cast<int>(op)];
}

namespace {
template <typename T>
const T& attribute_of(const Node& node, const std::string& attribute, const char* kind) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) {
    throw std::runtime_error(
        fmt::format("node \"{}\" ({}): attribute \"{}\" is missing", node.name, op_name(node.op), attribute));
  }
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) {
    throw std::runtime_error(fmt::format("node \"{}\" ({}): attribute \"{}\" is not {}", node.name,
                                         op_name(node.op), attribute, kind));
  }
  return *value;
}
}  // namespace

std::int64_t Node::integer(const std::string& attribute) const {
  return attribute_of<std::int64_t>(*this, attribute, "an integer");
}

double Node::real(const std::string& attribute) const {
  return attribute_of<double>(*this, attribute, "a real number");
}

const std::string& Node::text(const std::string& attribute) const {
  return attribute_of<std::string>(*this, attribute, "a string");
}

ValueId Graph::add_value(std::string value_name, ValueKind kind, Type type, Location location) {
  Value value;
  value.name = std::move(value_name);
  value.kind = kind;
  value.type = std::move(type);
  value.location = std::move(location);
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_node(Op op, std::string node_name, std::vector<ValueId> operands, Type type,
                        std::map<std::string, Attribute> attributes, Location location) {
  const ValueId result = add_value(node_name, ValueKind::kResult, std::move(type));
  values.back().producer = static_cast<NodeId>(nodes.size());
  Node node;
  node.op = op;
  node.name = std::move(node_name);
  node.operands = std::move(operands);
  node.results = {result};
  node.attributes = std::move(attributes);
  node.location = std::move(location);
  nodes.push_back(std::move(node));
  return result;
}

ValueId Graph::find_value(const std::string& value_name) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].name == value_name) return static_cast<ValueId>(i);
  }
  return -1;
}

NodeId Graph::find_node(const std::string& node_name) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].name == node_name) return static_cast<NodeId>(i);
  }
  return -1;
}

}  // namespace heddle::graph
