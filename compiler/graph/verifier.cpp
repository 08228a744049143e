#include "compiler/graph/verifier.hpp"

#include <fmt/core.h>

#include <set>
#include <stdexcept>
#include <unordered_set>

#include "compiler/graph/op_rules.hpp"

namespace heddle::graph {

namespace {

std::string place(const Location& location) {
  if (location == Location{}) return "";
  return fmt::format(" at {}: {}", location.file, location.name);
}

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  void run() {
    symbols();
    for (const Value& value : graph_.values) check_value(value);
    std::unordered_set<std::string> names;
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      if (node.name.empty()) fail(fmt::format("node {} has no name", i));
      if (!names.insert(node.name).second) fail(fmt::format("two nodes are named \"{}\"", node.name));
      check_node(node, static_cast<NodeId>(i));
    }
    for (std::size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (value.kind == ValueKind::kResult && !defined_[i])
        fail(fmt::format("%{} is not defined by a node", value.name));
    }
    for (const ValueId id : graph_.outputs) {
      if (!exists(id)) fail(fmt::format("output {} does not exist", id));
    }
    if (graph_.outputs.empty()) fail("there is no output");
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw std::runtime_error(fmt::format("graph \"{}\": {}", graph_.name, message));
  }

  [[noreturn]] void fail(const Node& node, const std::string& message) const {
    fail(fmt::format("node \"{}\" ({}){}: {}", node.name, op_name(node.op), place(node.location), message));
  }

  bool exists(ValueId id) const { return id >= 0 && static_cast<std::size_t>(id) < graph_.values.size(); }

  void symbols() {
    for (const Symbol& symbol : graph_.symbols) {
      if (symbol.name.empty()) fail("a symbol has no name");
      if (!symbols_.insert(symbol.name).second) fail(fmt::format("symbol {} is declared twice", symbol.name));
      if (symbol.minimum < 1 || symbol.maximum < symbol.minimum) {
        fail(fmt::format("symbol {} has the empty range {} .. {}", symbol.name, symbol.minimum,
                         symbol.maximum));
      }
    }
  }

  void check_value(const Value& value) {
    if (value.name.empty()) fail("a value has no name");
    if (!names_.insert(value.name).second) fail(fmt::format("two values are named %{}", value.name));
    for (const Dim& dim : value.type.shape) {
      if (dim.symbolic() && symbols_.count(dim.symbol) == 0) {
        fail(fmt::format("%{}: symbol {} is not declared", value.name, dim.symbol));
      }
      if (!dim.symbolic() && dim.size < 1)
        fail(fmt::format("%{}: extent {} is not positive", value.name, dim.size));
      const bool stored = value.kind == ValueKind::kConstant || value.kind == ValueKind::kState;
      if (stored && dim.symbolic()) {
        fail(fmt::format("%{}: constants and states have constant extents, not {}", value.name, dim.symbol));
      }
    }
    if (value.kind == ValueKind::kConstant && value.location.name.empty()) {
      fail(fmt::format("%{}: a constant must name its tensor", value.name));
    }
    defined_.push_back(value.kind != ValueKind::kResult);
  }

  void check_node(const Node& node, NodeId id) {
    if (static_cast<int>(node.op) >= kOps) fail(fmt::format("node \"{}\": unknown operation", node.name));
    for (const ValueId operand : node.operands) {
      if (!exists(operand)) fail(node, fmt::format("operand {} does not exist", operand));
      const Value& value = graph_.value(operand);
      if (!defined_[static_cast<std::size_t>(operand)]) {
        fail(node, fmt::format("uses %{} before it is defined", value.name));
      }
      if (value.kind == ValueKind::kState && !written_.insert(operand).second) {
        fail(node, fmt::format("state %{} belongs to another node or is taken twice", value.name));
      }
    }
    for (const ValueId result : node.results) {
      if (!exists(result)) fail(node, fmt::format("result {} does not exist", result));
      const Value& value = graph_.value(result);
      if (value.kind != ValueKind::kResult || value.producer != id ||
          defined_[static_cast<std::size_t>(result)]) {
        fail(node, fmt::format("%{} is not this node's to define", value.name));
      }
    }
    try {
      verify_operation(graph_, node);
    } catch (const std::runtime_error& error) {
      fail(node, error.what());
    }
    for (const ValueId result : node.results) defined_[static_cast<std::size_t>(result)] = true;
  }

  const Graph& graph_;
  std::set<std::string> symbols_;
  std::unordered_set<std::string> names_;
  std::vector<bool> defined_;
  std::set<ValueId> written_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace heddle::graph
