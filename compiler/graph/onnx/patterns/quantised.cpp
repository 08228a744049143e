// Products that the file has in 8 bits. Weights keep the file's scales: they become the reals that they stand
// for. Activations keep the file's scale and zero point where they enter a product with a constant; elsewhere
// (sums, norms, results of products) the accelerator has FP32, and the file's rounding is left out.
#include <algorithm>
#include <cmath>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

constexpr const char *kInputScale = "input_scale", *kInputZero = "input_zero";  // of a typed linear

/// What QuantizeLinear took, where `id` is its result; else kAbsent.
ValueId before_quantisation(const Rewriter& rewriter, ValueId id) {
  const Node* node = rewriter.made_by(id, "QuantizeLinear");
  return node == nullptr ? kAbsent : node->inputs[0];
}

/// scale * (matrix - zero), transposed to [N, K]: matrix [K, N], scale and zero one number or N. Nothing
/// where shapes are others.
std::optional<Tensor> real_weight(const Tensor& matrix, const std::vector<double>& scales,
                                  const Tensor* zero) {
  if (matrix.rank() != 2 || matrix.count() == 0) return std::nullopt;
  const auto rows = static_cast<std::size_t>(matrix.shape()[0]),
             columns = static_cast<std::size_t>(matrix.shape()[1]);
  const std::vector<double> zeros = zero == nullptr ? std::vector<double>{0.0} : zero->reals();
  if ((scales.size() != 1 && scales.size() != columns) || (zeros.size() != 1 && zeros.size() != columns))
    return std::nullopt;
  const std::vector<double> values = matrix.reals();
  std::vector<double> out(values.size());
  for (std::size_t k = 0; k < rows; ++k) {
    for (std::size_t n = 0; n < columns; ++n) {
      out[n * rows + k] = scales[n % scales.size()] * (values[k * columns + n] - zeros[n % zeros.size()]);
    }
  }
  return Tensor::of_reals(ElementType::kFloat, {matrix.shape()[1], matrix.shape()[0]}, out);
}

/// Attributes for products that read QuantizeLinear's result: x is round(x / scale) + zero, from -128 to 127,
/// where the file's bytes may be 0 to 255. None where there is a scale for each channel.
std::map<std::string, Attribute> steps_of(const Rewriter& rewriter, const Node& quantise) {
  const auto scale = rewriter.scalar(quantise.inputs[1]);
  const ValueId zero_id = quantise.inputs.size() > 2 ? quantise.inputs[2] : kAbsent;
  const auto zero = zero_id == kAbsent ? std::optional<double>(0) : rewriter.scalar(zero_id);
  if (!scale || !zero || !std::isnormal(static_cast<float>(*scale)) || *scale < 0) return {};
  const bool is_signed = zero_id != kAbsent && rewriter.model().value(zero_id).type == ElementType::kInt8;
  return {{kInputScale, *scale}, {kInputZero, static_cast<std::int64_t>(*zero) - (is_signed ? 0 : 128)}};
}

/// Gives the steps of a value to the products that read it, also by way of views and transposes.
void give_steps(Rewriter& rewriter, ValueId id, const std::map<std::string, Attribute>& steps, int depth) {
  for (Node& node : rewriter.model().nodes) {
    if (!node.domain.empty() || node.inputs.empty() || node.inputs[0] != id) continue;
    const auto is = [&](const char* op) { return node.op == op; };
    if (is("MatMul") || is("Gemm") || is("Conv")) {
      node.attributes.insert(steps.begin(), steps.end());
    } else if (depth < 4 && (is("Reshape") || is("Transpose") || is("Squeeze") || is("Unsqueeze") ||
                             is("Flatten") || is("Gather"))) {
      give_steps(rewriter, node.outputs[0], steps, depth + 1);
    }
  }
}

/// DequantizeLinear(QuantizeLinear(x)) with the same scale and zero point: x, whose products take the steps.
void drop_pair(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "DequantizeLinear") return;
  const ValueId x = before_quantisation(rewriter, node.inputs[0]);
  if (x == kAbsent) return;
  const Node& quantise = *rewriter.maker(node.inputs[0]);
  for (std::size_t i = 1; i < 3; ++i) {
    const Tensor* there = i < quantise.inputs.size() ? rewriter.constant(quantise.inputs[i]) : nullptr;
    const Tensor* back = i < node.inputs.size() ? rewriter.constant(node.inputs[i]) : nullptr;
    if ((there == nullptr) != (back == nullptr)) return;
    if (i == 1 && there == nullptr) return;
    if (there != nullptr && (there->shape() != back->shape() || there->bytes() != back->bytes())) return;
  }
  const auto steps = steps_of(rewriter, quantise);
  if (!steps.empty()) give_steps(rewriter, node.outputs[0], steps, 0);
  auto& outputs = rewriter.model().outputs;
  if (std::find(outputs.begin(), outputs.end(), node.outputs[0]) == outputs.end())
    return rewriter.redirect(node.outputs[0], x);
  Node& named = rewriter.model().nodes[index];  // an output keeps its name
  named.op = "Identity";
  named.inputs = {x};
  named.version = find_operator("", "Identity")->since.back();
}

