#include "compiler/graph/onnx/model.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace heddle::graph::onnx {

ValueId Model::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

ValueId Model::add_constant(std::string value_name, Tensor tensor) {
  Value added;
  added.name = std::move(value_name);
  added.type = tensor.type();
  added.shape = tensor.shape();
  added.constant = std::make_shared<const Tensor>(std::move(tensor));
  return add_value(std::move(added));
}

ValueId Model::input(const std::string& input_name) const {
  std::string all;
  for (const ValueId id : inputs) {
    if (value(id).name == input_name) return id;
    all += (all.empty() ? "" : ", ") + value(id).name;
  }
  throw std::runtime_error(fmt::format("{}: there is no input \"{}\"; the inputs are: {}", name, input_name,
                                       all.empty() ? "none" : all));
}

std::string place(const Model& model, const Node& node) {
  return fmt::format("{}: node \"{}\" ({})", model.name, node.name, node.op);
}

}  // namespace heddle::graph::onnx
