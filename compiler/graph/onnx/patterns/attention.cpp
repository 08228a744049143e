// Scaled dot-product attention over heads, from the projections to the joined result:
//   Reshape(Transpose(MatMul(Softmax(scores), values)))
//   scores: MatMul(queries, keys^T) with factors and masks around it
// with one batch item, any number of query heads for each key head, rotary positions on queries and keys.
#include <cmath>
#include <optional>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

constexpr double kMasked = -1e4;  // what is added to a score that shall not count is at most this

/// A [1, heads, tokens, head_dim] operand, traced to the matrix [tokens, kv_heads * head_dim] behind it.
struct Heads {
  ValueId matrix = kAbsent;
  std::int64_t heads = 0;  // in the matrix, before they are repeated
  double factor = 1;       // that it is multiplied by
  double theta = 0;        // of its rotation; 0: none
};

/// Reshape(Expand(Unsqueeze(x))) that repeats each head: x; else id.
ValueId before_repetition(const Rewriter& rewriter, ValueId id) {
  const Node* join = rewriter.made_by(id, "Reshape");
  const Node* expand = join == nullptr ? nullptr : rewriter.made_by(join->inputs[0], "Expand");
  const Node* fresh = expand == nullptr ? nullptr : rewriter.made_by(expand->inputs[0], "Unsqueeze");
  if (fresh == nullptr) return id;
  const Shape &from = rewriter.shape(fresh->inputs[0]), &wide = rewriter.shape(expand->outputs[0]);
  const Shape &thin = rewriter.shape(fresh->outputs[0]), &to = rewriter.shape(id);
  if (from.size() != 4 || wide.size() != 5 || to.size() != 4) return id;
  const bool repeats = thin == Shape{from[0], from[1], 1, from[2], from[3]} &&
                       wide == Shape{from[0], from[1], wide[2], from[2], from[3]} &&
                       to == Shape{from[0], from[1] * wide[2], from[2], from[3]};
  return repeats ? fresh->inputs[0] : id;
}

/// `order`: the axes by which [1, tokens, heads, head_dim] became this operand.
std::optional<Heads> split_of(const Rewriter& rewriter, ValueId id, const Shape& order) {
  const Node* turn = rewriter.made_by(id, "Transpose");
  if (turn == nullptr || rewriter.integers(*turn, "perm") != order) return std::nullopt;
  const Node* split = rewriter.made_by(turn->inputs[0], "Reshape");
  if (split == nullptr) return std::nullopt;
  const Shape &from = rewriter.shape(split->inputs[0]), &to = rewriter.shape(turn->inputs[0]);
  if (to.size() != 4 || to[0] != 1 || from.size() < 2 || from.back() != to[2] * to[3] ||
      from[from.size() - 2] != to[1]) {
    return std::nullopt;
  }
  return Heads{split->inputs[0], to[2], 1, 0};
}

std::optional<Heads> heads_of(const Rewriter& rewriter, ValueId id) {
  const Rewriter::Product product = rewriter.product(id);
  if (product.factors.size() != 1) return std::nullopt;
  ValueId inner = before_repetition(rewriter, product.factors[0]);
  double theta = 0;
  if (const auto rotation = match_rotation(rewriter, inner)) {
    inner = rotation->source;
    theta = rotation->theta;
  }
  auto heads = split_of(rewriter, inner, {0, 2, 1, 3});
  if (!heads) return std::nullopt;
  heads->factor = product.coefficient;
  heads->theta = theta;
  return heads;
}

/// Keys as the second operand of their product: [1, heads, head_dim, tokens].
std::optional<Heads> keys_of(const Rewriter& rewriter, ValueId id) {
  const Rewriter::Product product = rewriter.product(id);
  if (product.factors.size() != 1) return std::nullopt;
  std::optional<Heads> keys = split_of(rewriter, product.factors[0], {0, 2, 3, 1});
  if (!keys) {
    const Node* turn = rewriter.made_by(product.factors[0], "Transpose");
    if (turn == nullptr || rewriter.integers(*turn, "perm") != Shape{0, 1, 3, 2}) return std::nullopt;
    keys = heads_of(rewriter, turn->inputs[0]);
  }
  if (keys) keys->factor *= product.coefficient;
  return keys;
}

/// What stands around the product of queries and keys.
struct Scores {
  const Node* product = nullptr;
  double factor = 1;
  bool causal = false;
  ValueId mask = kAbsent;  // [.., tokens], added
};

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

bool add_mask(const Rewriter& rewriter, ValueId mask, const Shape& shape, Scores* out) {
  if (const Tensor* constant = rewriter.constant(mask)) {
    const auto seen = allowed(*constant, shape, 0.0, kMasked);
    if (!seen || out->causal || !is_causal(*seen, shape)) return false;
    return out->causal = true;
  }
  if (const Node* wide = rewriter.made_by(mask, "Expand")) mask = wide->inputs[0];
  const Shape& own = rewriter.shape(mask);
  if (out->mask != kAbsent || own.empty() || own.back() != shape[3] || element_count(own) != shape[3] ||
      out->factor != 1)
    return false;
  out->mask = mask;
  return true;
}

