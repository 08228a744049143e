// Products with constant matrices: Gemm, MatMul with an Add behind it, and one that is split into several.
#include <fmt/format.h>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// The matrix [rows, columns] as [columns, rows], times a factor, in float.
Tensor transposed(const Tensor& matrix, double factor) {
  const std::int64_t rows = matrix.shape()[0], columns = matrix.shape()[1];
  const std::vector<double> values = matrix.reals();
  std::vector<double> out(values.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      out[static_cast<std::size_t>(j * rows + i)] =
          factor * values[static_cast<std::size_t>(i * columns + j)];
    }
  }
  return Tensor::of_reals(ElementType::kFloat, {columns, rows}, out);
}

Tensor scaled(const Tensor& tensor, double factor) {
  std::vector<double> values = tensor.reals();
  for (double& value : values) value *= factor;
  return Tensor::of_reals(ElementType::kFloat, tensor.shape(), values);
}

const Tensor* float_matrix(const Rewriter& rewriter, ValueId id) {
  const Tensor* tensor = rewriter.constant(id);
  return tensor != nullptr && tensor->rank() == 2 && is_real(tensor->type()) && tensor->count() > 0 ? tensor
                                                                                                    : nullptr;
}

void recover_matmul(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "MatMul" || rewriter.shape(node.inputs[0]).empty()) return;
  const Tensor* weight = float_matrix(rewriter, node.inputs[1]);
  if (weight == nullptr || rewriter.constant(node.inputs[0]) != nullptr) return;
  const ValueId turned =
      rewriter.add_constant(rewriter.model().value(node.inputs[1]).name + ".T", transposed(*weight, 1.0));
  rewriter.replace(index, "Linear", {node.inputs[0], turned}, input_steps(node));
}

void recover_gemm(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Gemm" || rewriter.integer(node, "transA", 0) != 0) return;
  const Tensor* weight = float_matrix(rewriter, node.inputs[1]);
  if (weight == nullptr || rewriter.constant(node.inputs[0]) != nullptr) return;
  const auto factor = [&](const char* name) {
    const auto found = node.attributes.find(name);
    return found == node.attributes.end() ? 1.0 : std::get<double>(found->second);
  };
  std::vector<ValueId> inputs = {node.inputs[0]};
  const bool flipped = rewriter.integer(node, "transB", 0) != 0;
  const std::string name = rewriter.model().value(node.inputs[1]).name;
  const std::int64_t outputs = weight->shape()[flipped ? 0 : 1];
  std::optional<Tensor> bias;
  if (node.inputs.size() > 2 && node.inputs[2] != kAbsent) {
    const Tensor* added = rewriter.constant(node.inputs[2]);
    if (added == nullptr || added->rank() < 1 || added->count() != outputs ||
        added->shape().back() != outputs)
      return;
    bias = scaled(added->reshaped({outputs}), factor("beta"));
  }
  if (flipped && factor("alpha") == 1 && weight->type() == ElementType::kFloat) {
    inputs.push_back(node.inputs[1]);
  } else {
    inputs.push_back(rewriter.add_constant(
        name + ".T", flipped ? scaled(*weight, factor("alpha")) : transposed(*weight, factor("alpha"))));
  }
  if (bias) inputs.push_back(rewriter.add_constant(node.name + ".bias", std::move(*bias)));
  rewriter.replace(index, "Linear", inputs, input_steps(node));
}

/// Linear without bias, and a constant vector that is added.
void recover_bias(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Add") return;
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Tensor* bias = rewriter.constant(node.inputs[side]);
    const Node* linear = rewriter.maker(node.inputs[1 - side]);
    if (bias == nullptr || linear == nullptr || linear->op != "Linear" || linear->inputs.size() != 2)
      continue;
    const std::int64_t outputs = rewriter.shape(linear->inputs[1])[0];
    if (bias->count() != outputs || bias->rank() < 1 || bias->shape().back() != outputs) continue;
    if (rewriter.shape(node.outputs[0]) != rewriter.shape(linear->outputs[0])) continue;
    std::vector<ValueId> inputs = linear->inputs;
    inputs.push_back(
        bias->rank() == 1 && bias->type() == ElementType::kFloat
            ? node.inputs[side]
            : rewriter.add_constant(node.name + ".bias",
                                    Tensor::of_reals(ElementType::kFloat, {outputs}, bias->reals())));
    const auto attributes = linear->attributes;
    return rewriter.replace(index, "Linear", inputs, attributes);
  }
}

/// Rows [begin, begin + count) of a constant.
Tensor rows_of(const Tensor& tensor, std::int64_t begin, std::int64_t count) {
  const std::int64_t width =
      tensor.count() / tensor.shape()[0] * static_cast<std::int64_t>(element_bytes(tensor.type()));
  Shape shape(tensor.shape());
  shape[0] = count;
  return Tensor(tensor.type(), shape,
                {tensor.bytes().begin() + begin * width, tensor.bytes().begin() + (begin + count) * width});
}

/// One product whose columns are split becomes several (GPT-2's queries, keys and values).
void recover_split(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Split") return;
  const Node* maker = rewriter.maker(node.inputs[0]);
  if (maker == nullptr || maker->op != "Linear") return;
  const Node linear = *maker;
  const Shape shape = rewriter.shape(node.inputs[0]);
  const std::int64_t axis = rewriter.integer(node, "axis", 0);
  if (axis != -1 && axis != static_cast<std::int64_t>(shape.size()) - 1) return;
  std::int64_t begin = 0;
  for (std::size_t part = 0; part < node.outputs.size(); ++part) {
    const ValueId from = node.outputs[part];
    if (from == kAbsent) return;
    const std::int64_t count = rewriter.shape(from).back();
    std::vector<ValueId> inputs = {linear.inputs[0]};
    for (std::size_t i = 1; i < linear.inputs.size(); ++i) {
      inputs.push_back(
          rewriter.add_constant(fmt::format("{}.part{}", rewriter.model().value(linear.inputs[i]).name, part),
                                rows_of(*rewriter.constant(linear.inputs[i]), begin, count)));
    }
    rewriter.redirect(
        from, rewriter.append("Linear", kHeddleDomain, inputs, fmt::format("{}.part{}", linear.name, part),
                              ElementType::kFloat, rewriter.shape(from), linear.attributes));
    begin += count;
  }
}

}  // namespace

void recover_linears(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover_matmul(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) recover_gemm(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) recover_bias(rewriter, i);
  for (std::size_t i = 0; i < count; ++i) recover_split(rewriter, i);
}

}  // namespace heddle::graph::onnx
