// Scaled dot-product attention over heads, from the projections to the joined result:
//   Reshape(Transpose(MatMul(Softmax(scores), values)))
//   scores: MatMul(queries, keys^T) with factors and masks around it
// with any number of sequences, any number of query heads for each key head, rotary positions on queries and
// keys, and masks that are recognised in attention_mask.cpp.
#include <cmath>
#include <optional>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/attention_mask.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// Whether a node transposes by this order of four axes, or of three without the first, the batch.
bool turns_by(const Rewriter& rewriter, const Node& node, const Shape& order) {
  const Shape found = rewriter.integers(node, "perm");
  if (found.size() != 3 || order[0] != 0) return found == order;
  return found == Shape{order[1] - 1, order[2] - 1, order[3] - 1};
}

/// A [batch, heads, tokens, head_dim] operand, traced to the matrix behind it whose rows are the tokens.
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

/// `order`: the axes by which [batch, tokens, heads, head_dim] became this operand.
std::optional<Heads> split_of(const Rewriter& rewriter, ValueId id, const Shape& order) {
  const Node* turn = rewriter.made_by(id, "Transpose");
  if (turn == nullptr || !turns_by(rewriter, *turn, order)) return std::nullopt;
  const Node* split = rewriter.made_by(turn->inputs[0], "Reshape");
  if (split == nullptr) return std::nullopt;
  if (rewriter.shape(turn->inputs[0]).size() > 4) return std::nullopt;
  const Shape &from = rewriter.shape(split->inputs[0]), to = in_four(rewriter.shape(turn->inputs[0]));
  if (from.size() < 2 || from.back() != to[2] * to[3]) return std::nullopt;
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

/// Keys as the second operand of their product: [batch, heads, head_dim, tokens].
std::optional<Heads> keys_of(const Rewriter& rewriter, ValueId id) {
  const Rewriter::Product product = rewriter.product(id);
  if (product.factors.size() != 1) return std::nullopt;
  std::optional<Heads> keys = split_of(rewriter, product.factors[0], {0, 2, 3, 1});
  if (!keys) {
    const Node* turn = rewriter.made_by(product.factors[0], "Transpose");
    if (turn == nullptr || !turns_by(rewriter, *turn, {0, 1, 3, 2})) return std::nullopt;
    keys = heads_of(rewriter, turn->inputs[0]);
  }
  if (keys) keys->factor *= product.coefficient;
  return keys;
}

/// Counts of 1 are left out.
void add_count(std::map<std::string, Attribute>* attributes, const char* name, std::int64_t count) {
  if (count != 1) attributes->emplace(name, count);
}

ValueId rotated(Rewriter& rewriter, const Heads& heads, std::int64_t batch, std::int64_t width) {
  if (heads.theta == 0) return heads.matrix;
  std::map<std::string, Attribute> attributes = {
      {"heads", heads.heads}, {"head_dim", width}, {"theta", heads.theta}};
  add_count(&attributes, "batch", batch);
  return rewriter.append("Rope", kHeddleDomain, {heads.matrix},
                         rewriter.model().value(heads.matrix).name + ".rope", ElementType::kFloat,
                         rewriter.shape(heads.matrix), attributes);
}

void recover(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Reshape") return;
  const Node* turn = rewriter.made_by(node.inputs[0], "Transpose");
  if (turn == nullptr || !turns_by(rewriter, *turn, {0, 2, 1, 3})) return;
  const Node* weighted = rewriter.made_by(turn->inputs[0], "MatMul");
  const Node* softmax = weighted == nullptr ? nullptr : rewriter.made_by(weighted->inputs[0], "Softmax");
  if (softmax == nullptr) return;
  const std::size_t rank = rewriter.shape(turn->inputs[0]).size();
  if (rank != 3 && rank != 4) return;
  const Shape shape = in_four(rewriter.shape(turn->inputs[0]));  // [batch, heads, rows, head_dim]
  const std::int64_t axis = rewriter.integer(*softmax, "axis", softmax->version < 13 ? 1 : -1);
  if (axis != -1 && axis != static_cast<std::int64_t>(rank) - 1) return;
  const auto scores = match_scores(rewriter, softmax->inputs[0]);
  if (!scores) return;
  for (const ValueId id : {scores->product->inputs[0], scores->product->inputs[1], weighted->inputs[1]}) {
    if (rewriter.shape(id).size() != rank || in_four(rewriter.shape(id))[0] != shape[0]) return;
  }
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
  std::vector<ValueId> inputs = {rotated(rewriter, *queries, shape[0], shape[3]),
                                 rotated(rewriter, *keys, shape[0], shape[3]), values->matrix};
  std::map<std::string, Attribute> attributes = {{"heads", shape[1]},
                                                 {"kv_heads", keys->heads},
                                                 {"head_dim", shape[3]},
                                                 {"scale", scale},
                                                 {"causal", std::int64_t{scores->causal ? 1 : 0}}};
  add_count(&attributes, "batch", shape[0]);
  if (scores->mask != kAbsent) {
    const ValueId mask = scores->flags ? as_flags(rewriter, scores->mask) : scores->mask;
    const Shape extents = in_four(rewriter.shape(mask));
    add_count(&attributes, "mask_batch", extents[0]);
    add_count(&attributes, "mask_heads", extents[1]);
    add_count(&attributes, "mask_rows", extents[2]);
    inputs.push_back(mask);
  }
  rewriter.replace(index, "Attention", inputs, attributes);
}

}  // namespace

void recover_attention(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover(rewriter, i);
}

}  // namespace heddle::graph::onnx
