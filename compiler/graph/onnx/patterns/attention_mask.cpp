#include "compiler/graph/onnx/patterns/attention_mask.hpp"

#include <vector>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

namespace {

constexpr double kMasked = -1e4;  // what is added to a score that shall not count is at most this

/// Which keys count for each row, where a constant says so; nothing where it says something else as well.
std::optional<std::vector<bool>> allowed(const Tensor& tensor, const Shape& scores, double none,
                                         double most_masked) {
  const std::int64_t rows = scores[2], keys = scores[3];
  if (tensor.count() != rows * keys || tensor.rank() < 2 || tensor.shape().back() != keys)
    return std::nullopt;
  std::vector<bool> out;
  for (const double value : tensor.reals()) {
    if (value != none && value > most_masked) return std::nullopt;
    out.push_back(value == none);
  }
  return out;
}

/// True where row t may see keys 0 .. t + keys - rows and no others.
bool is_causal(const std::vector<bool>& seen, const Shape& scores) {
  const std::int64_t rows = scores[2], keys = scores[3];
  for (std::int64_t t = 0; t < rows; ++t) {
    for (std::int64_t s = 0; s < keys; ++s) {
      if (seen[static_cast<std::size_t>(t * keys + s)] != (s <= t + keys - rows)) return false;
    }
  }
  return rows <= keys;
}

bool fits(const Shape& mask, const Shape& scores) {
  if (mask.empty() || mask.size() > 4 || mask.back() != scores[3]) return false;
  const Shape wide = in_four(mask);
  for (std::size_t i = 0; i < 3; ++i) {
    if (wide[i] != 1 && wide[i] != scores[i]) return false;
  }
  return true;
}

/// The ones and zeros behind a condition, or behind numbers that are not zero where it holds: a value of bool
/// or integers that is 1 where the condition is `wanted`. kAbsent where there is no such value.
ValueId flags_behind(const Rewriter& rewriter, ValueId id, bool wanted) {
  for (int depth = 0; depth < 12; ++depth) {
    const Node* node = rewriter.maker(id);
    const auto is = [&](const char* op) { return node != nullptr && node->domain.empty() && node->op == op; };
    if (is("Cast") || is("Expand")) {
      id = node->inputs[0];
    } else if (is("Not")) {
      wanted = !wanted;
      id = node->inputs[0];
    } else if (is("Equal")) {
      const auto compared = rewriter.with_scalar(*node);
      if (!compared || (compared->number != 0 && compared->number != 1)) break;
      if (compared->number == 0) wanted = !wanted;
      id = compared->other;
    } else if (is("Sub") && rewriter.scalar(node->inputs[0]) == 1.0) {
      wanted = !wanted;
      id = node->inputs[1];
    } else {
      break;
    }
  }
  return wanted && !is_real(rewriter.model().value(id).type) ? id : kAbsent;
}

/// What a mask that is added leaves to count: (1 - flags) * very negative, or very negative where not flags.
ValueId flags_of_added(const Rewriter& rewriter, ValueId mask) {
  if (const Node* where = rewriter.made_by(mask, "Where")) {
    const auto chosen = rewriter.scalar(where->inputs[1]), otherwise = rewriter.scalar(where->inputs[2]);
    const bool masks = chosen && *chosen <= kMasked;
    // The other choice adds nothing: 0, or the numbers that are 0 there.
    if (masks && (otherwise == 0.0 || flags_behind(rewriter, where->inputs[2], false) ==
                                          flags_behind(rewriter, where->inputs[0], false)))
      return flags_behind(rewriter, where->inputs[0], false);
    if (otherwise && *otherwise <= kMasked && chosen == 0.0)
      return flags_behind(rewriter, where->inputs[0], true);
    return kAbsent;
  }
  const Rewriter::Product product = rewriter.product(mask);
  if (product.coefficient > kMasked || product.factors.size() != 1) return kAbsent;
  return flags_behind(rewriter, product.factors[0], false);
}

bool set_mask(const Rewriter& rewriter, ValueId mask, bool flags, const Shape& scores, Scores* out) {
  while (const Node* wide = rewriter.made_by(mask, "Expand")) mask = wide->inputs[0];
  if (out->mask != kAbsent || !fits(rewriter.shape(mask), scores)) return false;
  out->mask = mask;
  out->flags = flags;
  return true;
}

bool add_mask(const Rewriter& rewriter, ValueId mask, const Shape& shape, Scores* out) {
  if (const Tensor* constant = rewriter.constant(mask)) {
    const auto seen = allowed(*constant, shape, 0.0, kMasked);
    if (seen && !out->causal && is_causal(*seen, shape)) return out->causal = true;
    return out->factor == 1 && constant->type() == ElementType::kFloat &&
           set_mask(rewriter, mask, false, shape, out);
  }
  if (const ValueId flags = flags_of_added(rewriter, mask); flags != kAbsent)
    return set_mask(rewriter, flags, true, shape, out);
  if (const Node* sum = rewriter.made_by(mask, "Add")) {
    return add_mask(rewriter, sum->inputs[0], shape, out) && add_mask(rewriter, sum->inputs[1], shape, out);
  }
  return out->factor == 1 && rewriter.model().value(mask).type == ElementType::kFloat &&
         set_mask(rewriter, mask, false, shape, out);
}

/// Where(condition, scores, very negative), or the other way round: the scores; kAbsent where it is neither.
ValueId choose(const Rewriter& rewriter, const Node& node, const Shape& shape, Scores* out) {
  const auto instead = rewriter.scalar(node.inputs[1]), otherwise = rewriter.scalar(node.inputs[2]);
  const bool keeps = otherwise && *otherwise <= kMasked;
  if (!keeps && !(instead && *instead <= kMasked)) return kAbsent;
  const ValueId scores = node.inputs[keeps ? 1 : 2];
  if (const Tensor* condition = rewriter.constant(node.inputs[0])) {
    const auto seen = allowed(*condition, shape, keeps ? 1.0 : 0.0, 1.0);
    if (!seen || out->causal || !is_causal(*seen, shape)) return kAbsent;
    out->causal = true;
    return scores;
  }
  const ValueId flags = flags_behind(rewriter, node.inputs[0], keeps);
  return flags != kAbsent && set_mask(rewriter, flags, true, shape, out) ? scores : kAbsent;
}

}  // namespace

