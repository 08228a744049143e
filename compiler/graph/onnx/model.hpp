// An ONNX graph as the file states it, checked: every name resolved, nodes in an order that can be executed.
// Passes bind its symbolic extents, fold its constants and recover larger operations from its small ones.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "compiler/graph/ir.hpp"
#include "compiler/graph/onnx/tensor.hpp"

namespace heddle::graph::onnx {

constexpr int kFirstOpset = 1, kLastOpset = 18;  // of ai.onnx; most operators are understood from 7 or 11 on

using ValueId = std::int32_t;    // index into Model::values
constexpr ValueId kAbsent = -1;  // an optional input or output that is left out

struct Value {
  std::string name;
  ElementType type = ElementType::kFloat;
  std::vector<Dim> dims;                   // of a graph input: constant or symbolic extents
  std::shared_ptr<const Tensor> constant;  // not empty: an initialiser, or folded
  Shape shape;                             // after bind_symbols(): constant extents
};

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>, std::shared_ptr<const Tensor>>;

struct Node {
  std::string op, domain;  // domain: "" for ai.onnx, kHeddleDomain for what the patterns recover
  std::string name;        // the file's, or "OP of OUTPUT" where it has none
  int version = 0;         // of the operator: the opset that last changed it
  std::vector<ValueId> inputs, outputs;
  std::map<std::string, Attribute> attributes;
};

struct Model {
  std::string name;       // file name without folders
  std::string directory;  // the folder that external data must stay in
  int opset = 0;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;  // without initialisers
  std::vector<ValueId> outputs;
  bool bound = false;  // every value has a constant shape

  const Value& value(ValueId id) const { return values.at(static_cast<std::size_t>(id)); }
  Value& value(ValueId id) { return values.at(static_cast<std::size_t>(id)); }
  ValueId add_value(Value value);
  ValueId add_constant(std::string value_name, Tensor tensor);
  /// Input of that name; throws std::runtime_error that lists the inputs.
  ValueId input(const std::string& input_name) const;
};

/// Brings nodes into an order in which every value is defined before its uses, keeping the given order where
/// it is one. Throws std::runtime_error naming a node that depends on itself.
void sort_nodes(Model* model);

/// "model.onnx: node \"layers.0/MatMul\" (MatMul)", for messages.
std::string place(const Model& model, const Node& node);

/// Reads and checks a file: protobuf, opsets, types, names, order, constants, inline or external. Throws
/// std::runtime_error naming the file, the node or the tensor, and what is wrong; never reads outside the
/// file's folder.
Model read_model(const std::string& path);
/// The same from memory. `directory` empty: external data is refused.
Model parse_model(const std::string& bytes, const std::string& name, const std::string& directory);
/// A tensor in a file of its own (TensorProto), as ONNX's operator tests keep them.
Tensor read_tensor(const std::string& path);

}  // namespace heddle::graph::onnx
