// The operators that the importer names: since which opsets it understands them, what they compute, and
// within which limits. A kernel states an operator once, for shape inference, constant folding and evaluation
// alike.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Domain of the operations that patterns recover; no file may use it.
constexpr const char* kHeddleDomain = "heddle";

/// One call of a kernel. Inputs always have a type and a shape; while shapes are inferred, they have elements
/// only where they are constants.
class Call {
 public:
  /// `types_only`: no element is computed that does not decide about a shape.
  Call(const Node& node, std::vector<const Tensor*> inputs, bool types_only = false)
      : node_(node), inputs_(std::move(inputs)), outputs_(node.outputs.size()), types_only_(types_only) {}

  const Node& node() const { return node_; }
  int version() const { return node_.version; }
  std::size_t inputs() const { return inputs_.size(); }
  bool has(std::size_t index) const { return index < inputs_.size() && inputs_[index] != nullptr; }
  /// Throws std::runtime_error when it is left out.
  const Tensor& in(std::size_t index) const;
  /// An input that decides about shapes. Throws std::runtime_error when its elements are not known yet.
  const Tensor& known(std::size_t index) const;
  /// Only types are wanted, or can be told, since some input has no elements.
  bool abstract() const;

  bool has_attribute(const std::string& name) const { return node_.attributes.count(name) != 0; }
  /// The attribute; without `fallback` it must be there. Throw std::runtime_error naming it.
  std::int64_t integer(const std::string& name) const;
  std::int64_t integer(const std::string& name, std::int64_t fallback) const;
  double real(const std::string& name, double fallback) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& name) const;  // empty without it
  const Tensor* tensor(const std::string& name) const;                // nullptr without it

  bool wants(std::size_t index) const {
    return index < node_.outputs.size() && node_.outputs[index] != kAbsent;
  }
  /// States an output's type.
  void type(std::size_t index, ElementType element, Shape shape);
  /// Gives an output.
  void give(std::size_t index, Tensor tensor);
  std::vector<Tensor>& outputs() { return outputs_; }

 private:
  template <typename T>
  const T* attribute(const std::string& name, const char* kind) const;

  const Node& node_;
  std::vector<const Tensor*> inputs_;
  std::vector<Tensor> outputs_;
  bool types_only_;
};

using Kernel = void (*)(Call&);

struct Operator {
  std::string name;
  std::vector<int> since;  // opsets of ai.onnx that changed it, from the first that is understood
  Kernel kernel;
  std::size_t least_inputs, most_inputs, most_outputs;
  std::string domain;
};

constexpr std::size_t kMany = 1u << 20;  // most_inputs of operators that take any number

/// nullptr when there is none.
const Operator* find_operator(const std::string& domain, const std::string& name);
/// All of them, sorted by name.
const std::vector<Operator>& operators();

/// Runs a node's kernel. Throws std::runtime_error without saying where.
std::vector<Tensor> call(const Node& node, const std::vector<const Tensor*>& inputs, bool types_only = false);

}  // namespace heddle::graph::onnx