/// DequantizeLinear(QLinearMatMul(QuantizeLinear(x), constant)): a product of reals.
void recover_static(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "DequantizeLinear") return;
  const Node* product = rewriter.made_by(node.inputs[0], "QLinearMatMul");
  if (product == nullptr) return;
  const ValueId x = before_quantisation(rewriter, product->inputs[0]);
  const Tensor *matrix = rewriter.constant(product->inputs[3]),
               *scale = rewriter.constant(product->inputs[4]);
  const Tensor* zero = rewriter.constant(product->inputs[5]);
  if (x == kAbsent || matrix == nullptr || scale == nullptr || zero == nullptr) return;
  // The scales of both results must be the same, else the file multiplies by their ratio.
  const auto given = rewriter.scalar(product->inputs[6]), taken = rewriter.scalar(node.inputs[1]);
  if (!given || !taken || *given != *taken) return;
  auto weight = real_weight(*matrix, scale->reals(), zero);
  if (!weight) return;
  const ValueId constant =
      rewriter.add_constant(rewriter.model().value(product->inputs[3]).name + ".real", std::move(*weight));
  const auto steps = steps_of(rewriter, *rewriter.maker(product->inputs[0]));
  rewriter.replace(index, "Linear", {x, constant}, steps);
}

/// Mul(Cast(MatMulInteger(DynamicQuantizeLinear(x), constant)), scale of x times scale of the constant).
void recover_dynamic(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Mul") return;
  const Rewriter::Product product = rewriter.product(node.outputs[0]);
  const Node *integer = nullptr, *quantise = nullptr;
  std::vector<double> scales = {product.coefficient};
  ValueId scale_of_x = kAbsent;
  for (const ValueId factor : product.factors) {
    const Node* cast = rewriter.made_by(factor, "Cast");
    const Node* inner = cast == nullptr ? nullptr : rewriter.made_by(cast->inputs[0], "MatMulInteger");
    const Node* range = rewriter.made_by(factor, "DynamicQuantizeLinear");
    if (inner != nullptr && integer == nullptr) {
      integer = inner;
    } else if (range != nullptr && quantise == nullptr && factor == range->outputs[1]) {
      quantise = range;
      scale_of_x = factor;
    } else if (const Tensor* vector = rewriter.constant(factor); vector != nullptr && scales.size() == 1) {
      scales = vector->reals();
      for (double& scale : scales) scale *= product.coefficient;
    } else {
      return;
    }
  }
  if (integer == nullptr || quantise == nullptr || scale_of_x == kAbsent) return;
  if (integer->inputs[0] != quantise->outputs[0] || integer->inputs.size() < 3 ||
      integer->inputs[2] != quantise->outputs[2])
    return;
  const Tensor* matrix = rewriter.constant(integer->inputs[1]);
  const bool has_zero = integer->inputs.size() > 3 && integer->inputs[3] != kAbsent;
  const Tensor* zero = has_zero ? rewriter.constant(integer->inputs[3]) : nullptr;
  if (matrix == nullptr || (has_zero && zero == nullptr)) return;
  auto weight = real_weight(*matrix, scales, zero);
  if (!weight) return;
  const std::string name = rewriter.model().value(integer->inputs[1]).name + ".real";
  const ValueId x = quantise->inputs[0], constant = rewriter.add_constant(name, std::move(*weight));
  rewriter.replace(index, "Linear", {x, constant});
}

}  // namespace

std::map<std::string, Attribute> input_steps(const Node& node) {
  std::map<std::string, Attribute> out;
  for (const char* name : {kInputScale, kInputZero}) {
    if (const auto found = node.attributes.find(name); found != node.attributes.end()) out.insert(*found);
  }
  return out;
}

void recover_quantised(Rewriter& rewriter) {
  for (std::size_t i = 0; i < rewriter.size(); ++i) drop_pair(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_static(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_dynamic(rewriter, i);
}

}  // namespace heddle::graph::onnx
