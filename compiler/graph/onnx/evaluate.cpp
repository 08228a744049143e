#include "compiler/graph/onnx/evaluate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

namespace {

void check_input(const Model& model, const Value& value, const Tensor& given) {
  if (given.type() != value.type || given.shape() != value.shape || !given.has_data()) {
    throw std::runtime_error(fmt::format("{}: input \"{}\" is {}{}, the data is {}", model.name, value.name,
                                         element_name(value.type), shape_text(value.shape),
                                         given.type_text()));
  }
}

}  // namespace

std::vector<Tensor> evaluate(const Model& model, const std::vector<Tensor>& inputs, const Observer& observe) {
  if (!model.bound) throw std::logic_error("a model must be bound before it is evaluated");
  if (inputs.size() != model.inputs.size()) {
    throw std::runtime_error(
        fmt::format("{}: has {} inputs, {} are given", model.name, model.inputs.size(), inputs.size()));
  }
  std::vector<Tensor> results(model.values.size());
  std::vector<std::size_t> last_use(model.values.size(), 0);
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    for (const ValueId id : model.nodes[i].inputs) {
      if (id != kAbsent) last_use[static_cast<std::size_t>(id)] = i;
    }
  }
  for (const ValueId id : model.outputs) last_use[static_cast<std::size_t>(id)] = model.nodes.size();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(model, model.value(model.inputs[i]), inputs[i]);
    results[static_cast<std::size_t>(model.inputs[i])] = inputs[i];
  }
  const auto tensor = [&](ValueId id) -> const Tensor* {
    if (id == kAbsent) return nullptr;
    const Value& value = model.value(id);
    return value.constant ? value.constant.get() : &results[static_cast<std::size_t>(id)];
  };
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const Node& node = model.nodes[i];
    std::vector<const Tensor*> operands;
    for (const ValueId id : node.inputs) operands.push_back(tensor(id));
    try {
      std::vector<Tensor> outputs = call(node, operands);
      for (std::size_t k = 0; k < outputs.size(); ++k) {
        if (node.outputs[k] == kAbsent) continue;
        if (observe) observe(node.outputs[k], outputs[k]);
        results[static_cast<std::size_t>(node.outputs[k])] = std::move(outputs[k]);
      }
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: {}", place(model, node), error.what()));
    } catch (const std::bad_alloc&) {
      throw std::runtime_error(fmt::format("{}: not enough memory for its result", place(model, node)));
    }
    for (const ValueId id : node.inputs) {
      if (id != kAbsent && last_use[static_cast<std::size_t>(id)] == i)
        results[static_cast<std::size_t>(id)] = {};
    }
  }
  std::vector<Tensor> out;
  for (const ValueId id : model.outputs) out.push_back(*tensor(id));
  return out;
}

}  // namespace heddle::graph::onnx
