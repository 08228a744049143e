#include "compiler/graph/onnx/pad_heads.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// Where element i of a head of `width` goes in one of `padded`. Rotary positions pair element i with
/// i + width / 2, so that each half keeps its place in its half.
struct HeadMap {
  std::int64_t width, padded;
  bool halves;
  std::int64_t at(std::int64_t i) const { return halves && i >= width / 2 ? i - width / 2 + padded / 2 : i; }
};

/// Rows of a matrix [heads * width, inner] at their places in [heads * padded, inner], zeros between.
Tensor padded_rows(const Tensor& matrix, const HeadMap& map) {
  const std::int64_t heads = matrix.shape()[0] / map.width, inner = matrix.count() / matrix.shape()[0];
  const std::vector<float> from = matrix.floats();
  Shape shape(matrix.shape());
  shape[0] = heads * map.padded;
  std::vector<float> to(static_cast<std::size_t>(element_count(shape)), 0.0f);
  for (std::int64_t row = 0; row < heads * map.width; ++row) {
    const std::int64_t place = row / map.width * map.padded + map.at(row % map.width);
    std::copy_n(from.begin() + row * inner, inner, to.begin() + place * inner);
  }
  return Tensor::of_floats(shape, to);
}

/// The same for the columns of [outputs, heads * width].
Tensor padded_columns(const Tensor& matrix, const HeadMap& map) {
  const std::int64_t outputs = matrix.shape()[0], columns = matrix.shape()[1];
  const std::int64_t wide = columns / map.width * map.padded;
  const std::vector<float> from = matrix.floats();
  std::vector<float> to(static_cast<std::size_t>(outputs * wide), 0.0f);
  for (std::int64_t row = 0; row < outputs; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const std::int64_t place = column / map.width * map.padded + map.at(column % map.width);
      to[static_cast<std::size_t>(row * wide + place)] =
          from[static_cast<std::size_t>(row * columns + column)];
    }
  }
  return Tensor::of_floats({outputs, wide}, to);
}

class Padding {
 public:
  Padding(Rewriter& rewriter, std::size_t index, std::int64_t multiple)
      : rewriter_(rewriter), index_(index), node_(rewriter.node(index)) {
    width_ = rewriter.integer(node_, "head_dim", 0);
    padded_ = (width_ + multiple - 1) / multiple * multiple;
  }

  void run() {
    if (padded_ == width_ || !all_linear()) return;
    for (std::size_t i = 0; i < 3; ++i) node_.inputs[i] = padded_operand(node_.inputs[i]);
    const ValueId result = node_.outputs[0];
    Shape shape = rewriter_.shape(result);
    shape.back() = shape.back() / width_ * padded_;
    node_.attributes["head_dim"] = padded_;
    const ValueId wide = rewriter_.append("Attention", kHeddleDomain, node_.inputs, node_.name + ".padded",
                                          ElementType::kFloat, shape, node_.attributes);
    for (const std::size_t user : users_) {
      std::vector<ValueId> inputs = rewriter_.node(user).inputs;
      const std::string name = rewriter_.model().value(inputs[1]).name + ".padded";
      inputs[1] = rewriter_.add_constant(
          name, padded_columns(*rewriter_.constant(inputs[1]), {width_, padded_, false}));
      inputs[0] = wide;
      rewriter_.replace(user, "Linear", inputs, rewriter_.node(user).attributes);
    }
  }

 private:
  const Node* linear(ValueId id) const {
    const Node* node = rewriter_.maker(id);
    return node != nullptr && node->domain == kHeddleDomain && node->op == "Linear" ? node : nullptr;
  }
  const Node* rope(ValueId id) const {
    const Node* node = rewriter_.maker(id);
    return node != nullptr && node->domain == kHeddleDomain && node->op == "Rope" ? node : nullptr;
  }

  /// Operands come from linears, and the result goes to linears only.
  bool all_linear() {
    for (std::size_t i = 0; i < 3; ++i) {
      const Node* turned = rope(node_.inputs[i]);
      if (linear(turned == nullptr ? node_.inputs[i] : turned->inputs[0]) == nullptr) return false;
    }
    const auto& outputs = rewriter_.model().outputs;
    if (std::find(outputs.begin(), outputs.end(), node_.outputs[0]) != outputs.end()) return false;
    for (std::size_t i = 0; i < rewriter_.size(); ++i) {
      const Node& user = rewriter_.node(i);
      if (std::find(user.inputs.begin(), user.inputs.end(), node_.outputs[0]) == user.inputs.end()) continue;
      if (user.domain != kHeddleDomain || user.op != "Linear") return false;
      users_.push_back(i);
    }
    return !users_.empty();
  }

  /// Queries and keys keep the two halves apart if either is rotated, so that their products stay the same.
  ValueId padded_operand(ValueId id) {
    const bool rotated = rope(rewriter_.node(index_).inputs[0]) != nullptr ||
                         rope(rewriter_.node(index_).inputs[1]) != nullptr;
    const bool value = id == rewriter_.node(index_).inputs[2];
    const HeadMap map{width_, padded_, rotated && !value};
    const Node* turned = rope(id);
    const Node product = *linear(turned == nullptr ? id : turned->inputs[0]);
    std::vector<ValueId> inputs = product.inputs;
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      const std::string name = rewriter_.model().value(inputs[i]).name + ".padded";
      inputs[i] = rewriter_.add_constant(name, padded_rows(*rewriter_.constant(inputs[i]), map));
    }
    Shape shape = rewriter_.shape(product.outputs[0]);
    shape.back() = shape.back() / width_ * padded_;
    std::map<std::string, Attribute> attributes =
        turned == nullptr ? std::map<std::string, Attribute>{} : turned->attributes;
    const std::string name = turned == nullptr ? "" : turned->name;
    const ValueId wide = rewriter_.append("Linear", kHeddleDomain, inputs, product.name + ".padded",
                                          ElementType::kFloat, shape, product.attributes);
    if (attributes.empty()) return wide;
    // theta^(-2 i / width) is the same frequency as (theta^(padded / width))^(-2 i / padded).
    const double theta = std::get<double>(attributes["theta"]);
    attributes["theta"] = std::pow(theta, static_cast<double>(padded_) / static_cast<double>(width_));
    attributes["head_dim"] = padded_;
    return rewriter_.append("Rope", kHeddleDomain, {wide}, name + ".padded", ElementType::kFloat, shape,
                            attributes);
  }

  Rewriter& rewriter_;
  std::size_t index_;
  Node node_;  // a copy: nodes move when others are added
  std::int64_t width_ = 0, padded_ = 0;
  std::vector<std::size_t> users_;
};

}  // namespace

void pad_heads(Model* model, std::int64_t multiple) {
  Rewriter rewriter(model);
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = rewriter.node(i);
    if (node.domain == kHeddleDomain && node.op == "Attention") Padding(rewriter, i, multiple).run();
  }
  sort_nodes(model);
  remove_unused(model);
}

}  // namespace heddle::graph::onnx
