// Layer normalisation (Ba et al. 2016) and RMS normalisation (Zhang and Sennrich 2019) along the last axis.
#include <cmath>

#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// What a ReduceMean along the last axis, kept, takes; kAbsent where `id` is none.
ValueId mean_of(const Rewriter& rewriter, ValueId id) {
  const Node* node = rewriter.made_by(id, "ReduceMean");
  if (node == nullptr || rewriter.integer(*node, "keepdims", 1) != 1) return kAbsent;
  std::vector<std::int64_t> axes = rewriter.integers(*node, "axes");
  if (node->inputs.size() > 1) {
    const Tensor* list = rewriter.constant(node->inputs[1]);
    if (list == nullptr) return kAbsent;
    axes = list->integers();
  }
  const auto rank = static_cast<std::int64_t>(rewriter.shape(node->inputs[0]).size());
  return axes.size() == 1 && (axes[0] == -1 || axes[0] == rank - 1) ? node->inputs[0] : kAbsent;
}

/// What is squared: Pow(x, 2) or Mul(x, x).
ValueId square_of(const Rewriter& rewriter, ValueId id) {
  if (const Node* node = rewriter.made_by(id, "Pow")) {
    const auto exponent = rewriter.scalar(node->inputs[1]);
    return exponent && *exponent == 2 ? node->inputs[0] : kAbsent;
  }
  const Node* node = rewriter.made_by(id, "Mul");
  return node != nullptr && node->inputs[0] == node->inputs[1] ? node->inputs[0] : kAbsent;
}

struct Normalised {
  ValueId value = kAbsent;  // what is divided by the root of its mean square
  double epsilon = 0;
};

/// x / Sqrt(Mean(x^2) + epsilon), also as a product with the reciprocal.
std::optional<Normalised> normalised(const Rewriter& rewriter, const Node& node) {
  const auto under_root = [&](ValueId root, ValueId x) -> std::optional<Normalised> {
    const Node* sqrt = rewriter.made_by(root, "Sqrt");
    const Node* add = sqrt == nullptr ? nullptr : rewriter.made_by(sqrt->inputs[0], "Add");
    const auto sum = add == nullptr ? std::nullopt : rewriter.with_scalar(*add);
    if (!sum || sum->number <= 0 || square_of(rewriter, mean_of(rewriter, sum->other)) != x)
      return std::nullopt;
    return Normalised{x, sum->number};
  };
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "Div") return under_root(node.inputs[1], node.inputs[0]);
  if (node.op != "Mul") return std::nullopt;
  for (const int side : {0, 1}) {
    const Node* inverse = rewriter.made_by(node.inputs[static_cast<std::size_t>(side)], "Reciprocal");
    if (inverse == nullptr) {
      const Node* div = rewriter.made_by(node.inputs[static_cast<std::size_t>(side)], "Div");
      const auto one = div == nullptr ? std::nullopt : rewriter.scalar(div->inputs[0]);
      if (!one || *one != 1) continue;
      if (auto found = under_root(div->inputs[1], node.inputs[static_cast<std::size_t>(1 - side)]))
        return found;
      continue;
    }
    if (auto found = under_root(inverse->inputs[0], node.inputs[static_cast<std::size_t>(1 - side)]))
      return found;
  }
  return std::nullopt;
}

/// The operand of a binary node that is a constant vector as wide as the last axis; and the other operand.
struct WithVector {
  ValueId vector, other;
};
std::optional<WithVector> with_vector(const Rewriter& rewriter, const Node& node) {
  const std::int64_t width =
      rewriter.shape(node.outputs[0]).empty() ? 0 : rewriter.shape(node.outputs[0]).back();
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    const Tensor* tensor = rewriter.constant(node.inputs[side]);
    if (tensor != nullptr && tensor->rank() >= 1 && tensor->count() == width &&
        tensor->shape().back() == width) {
      return WithVector{node.inputs[side], node.inputs[1 - side]};
    }
  }
  return std::nullopt;
}

/// Weight or bias as a vector of its own.
ValueId as_vector(Rewriter& rewriter, ValueId id) {
  const Tensor& tensor = *rewriter.constant(id);
  if (tensor.rank() == 1) return id;
  return rewriter.add_constant(rewriter.model().value(id).name, tensor.reshaped({tensor.count()}));
}

/// x * weight where x is normalised: a layer norm without bias if x is centred, else an RMS norm.
void recover_scaled(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Mul") return;
  const auto scaled = with_vector(rewriter, node);
  const Node* inner = scaled ? rewriter.maker(scaled->other) : nullptr;
  const auto found = inner == nullptr ? std::nullopt : normalised(rewriter, *inner);
  if (!found) return;
  const Node* centred = rewriter.made_by(found->value, "Sub");
  const bool layer = centred != nullptr && mean_of(rewriter, centred->inputs[1]) == centred->inputs[0];
  const ValueId x = layer ? centred->inputs[0] : found->value;
  rewriter.replace(index, layer ? "LayerNorm" : "RmsNorm", {x, as_vector(rewriter, scaled->vector)},
                   {{"epsilon", found->epsilon}});
}

/// The bias of a layer norm that has none so far.
void recover_bias(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Add") return;
  const auto biased = with_vector(rewriter, node);
  const Node* norm = biased ? rewriter.maker(biased->other) : nullptr;
  if (norm == nullptr || norm->domain.empty() || norm->op != "LayerNorm" || norm->inputs.size() != 2) return;
  const std::vector<ValueId> inputs = norm->inputs;
  const auto attributes = norm->attributes;
  const ValueId bias = as_vector(rewriter, biased->vector);
  rewriter.replace(index, "LayerNorm", {inputs[0], inputs[1], bias}, attributes);
}

/// LayerNormalization of opset 17, along the last axis.
void recover_operator(Rewriter& rewriter, std::size_t index) {
  const Node& node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "LayerNormalization") return;
  const auto rank = static_cast<std::int64_t>(rewriter.shape(node.inputs[0]).size());
  const std::int64_t axis = rewriter.integer(node, "axis", -1);
  if (axis != -1 && axis != rank - 1) return;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const Tensor* tensor = node.inputs[i] == kAbsent ? nullptr : rewriter.constant(node.inputs[i]);
    if (tensor == nullptr || tensor->count() != rewriter.shape(node.inputs[0]).back()) return;
  }
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (node.outputs[i] != kAbsent) return;  // somebody wants the mean
  }
  const auto found = node.attributes.find("epsilon");
  const double epsilon = found == node.attributes.end() ? 1e-5 : std::get<double>(found->second);
  std::vector<ValueId> inputs = node.inputs;
  for (std::size_t i = 1; i < inputs.size(); ++i) inputs[i] = as_vector(rewriter, inputs[i]);
  rewriter.replace(index, "LayerNorm", inputs, {{"epsilon", epsilon}});
}

}  // namespace

void recover_layer_norms(Rewriter& rewriter) {
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_operator(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_scaled(rewriter, i);
  for (std::size_t i = 0; i < rewriter.size(); ++i) recover_bias(rewriter, i);
}

}  // namespace heddle::graph::onnx
