#include "compiler/graph/onnx/model.hpp"

#include <fmt/format.h>

#include <set>
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

void sort_nodes(Model* model) {
  constexpr std::int32_t kNone = -1;
  std::vector<std::int32_t> producer(model->values.size(), kNone);
  for (std::size_t i = 0; i < model->nodes.size(); ++i) {
    for (const ValueId id : model->nodes[i].outputs) {
      if (id != kAbsent) producer[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(i);
    }
  }
  std::vector<std::int32_t> waits(model->nodes.size(), 0);
  std::vector<std::vector<std::int32_t>> users(model->nodes.size());
  std::set<std::int32_t> ready;  // the first of them comes next
  for (std::size_t i = 0; i < model->nodes.size(); ++i) {
    for (const ValueId id : model->nodes[i].inputs) {
      const std::int32_t from = id == kAbsent ? kNone : producer[static_cast<std::size_t>(id)];
      if (from == kNone) continue;
      users[static_cast<std::size_t>(from)].push_back(static_cast<std::int32_t>(i));
      ++waits[i];
    }
    if (waits[i] == 0) ready.insert(static_cast<std::int32_t>(i));
  }
  std::vector<Node> sorted;
  sorted.reserve(model->nodes.size());
  while (!ready.empty()) {
    const std::int32_t next = *ready.begin();
    ready.erase(ready.begin());
    for (const std::int32_t user : users[static_cast<std::size_t>(next)]) {
      if (--waits[static_cast<std::size_t>(user)] == 0) ready.insert(user);
    }
    sorted.push_back(std::move(model->nodes[static_cast<std::size_t>(next)]));
  }
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (waits[i] != 0) {
      throw std::runtime_error(place(*model, model->nodes[i]) + ": depends on itself: the graph has a cycle");
    }
  }
  model->nodes = std::move(sorted);
}

std::string place(const Model& model, const Node& node) {
  return fmt::format("{}: node \"{}\" ({})", model.name, node.name, node.op);
}

}  // namespace heddle::graph::onnx
