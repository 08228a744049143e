#include "compiler/graph/onnx/operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {
[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }
}  // namespace

const Tensor& Call::in(std::size_t index) const {
  if (!has(index)) fail(fmt::format("input {} is missing", index));
  return *inputs_[index];
}

const Tensor& Call::known(std::size_t index) const {
  const Tensor& tensor = in(index);
  if (!tensor.has_data()) {
    fail(fmt::format("a shape depends on the values of input {}, which are not constant", index));
  }
  return tensor;
}

bool Call::abstract() const {
  return types_only_ || std::any_of(inputs_.begin(), inputs_.end(), [](const Tensor* tensor) {
           return tensor != nullptr && !tensor->has_data();
         });
}

template <typename T>
const T* Call::attribute(const std::string& name, const char* kind) const {
  const auto found = node_.attributes.find(name);
  if (found == node_.attributes.end()) return nullptr;
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) fail(fmt::format("attribute \"{}\" is not {}", name, kind));
  return value;
}

std::int64_t Call::integer(const std::string& name) const {
  const auto* value = attribute<std::int64_t>(name, "an integer");
  if (value == nullptr) fail(fmt::format("attribute \"{}\" is missing", name));
  return *value;
}
std::int64_t Call::integer(const std::string& name, std::int64_t fallback) const {
  const auto* value = attribute<std::int64_t>(name, "an integer");
  return value == nullptr ? fallback : *value;
}
double Call::real(const std::string& name, double fallback) const {
  const auto* value = attribute<double>(name, "a real number");
  return value == nullptr ? fallback : *value;
}
std::string Call::text(const std::string& name, const std::string& fallback) const {
  const auto* value = attribute<std::string>(name, "text");
  return value == nullptr ? fallback : *value;
}
std::vector<std::int64_t> Call::integers(const std::string& name) const {
  const auto* value = attribute<std::vector<std::int64_t>>(name, "a list of integers");
  return value == nullptr ? std::vector<std::int64_t>{} : *value;
}
const Tensor* Call::tensor(const std::string& name) const {
  const auto* value = attribute<std::shared_ptr<const Tensor>>(name, "a tensor");
  return value == nullptr ? nullptr : value->get();
}

void Call::type(std::size_t index, ElementType element, Shape shape) {
  give(index, Tensor(element, std::move(shape)));
}

void Call::give(std::size_t index, Tensor tensor) {
  if (tensor.rank() > 16)
    fail(fmt::format("output {} has {} dimensions, more than 16", index, tensor.rank()));
  tensor.count();  // throws where it is absurd
  if (wants(index)) outputs_[index] = std::move(tensor);
}

const std::vector<Operator>& operators() {
  static const std::vector<Operator> all = [] {
    std::vector<Operator> table;
    add_elementwise(&table);
    add_binary(&table);
    add_reductions(&table);
    add_rearrangements(&table);
    add_indexing(&table);
    add_shapes(&table);
    add_normalisations(&table);
    add_products(&table);
    add_quantised(&table);
    add_einsum(&table);
    std::sort(table.begin(), table.end(),
              [](const Operator& a, const Operator& b) { return a.name < b.name; });
    return table;
  }();
  return all;
}

const Operator* find_operator(const std::string& domain, const std::string& name) {
  for (const Operator& candidate : operators()) {
    if (candidate.name == name && candidate.domain == domain) return &candidate;
  }
  return nullptr;
}

std::vector<Tensor> call(const Node& node, const std::vector<const Tensor*>& inputs, bool types_only) {
  const Operator* known = find_operator(node.domain, node.op);
  if (known == nullptr) fail(fmt::format("operator {} is not supported", node.op));
  for (std::size_t i = 0; i < known->least_inputs && i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) fail(fmt::format("input {} is missing", i));
  }
  Call arguments(node, inputs, types_only);
  known->kernel(arguments);
  return std::move(arguments.outputs());
}

}  // namespace heddle::graph::onnx
