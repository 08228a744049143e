// Patch embedding (Dosovitskiy et al. 2020): a convolution whose stride is its kernel is a product over
// patches, and a constant row in front of it (the class token) a patch of zeros to whose result a constant is
// added.
#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

ValueId reshaped(Rewriter& rewriter, ValueId x, const Shape& shape, const std::string& name) {
  const ValueId list = rewriter.add_constant(
      name + ".shape",
      Tensor::of_integers(ElementType::kInt64, {static_cast<std::int64_t>(shape.size())}, shape));
  return rewriter.append("Reshape", "", {x, list}, name, rewriter.model().value(x).type, shape);
}

/// Transpose(Reshape(Conv(image))) from [batch, C, h, w] by [batch, C, h w] to [batch, h w, C].
void recover_convolution(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Transpose" || rewriter.integers(node, "perm") != Shape{0, 2, 1})
    return;
  const Node* flat = rewriter.made_by(node.inputs[0], "Reshape");
  const Node* found = flat == nullptr ? nullptr : rewriter.made_by(flat->inputs[0], "Conv");
  if (found == nullptr) return;
  const Node conv = *found;
  const Tensor* weight = rewriter.constant(conv.inputs[1]);
  const Shape image = rewriter.shape(conv.inputs[0]), result = rewriter.shape(conv.outputs[0]);
  if (weight == nullptr || image.size() != 4 || rewriter.integer(conv, "group", 1) != 1) return;
  const Shape kernel(weight->shape().begin() + 2, weight->shape().end());
  const std::vector<std::int64_t> pads = rewriter.integers(conv, "pads"),
                                  dilations = rewriter.integers(conv, "dilations");
  if (rewriter.integers(conv, "strides") != kernel ||
      std::any_of(pads.begin(), pads.end(), [](auto pad) { return pad != 0; }) ||
      std::any_of(dilations.begin(), dilations.end(), [](auto step) { return step != 1; })) {
    return;
  }
  const std::int64_t rows = image[2] / kernel[0], columns = image[3] / kernel[1];
  if (rows * kernel[0] != image[2] || columns * kernel[1] != image[3] || result[2] != rows ||
      result[3] != columns)
    return;
  if (rewriter.shape(flat->outputs[0]) != Shape{image[0], result[1], rows * columns}) return;
  const std::int64_t width = image[1] * kernel[0] * kernel[1];
  const ValueId cut = reshaped(rewriter, conv.inputs[0],
                               {image[0], image[1], rows, kernel[0], columns, kernel[1]}, conv.name + ".cut");
  const ValueId moved = rewriter.append("Transpose", "", {cut}, conv.name + ".moved", ElementType::kFloat,
                                        {image[0], rows, columns, image[1], kernel[0], kernel[1]},
                                        {{"perm", std::vector<std::int64_t>{0, 2, 4, 1, 3, 5}}});
  const ValueId patches =
      reshaped(rewriter, moved, {image[0], rows * columns, width}, conv.name + ".patches");
  const ValueId matrix = rewriter.add_constant(rewriter.model().value(conv.inputs[1]).name + ".matrix",
                                               weight->reshaped({result[1], width}));
  std::vector<ValueId> inputs = {patches, matrix};
  if (conv.inputs.size() > 2 && conv.inputs[2] != kAbsent) {
    if (rewriter.constant(conv.inputs[2]) == nullptr) return;
    inputs.push_back(conv.inputs[2]);
  }
  rewriter.replace(index, "Linear", inputs, input_steps(conv));
}

/// Concat(constant rows, Linear(x)) along the rows: Linear(zeros and x) + constant.
void recover_constant_rows(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  const Shape shape = rewriter.shape(node.outputs[0]);
  if (!node.domain.empty() || node.op != "Concat" || shape.size() != 3) return;
  if (rewriter.integer(node, "axis", 0) != 1) return;
  const Node* maker = nullptr;
  for (const ValueId id : node.inputs) {
    if (rewriter.constant(id) != nullptr) continue;
    const Node* linear = rewriter.maker(id);
    if (maker != nullptr || linear == nullptr || linear->op != "Linear") return;
    maker = linear;
  }
  if (maker == nullptr) return;
  const Node linear = *maker;
  const std::int64_t width = shape[2], depth = rewriter.shape(linear.inputs[1])[1];
  std::vector<double> added;
  std::vector<double> bias(static_cast<std::size_t>(width), 0.0);
  if (linear.inputs.size() > 2) bias = rewriter.constant(linear.inputs[2])->reals();
  std::vector<ValueId> rows;
  for (std::int64_t item = 0; item < shape[0]; ++item) {
    for (const ValueId id : node.inputs) {
      const auto count = static_cast<std::size_t>(rewriter.shape(id)[1] * width);
      const Tensor* constant = rewriter.constant(id);
      const std::vector<double> values = constant == nullptr ? std::vector<double>() : constant->reals();
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = static_cast<std::size_t>(item) * count + i;
        added.push_back(constant == nullptr ? 0.0 : values[at] - bias[i % bias.size()]);
      }
    }
  }
  for (const ValueId id : node.inputs) {
    const Shape zeros{shape[0], rewriter.shape(id)[1], depth};
    rows.push_back(rewriter.constant(id) == nullptr
                       ? linear.inputs[0]
                       : rewriter.add_constant(
                             node.name + ".zeros",
                             Tensor::of_floats(
                                 zeros, std::vector<float>(static_cast<std::size_t>(element_count(zeros))))));
  }
  const ValueId padded = rewriter.append("Concat", "", rows, node.name + ".rows", ElementType::kFloat,
                                         {shape[0], shape[1], depth}, {{"axis", std::int64_t{1}}});
  std::vector<ValueId> inputs = linear.inputs;
  inputs[0] = padded;
  const ValueId product = rewriter.append("Linear", kHeddleDomain, inputs, linear.name + ".rows",
                                          ElementType::kFloat, shape, linear.attributes);
  const ValueId constant =
      rewriter.add_constant(node.name + ".added", Tensor::of_reals(ElementType::kFloat, shape, added));
  rewriter.redirect(node.outputs[0], rewriter.append("Add", "", {product, constant}, node.name + ".with_rows",
                                                     ElementType::kFloat, shape));
}

/// Add(Add(x, constant), constant): the constants are added first.
void join_constants(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Add") return;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Tensor* outer = rewriter.constant(node.inputs[side]);
    const Node* inner = rewriter.made_by(node.inputs[1 - side], "Add");
    if (outer == nullptr || inner == nullptr) continue;
    for (const std::size_t part : {std::size_t{0}, std::size_t{1}}) {
      const Tensor* first = rewriter.constant(inner->inputs[part]);
      if (first == nullptr || first->shape() != outer->shape()) continue;
      std::vector<double> sum = first->reals();
      const std::vector<double> more = outer->reals();
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
      const ValueId x = inner->inputs[1 - part];
      const ValueId constant =
          rewriter.add_constant(node.name + ".sum", Tensor::of_reals(outer->type(), outer->shape(), sum));
      return rewriter.redirect(
          node.outputs[0],
          rewriter.append("Add", "", {x, constant}, node.name + ".joined",
                          rewriter.model().value(node.outputs[0]).type, rewriter.shape(node.outputs[0])));
    }
  }
}

}  // namespace

void recover_patch_embeddings(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover_convolution(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) recover_constant_rows(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) join_constants(rewriter, i);
}

}  // namespace heddle::graph::onnx