Shape in_four(const Shape& shape) {
  Shape out(4 - shape.size(), 1);
  out.insert(out.end(), shape.begin(), shape.end());
  return out;
}

ValueId as_flags(Rewriter& rewriter, ValueId mask) {
  const Value& value = rewriter.model().value(mask);
  if (value.type == ElementType::kBool) return mask;
  const std::string name = value.name + ".bool";
  return rewriter.append("Cast", "", {mask}, name, ElementType::kBool, rewriter.shape(mask),
                         {{"to", static_cast<std::int64_t>(ElementType::kBool)}});
}

std::optional<Scores> match_scores(const Rewriter& rewriter, ValueId id) {
  Scores out;
  for (int depth = 0; depth < 8; ++depth) {
    const Node* node = rewriter.maker(id);
    const Shape& own = rewriter.shape(id);
    // Without a batch: one sequence.
    if (node == nullptr || !node->domain.empty() || (own.size() != 3 && own.size() != 4)) return std::nullopt;
    const Shape shape = in_four(own);
    if (node->op == "MatMul") {
      out.product = node;
      return out;
    }
    if (node->op == "Mul") {
      const auto scaled = rewriter.with_scalar(*node);
      if (!scaled) return std::nullopt;
      out.factor *= scaled->number;
      id = scaled->other;
    } else if (node->op == "Div") {
      const double divisor = rewriter.scalar(node->inputs[1]).value_or(0);
      if (divisor == 0) return std::nullopt;
      out.factor /= divisor;
      id = node->inputs[0];
    } else if (node->op == "Add") {
      const bool first = rewriter.constant(node->inputs[0]) != nullptr ||
                         rewriter.shape(node->inputs[0]) != own ||
                         (rewriter.maker(node->inputs[0]) == nullptr);
      if (!add_mask(rewriter, node->inputs[first ? 0 : 1], shape, &out)) return std::nullopt;
      id = node->inputs[first ? 1 : 0];
    } else if (node->op == "Where") {
      id = choose(rewriter, *node, shape, &out);
      if (id == kAbsent) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace heddle::graph::onnx
