// Queries, keys and values from one product, told apart by an axis of their own, as image encoders write
// them: [batch, tokens, parts, heads, head_dim], transposed by (2, 0, 3, 1, 4), then one part by Gather, or
// by Split and Squeeze. Each part becomes a product of its own, split into heads.
//
// nn.MultiheadAttention of PyTorch 2 has [rows, batch, parts, width], and brings the parts to the front by
// Unsqueeze, Transpose and Squeeze.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// The node that gives all parts, and which one this node chooses.
struct Part {
  ValueId all = kAbsent;
  std::int64_t index = 0;
};

std::optional<Part> part_of(const Rewriter& rewriter, const Node& node) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "Gather" && rewriter.integer(node, "axis", 0) == 0 &&
      rewriter.shape(node.inputs[1]).empty()) {
    const auto index = rewriter.scalar(node.inputs[1]);
    if (!index) return std::nullopt;
    const std::int64_t count = rewriter.shape(node.inputs[0])[0];
    const auto whole = static_cast<std::int64_t>(*index);
    return Part{node.inputs[0], whole < 0 ? whole + count : whole};
  }
  const Node* split = node.op == "Squeeze" ? rewriter.made_by(node.inputs[0], "Split") : nullptr;
  if (split == nullptr || rewriter.integer(*split, "axis", 0) != 0 ||
      rewriter.shape(split->inputs[0]).size() != 5 || rewriter.shape(node.outputs[0]).size() != 4 ||
      static_cast<std::int64_t>(split->outputs.size()) != rewriter.shape(split->inputs[0])[0]) {
    return std::nullopt;
  }
  const auto at = std::find(split->outputs.begin(), split->outputs.end(), node.inputs[0]);
  return Part{split->inputs[0], at - split->outputs.begin()};
}

/// Rows [begin, begin + count) of a weight or bias.
Tensor rows(const Tensor& tensor, std::int64_t begin, std::int64_t count) {
  const std::vector<float> values = tensor.floats();
  const std::int64_t width = tensor.count() / tensor.shape()[0];
  Shape shape(tensor.shape());
  shape[0] = count;
  return Tensor::of_floats(shape, {values.begin() + begin * width, values.begin() + (begin + count) * width});
}

/// One part of a product's columns, as a product.
ValueId product_of_part(Rewriter& rewriter, const Node& product, std::int64_t part, std::int64_t width,
                        Shape shape) {
  std::vector<ValueId> inputs = {product.inputs[0]};
  for (std::size_t i = 1; i < product.inputs.size(); ++i) {
    const std::string constant =
        fmt::format("{}.part{}", rewriter.model().value(product.inputs[i]).name, part);
    inputs.push_back(
        rewriter.add_constant(constant, rows(*rewriter.constant(product.inputs[i]), part * width, width)));
  }
  return rewriter.append("Linear", kHeddleDomain, inputs, fmt::format("{}.part{}", product.name, part),
                         ElementType::kFloat, std::move(shape), product.attributes);
}

/// Gather(Squeeze(Transpose(Unsqueeze(Reshape(product))))): [rows, batch, width].
void recover_unstacked(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  const auto part = part_of(rewriter, node);
  const Node* front = part ? rewriter.made_by(part->all, "Squeeze") : nullptr;
  const Node* turn = front == nullptr ? nullptr : rewriter.made_by(front->inputs[0], "Transpose");
  if (turn == nullptr || rewriter.integers(*turn, "perm") != Shape{3, 1, 2, 0, 4}) return;
  const Node* fresh = rewriter.made_by(turn->inputs[0], "Unsqueeze");
  const Node* cut = fresh == nullptr ? nullptr : rewriter.made_by(fresh->inputs[0], "Reshape");
  const Node* maker = cut == nullptr ? nullptr : rewriter.maker(cut->inputs[0]);
  if (maker == nullptr || maker->domain != kHeddleDomain || maker->op != "Linear") return;
  const Node product = *maker;
  const Shape shape = rewriter.shape(cut->outputs[0]), result = rewriter.shape(node.outputs[0]);
  if (shape.size() != 4 || rewriter.shape(fresh->outputs[0])[0] != 1 ||
      rewriter.shape(product.outputs[0]) != Shape{shape[0], shape[1], shape[2] * shape[3]} ||
      result != Shape{shape[0], shape[1], shape[3]} || part->index < 0 || part->index >= shape[2])
    return;
  rewriter.redirect(node.outputs[0], product_of_part(rewriter, product, part->index, shape[3], result));
}

void recover(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  const auto part = part_of(rewriter, node);
  const Node* turn = part ? rewriter.made_by(part->all, "Transpose") : nullptr;
  if (turn == nullptr || rewriter.integers(*turn, "perm") != Shape{2, 0, 3, 1, 4}) return;
  const Node* cut = rewriter.made_by(turn->inputs[0], "Reshape");
  const Node* maker = cut == nullptr ? nullptr : rewriter.maker(cut->inputs[0]);
  if (maker == nullptr || maker->domain != kHeddleDomain || maker->op != "Linear") return;
  const Node product = *maker;
  const Shape shape = rewriter.shape(cut->outputs[0]);  // [batch, tokens, parts, heads, head_dim]
  const Shape from = rewriter.shape(product.outputs[0]);
  const std::int64_t width = shape[3] * shape[4];
  if (from != Shape{shape[0], shape[1], shape[2] * width}) return;
  if (part->index < 0 || part->index >= shape[2] ||
      rewriter.shape(node.outputs[0]) != Shape{shape[0], shape[3], shape[1], shape[4]})
    return;
  const ValueId matrix = product_of_part(rewriter, product, part->index, width, {shape[0], shape[1], width});
  const std::string name = rewriter.model().value(matrix).name;
  const Shape split{shape[0], shape[1], shape[3], shape[4]};
  const ValueId list =
      rewriter.add_constant(name + ".shape", Tensor::of_integers(ElementType::kInt64, {4}, split));
  const ValueId heads =
      rewriter.append("Reshape", "", {matrix, list}, name + ".split", ElementType::kFloat, split);
  rewriter.redirect(node.outputs[0], rewriter.append("Transpose", "", {heads}, name + ".heads",
                                                     ElementType::kFloat, rewriter.shape(node.outputs[0]),
                                                     {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}}));
}

}  // namespace

void recover_packed_heads(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) recover_unstacked(rewriter, i);
}

}  // namespace heddle::graph::onnx
