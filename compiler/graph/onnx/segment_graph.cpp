#include "compiler/graph/onnx/segment_graph.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <stdexcept>

#include "compiler/graph/onnx/node_cost.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/verifier.hpp"

namespace heddle::graph::onnx {

namespace {

class Builder {
 public:
  Builder(const Model& model, Segment* segment) : model_(model), segment_(segment) {
    segment_->graph.name = model.name;
  }

  void add(const Node& node) {
    if (is_row_view(model_, node)) {
      known_[node.outputs[0]] = operand(node.inputs[0]);
      return;
    }
    static const std::map<std::string, Op> kOperations = {{"Linear", Op::kLinear},
                                                          {"LayerNorm", Op::kLayerNorm},
                                                          {"RmsNorm", Op::kRmsNorm},
                                                          {"Gelu", Op::kGelu},
                                                          {"Silu", Op::kSilu},
                                                          {"SiluMul", Op::kSiluMul},
                                                          {"Tanh", Op::kTanh},
                                                          {"Sigmoid", Op::kSigmoid},
                                                          {"Relu", Op::kRelu},
                                                          {"Rope", Op::kRope},
                                                          {"Attention", Op::kFullAttention},
                                                          {"Add", Op::kAdd},
                                                          {"Mul", Op::kMul}};
    const auto op = kOperations.find(node.op);
    if (op == kOperations.end()) throw std::logic_error("no typed operation for " + node.op);
    std::vector<graph::ValueId> operands;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) operands.push_back(operand_of(node, op->second, i));
    // A constant stands second: the typed operations know no other order, and sums and products do not care.
    if ((op->second == Op::kAdd || op->second == Op::kMul) && model_.value(node.inputs[0]).constant) {
      std::swap(operands[0], operands[1]);
    }
    known_[node.outputs[0]] = segment_->graph.add_node(op->second, fresh(node.name), operands,
                                                       matrix_type(model_.value(node.outputs[0]).shape),
                                                       attributes(node), {model_.name, node.name});
  }

  void finish(const std::vector<bool>& wanted) {
    for (const auto& [id, typed] : known_) {
      if (!wanted[static_cast<std::size_t>(id)] || model_.value(id).constant || given_.count(id) != 0)
        continue;
      segment_->outputs.emplace_back(typed, id);
      bool listed = false;
      for (const graph::ValueId output : segment_->graph.outputs) listed = listed || output == typed;
      if (!listed) segment_->graph.outputs.push_back(typed);
    }
    verify(segment_->graph);
  }

 private:
  static Type matrix_type(const Shape& shape) {
    const auto [rows, features] = rows_of(shape);
    return {DType::kF32, {Dim(rows), Dim(features)}};
  }

  static std::map<std::string, graph::Attribute> attributes(const Node& node) {
    std::map<std::string, graph::Attribute> out;
    if (node.domain != kHeddleDomain) return out;
    for (const auto& [name, attribute] : node.attributes) {
      if (const auto* integer = std::get_if<std::int64_t>(&attribute)) out.emplace(name, *integer);
      if (const auto* real = std::get_if<double>(&attribute)) out.emplace(name, *real);
      if (const auto* text = std::get_if<std::string>(&attribute)) out.emplace(name, *text);
    }
    return out;
  }

  graph::ValueId operand_of(const Node& node, Op op, std::size_t index) {
    const ValueId id = node.inputs[index];
    const Value& value = model_.value(id);
    const std::int64_t count = element_count(value.shape);
    if (op == Op::kFullAttention && index == 3) {
      if (const auto computed = known_.find(id); computed != known_.end()) return computed->second;
      const std::int64_t keys = value.shape.back();
      const std::vector<Dim> one{Dim(keys)}, several{Dim(count / keys), Dim(keys)};
      return given(
          id, {value.type == ElementType::kBool ? DType::kBool : DType::kF32, count == keys ? one : several});
    }
    if (op == Op::kAdd || op == Op::kMul) {
      // Constants are broadcast when their elements are handed over.
      if (value.constant)
        return constant(id, matrix_type(model_.value(node.outputs[0]).shape), node.outputs[0]);
      return operand(id);
    }
    const bool vector =
        (index >= 1 && (op == Op::kLayerNorm || op == Op::kRmsNorm)) || (index == 2 && op == Op::kLinear);
    if (vector) return constant(id, {DType::kF32, {Dim(count)}}, id);
    return operand(id);
  }

  /// Rows of features: computed, given, or a constant matrix.
  graph::ValueId operand(ValueId id) {
    const auto found = known_.find(id);
    if (found != known_.end()) return found->second;
    const Type type = matrix_type(model_.value(id).shape);
    return model_.value(id).constant ? constant(id, type, id) : given(id, type);
  }

  graph::ValueId given(ValueId id, const Type& type) {
    const auto found = given_.find(id);
    if (found != given_.end()) {
      if (segment_->graph.value(found->second).type != type) {
        throw std::runtime_error(
            fmt::format("{}: \"{}\" is used in two types", model_.name, model_.value(id).name));
      }
      return found->second;
    }
    const graph::ValueId typed =
        segment_->graph.add_value(fresh(model_.value(id).name), ValueKind::kInput, type);
    segment_->inputs.emplace_back(typed, id);
    given_[id] = typed;
    if (type == matrix_type(model_.value(id).shape)) known_[id] = typed;
    return typed;
  }

  /// `like`: the value whose shape the constant is broadcast to; itself where it is used as it is.
  graph::ValueId constant(ValueId id, const Type& type, ValueId like) {
    const std::string key =
        fmt::format("{} {}", id, like == id ? std::string() : shape_text(model_.value(like).shape));
    const auto found = constants_.find(key);
    if (found != constants_.end()) return found->second;
    const std::string& name = model_.value(id).name;
    const graph::ValueId typed =
        segment_->graph.add_value(fresh(name), ValueKind::kConstant, type, {model_.name, name});
    segment_->constants.push_back({typed, id, model_.value(like).shape});
    constants_[key] = typed;
    return typed;
  }

  std::string fresh(const std::string& name) {
    std::string out = name;
    for (int i = 2; !names_.insert(out).second; ++i) out = fmt::format("{}.{}", name, i);
    return out;
  }

  const Model& model_;
  Segment* segment_;
  std::map<ValueId, graph::ValueId> known_, given_;
  std::map<std::string, graph::ValueId> constants_;
  std::set<std::string> names_;
};

}  // namespace

void build_segment_graph(const Model& model, const std::vector<bool>& wanted, Segment* segment) {
  Builder builder(model, segment);
  for (const std::size_t index : segment->nodes) {
    try {
      builder.add(model.nodes[index]);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: {}", place(model, model.nodes[index]), error.what()));
    }
  }
  builder.finish(wanted);
}

}  // namespace heddle::graph::onnx
