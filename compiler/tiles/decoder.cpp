#include "compiler/tiles/decoder.hpp"

#include <fmt/core.h>

#include <stdexcept>

namespace heddle::tiles {
namespace {

using graph::Graph;
using graph::Node;
using graph::Op;
using graph::ValueId;

/// Walks the nodes in order; every step states what must come next.
class Matcher {
 public:
  explicit Matcher(const Graph& graph) : graph_(graph) {}

  bool next_is(Op op) const { return at_ < graph_.nodes.size() && graph_.nodes[at_].op == op; }

  /// The next node, an `op` whose first operands are `inputs`; `inputs` of -1 may be anything.
  const Node& expect(Op op, const std::vector<ValueId>& inputs) {
    if (at_ >= graph_.nodes.size()) fail(fmt::format("the graph ends where {} should follow", op_name(op)));
    const Node& node = graph_.nodes[at_];
    if (node.op != op) {
      fail(fmt::format("node {} is {} where a decoder has {}", node.name, op_name(node.op), op_name(op)));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (i >= node.operands.size() || (inputs[i] >= 0 && node.operands[i] != inputs[i])) {
        fail(fmt::format("operand {} of node {} is not what a decoder computes there", i, node.name));
      }
    }
    ++at_;
    return node;
  }

  std::string tensor(const Node& node, std::size_t operand) const {
    if (operand >= node.operands.size()) return {};
    const graph::Value& value = graph_.value(node.operands[operand]);
    if (value.kind != graph::ValueKind::kConstant) {
      fail(fmt::format("operand {} of node {} is not a tensor of the model", operand, node.name));
    }
    return value.location.name;
  }

  void expect_end() const {
    if (at_ != graph_.nodes.size()) {
      fail(fmt::format("node {} follows the output layer", graph_.nodes[at_].name));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(
        fmt::format("graph {}: {}: only decoder-only transformers with RMSNorm, rotary "
                    "embedding and SwiGLU are compiled",
                    graph_.name, what));
  }

  const Graph& graph_;
  std::size_t at_ = 0;
};

ValueId result(const Node& node) { return node.results.at(0); }

struct Linear {
  std::string weight, bias;
  ValueId value;
};

Linear match_linear(Matcher& match, ValueId x) {
  const Node& node = match.expect(Op::kLinear, {x});
  return {match.tensor(node, 1), match.tensor(node, 2), result(node)};
}

ValueId match_layer(Matcher& match, ValueId x, DecoderLayer* layer) {
  const Node& norm = match.expect(Op::kRmsNorm, {x});
  layer->input_norm = match.tensor(norm, 1);
  const Linear q = match_linear(match, result(norm)), k = match_linear(match, result(norm));
  const Linear v = match_linear(match, result(norm));
  layer->q = q.weight, layer->q_bias = q.bias;
  layer->k = k.weight, layer->k_bias = k.bias;
  layer->v = v.weight, layer->v_bias = v.bias;
  const ValueId q_turned = result(match.expect(Op::kRope, {q.value}));
  const ValueId k_turned = result(match.expect(Op::kRope, {k.value}));
  const ValueId mixed = result(match.expect(Op::kAttention, {q_turned, k_turned, v.value}));
  const Linear o = match_linear(match, mixed);
  layer->o = o.weight, layer->o_bias = o.bias;
  const ValueId middle = result(match.expect(Op::kAdd, {x, o.value}));
  const Node& post = match.expect(Op::kRmsNorm, {middle});
  layer->post_norm = match.tensor(post, 1);
  const Linear gate = match_linear(match, result(post)), up = match_linear(match, result(post));
  layer->gate = gate.weight, layer->up = up.weight;
  const ValueId gated = result(match.expect(Op::kSiluMul, {gate.value, up.value}));
  const Linear down = match_linear(match, gated);
  layer->down = down.weight;
  return result(match.expect(Op::kAdd, {middle, down.value}));
}

}  // namespace

DecoderGraph match_decoder(const Graph& graph) {
  Matcher match(graph);
  DecoderGraph decoder;
  const Node& embedding = match.expect(Op::kEmbedding, {});
  decoder.embedding = match.tensor(embedding, 1);
  ValueId x = result(embedding);
  for (;;) {
    // A norm starts a layer, or is the last: then the output layer follows it.
    Matcher ahead = match;
    ahead.expect(Op::kRmsNorm, {x});
    if (ahead.next_is(Op::kLogits)) break;
    x = match_layer(match, x, &decoder.layers.emplace_back());
  }
  const Node& norm = match.expect(Op::kRmsNorm, {x});
  decoder.norm = match.tensor(norm, 1);
  decoder.output = match.tensor(match.expect(Op::kLogits, {result(norm)}), 1);
  match.expect_end();
  return decoder;
}

}  // namespace heddle::tiles
