#include "compiler/graph/onnx/patterns/rewriter.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

Rewriter::Rewriter(Model* model) : model_(model), producer_(model->values.size(), -1) {
  for (std::size_t i = 0; i < model_->nodes.size(); ++i) {
    for (const ValueId id : model_->nodes[i].outputs) {
      if (id != kAbsent) producer_[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(i);
    }
  }
}

const Node* Rewriter::maker(ValueId id) const {
  if (id == kAbsent || model_->value(id).constant) return nullptr;
  const std::int32_t index = producer_[static_cast<std::size_t>(id)];
  return index < 0 ? nullptr : &model_->nodes[static_cast<std::size_t>(index)];
}

const Node* Rewriter::made_by(ValueId id, const char* op) const {
  const Node* node = maker(id);
  return node != nullptr && node->domain.empty() && node->op == op ? node : nullptr;
}

const Tensor* Rewriter::constant(ValueId id) const {
  return id == kAbsent ? nullptr : model_->value(id).constant.get();
}

std::optional<double> Rewriter::scalar(ValueId id) const {
  const Tensor* tensor = constant(id);
  if (tensor == nullptr || tensor->count() != 1) return std::nullopt;
  return tensor->reals()[0];
}

std::optional<Rewriter::Scaled> Rewriter::with_scalar(const Node& node) const {
  if (node.inputs.size() != 2) return std::nullopt;
  if (const auto number = scalar(node.inputs[1])) return Scaled{*number, node.inputs[0]};
  if (const auto number = scalar(node.inputs[0])) return Scaled{*number, node.inputs[1]};
  return std::nullopt;
}

std::int64_t Rewriter::integer(const Node& node, const char* name, std::int64_t fallback) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return fallback;
  const auto* value = std::get_if<std::int64_t>(&found->second);
  return value == nullptr ? fallback : *value;
}

std::vector<std::int64_t> Rewriter::integers(const Node& node, const char* name) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return {};
  const auto* value = std::get_if<std::vector<std::int64_t>>(&found->second);
  return value == nullptr ? std::vector<std::int64_t>{} : *value;
}

void Rewriter::flatten(ValueId id, int depth, Product* out) const {
  const Node* node = depth > 8 ? nullptr : maker(id);
  if (node != nullptr && node->domain.empty()) {
    if (node->op == "Neg") {
      out->coefficient = -out->coefficient;
      return flatten(node->inputs[0], depth + 1, out);
    }
    const auto number = node->op == "Div" ? scalar(node->inputs[1]) : std::nullopt;
    if (number && *number != 0) {
      out->coefficient /= *number;
      return flatten(node->inputs[0], depth + 1, out);
    }
    if (node->op == "Mul") {
      if (const auto scaled = with_scalar(*node)) {
        out->coefficient *= scaled->number;
        return flatten(scaled->other, depth + 1, out);
      }
      flatten(node->inputs[0], depth + 1, out);
      return flatten(node->inputs[1], depth + 1, out);
    }
  }
  out->factors.push_back(id);
}

Rewriter::Product Rewriter::product(ValueId id) const {
  Product out;
  flatten(id, 0, &out);
  return out;
}

void Rewriter::replace(std::size_t index, const char* op, std::vector<ValueId> inputs,
                       std::map<std::string, Attribute> attributes) {
  Node& node = model_->nodes[index];
  node.op = op;
  node.domain = kHeddleDomain;
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  node.outputs.resize(1);
}

ValueId Rewriter::append(const std::string& op, const std::string& domain, std::vector<ValueId> inputs,
                         const std::string& name, ElementType type, Shape shape,
                         std::map<std::string, Attribute> attributes) {
  Value value;
  value.name = fresh(name);
  value.type = type;
  value.shape = std::move(shape);
  Node node;
  node.op = op;
  node.domain = domain;
  node.name = value.name;
  if (const Operator* known = find_operator(domain, op)) node.version = known->since.back();
  node.inputs = std::move(inputs);
  node.attributes = std::move(attributes);
  const ValueId id = model_->add_value(std::move(value));
  node.outputs = {id};
  producer_.push_back(static_cast<std::int32_t>(model_->nodes.size()));
  model_->nodes.push_back(std::move(node));
  return id;
}

ValueId Rewriter::add_constant(const std::string& name, Tensor tensor) {
  producer_.push_back(-1);
  return model_->add_constant(fresh(name), std::move(tensor));
}

void Rewriter::redirect(ValueId from, ValueId to) {
  for (Node& node : model_->nodes) std::replace(node.inputs.begin(), node.inputs.end(), from, to);
  std::replace(model_->outputs.begin(), model_->outputs.end(), from, to);
}

std::string Rewriter::fresh(const std::string& name) const {
  const auto taken = [&](const std::string& candidate) {
    return std::any_of(model_->values.begin(), model_->values.end(),
                       [&](const Value& value) { return value.name == candidate; });
  };
  if (!taken(name)) return name;
  for (int i = 2;; ++i) {
    const std::string candidate = fmt::format("{}.{}", name, i);
    if (!taken(candidate)) return candidate;
  }
}

}  // namespace heddle::graph::onnx