std::optional<Scores> scores_of(const Rewriter& rewriter, ValueId id) {
  Scores out;
  for (int depth = 0; depth < 8; ++depth) {
    const Node* node = rewriter.maker(id);
    const Shape& shape = rewriter.shape(id);
    if (node == nullptr || !node->domain.empty() || shape.size() != 4 || shape[0] != 1) return std::nullopt;
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
      const bool first =
          rewriter.constant(node->inputs[0]) != nullptr || rewriter.shape(node->inputs[0]) != shape;
      if (!add_mask(rewriter, node->inputs[first ? 0 : 1], shape, &out)) return std::nullopt;
      id = node->inputs[first ? 1 : 0];
    } else if (node->op == "Where") {
      const Tensor* condition = rewriter.constant(node->inputs[0]);
      const auto otherwise = rewriter.scalar(node->inputs[2]), instead = rewriter.scalar(node->inputs[1]);
      if (condition == nullptr || out.causal) return std::nullopt;
      const bool keeps = otherwise && *otherwise <= kMasked;
      if (!keeps && !(instead && *instead <= kMasked)) return std::nullopt;
      const auto seen = allowed(*condition, shape, keeps ? 1.0 : 0.0, 1.0);
      if (!seen || !is_causal(*seen, shape)) return std::nullopt;
      out.causal = true;
      id = node->inputs[keeps ? 1 : 2];
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

/// (1 - Cast(m)) * very negative, of a mask m of ones and zeros: m itself as bool; else kAbsent.
ValueId padding_of(Rewriter& rewriter, ValueId mask) {
  const Rewriter::Product product = rewriter.product(mask);
  if (product.coefficient > kMasked || product.factors.size() != 1) return kAbsent;
  const Node* sub = rewriter.made_by(product.factors[0], "Sub");
  const auto one = sub == nullptr ? std::nullopt : rewriter.scalar(sub->inputs[0]);
  const Node* cast = one && *one == 1 ? rewriter.made_by(sub->inputs[1], "Cast") : nullptr;
  if (cast == nullptr || is_real(rewriter.model().value(cast->inputs[0]).type)) return kAbsent;
  const ValueId flags = cast->inputs[0];
  if (rewriter.model().value(flags).type == ElementType::kBool) return flags;
  return rewriter.append("Cast", "", {flags}, rewriter.model().value(flags).name + ".bool",
                         ElementType::kBool, rewriter.shape(flags),
                         {{"to", static_cast<std::int64_t>(ElementType::kBool)}});
}

ValueId rotated(Rewriter& rewriter, const Heads& heads, std::int64_t width) {
  if (heads.theta == 0) return heads.matrix;
  return rewriter.append("Rope", kHeddleDomain, {heads.matrix},
                         rewriter.model().value(heads.matrix).name + ".rope", ElementType::kFloat,
                         rewriter.shape(heads.matrix),
                         {{"heads", heads.heads}, {"head_dim", width}, {"theta", heads.theta}});
}

void recover(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Reshape") return;
  const Node* turn = rewriter.made_by(node.inputs[0], "Transpose");
  if (turn == nullptr || rewriter.integers(*turn, "perm") != Shape{0, 2, 1, 3}) return;
  const Node* weighted = rewriter.made_by(turn->inputs[0], "MatMul");
  const Node* softmax = weighted == nullptr ? nullptr : rewriter.made_by(weighted->inputs[0], "Softmax");
  if (softmax == nullptr) return;
  const Shape shape = rewriter.shape(turn->inputs[0]);  // [1, heads, rows, head_dim]
  const std::int64_t axis = rewriter.integer(*softmax, "axis", softmax->version < 13 ? 1 : -1);
  if (shape.size() != 4 || shape[0] != 1 || (axis != -1 && axis != 3)) return;
  const auto scores = scores_of(rewriter, softmax->inputs[0]);
  if (!scores) return;
  const auto queries = heads_of(rewriter, scores->product->inputs[0]),
             values = heads_of(rewriter, weighted->inputs[1]);
  const auto keys = keys_of(rewriter, scores->product->inputs[1]);
  if (!queries || !keys || !values || values->factor != 1 || values->theta != 0 || queries->heads != shape[1])
    return;
  if (keys->heads != values->heads || shape[1] % keys->heads != 0) return;
  if (rewriter.shape(queries->matrix).back() != shape[1] * shape[3] ||
      rewriter.shape(keys->matrix).back() != keys->heads * shape[3])
    return;
  if (rewriter.shape(node.outputs[0]).back() != shape[1] * shape[3]) return;
  const double scale = scores->factor * queries->factor * keys->factor;
  if (!(scale > 0)) return;
  std::vector<ValueId> inputs = {rotated(rewriter, *queries, shape[3]), rotated(rewriter, *keys, shape[3]),
                                 values->matrix};
  if (scores->mask != kAbsent) {
    const ValueId padding = padding_of(rewriter, scores->mask);
    inputs.push_back(padding == kAbsent ? scores->mask : padding);
  }
  rewriter.replace(index, "Attention", inputs,
                   {{"heads", shape[1]},
                    {"kv_heads", keys->heads},
                    {"head_dim", shape[3]},
                    {"scale", scale},
                    {"causal", std::int64_t{scores->causal ? 1 : 0}}});
}

}  // namespace

void recover_attention(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover(rewriter, i);
}

}  // namespace heddle::graph::onnx
