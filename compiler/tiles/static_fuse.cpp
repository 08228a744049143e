#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include "compiler/graph/verifier.hpp"
#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_plan.hpp"

namespace heddle::tiles {
namespace {

using graph::Graph;
using graph::Node;
using graph::NodeId;
using graph::Op;
using graph::ValueId;

constexpr double kUnit = 1.0 / 127.0;

class Fuser {
 public:
  Fuser(const Graph& graph, const isa::Config& config) {
    plan_.config = config;
    plan_.name = graph.name;
    plan_.graph = graph;
    split_gates();
  }

  StaticPlan run() {
    graph::verify(graph());
    find_uses();
    for (std::size_t i = 0; i < graph().values.size(); ++i) {
      if (graph().values[i].kind == graph::ValueKind::kInput && !uses_[i].empty())
        plan_.inputs.push_back(given(static_cast<ValueId>(i)));
    }
    done_.assign(graph().nodes.size(), false);
    for (std::size_t i = 0; i < graph().nodes.size(); ++i) {
      if (!done_[i]) node(static_cast<NodeId>(i));
    }
    for (const ValueId id : graph().outputs) plan_.outputs.push_back(floats(id));
    place_tensors(&plan_);
    return std::move(plan_);
  }

 private:
  const Graph& graph() const { return plan_.graph; }

  [[noreturn]] void fail(const Node& node, const std::string& what) const {
    throw std::runtime_error(
        fmt::format("graph \"{}\": node \"{}\" ({}): {}", graph().name, node.name, op_name(node.op), what));
  }

  /// silu(gate) * up as two operations, so that the first fuses with the gate's product.
  void split_gates() {
    Graph& g = plan_.graph;
    Graph out;
    out.name = g.name;
    out.symbols = g.symbols;
    out.values = g.values;
    out.outputs = g.outputs;
    for (Node node : g.nodes) {
      if (node.op == Op::kSiluMul) {
        const ValueId up = node.operands[1], result = node.results[0];
        const graph::Type type = out.value(result).type;
        const ValueId silu =
            out.add_node(Op::kSilu, node.name + ".silu", {node.operands[0]}, type, {}, node.location);
        node.op = Op::kMul;
        node.operands = {silu, up};
      }
      for (const ValueId result : node.results)
        out.values[static_cast<std::size_t>(result)].producer = static_cast<NodeId>(out.nodes.size());
      out.nodes.push_back(std::move(node));
    }
    g = std::move(out);
  }

  void find_uses() {
    uses_.resize(graph().values.size());
    for (std::size_t i = 0; i < graph().nodes.size(); ++i) {
      for (const ValueId id : graph().nodes[i].operands)
        uses_[static_cast<std::size_t>(id)].push_back(static_cast<NodeId>(i));
    }
    is_output_.assign(graph().values.size(), false);
    for (const ValueId id : graph().outputs) is_output_[static_cast<std::size_t>(id)] = true;
    float_.assign(graph().values.size(), -1);
  }

  std::int64_t extent(ValueId id, std::size_t dimension) const {
    const graph::Value& value = graph().value(id);
    const graph::Dim& dim = value.type.shape.at(dimension);
    if (dim.symbolic()) {
      throw std::runtime_error(fmt::format("graph \"{}\": %{} has the symbolic extent {}: give it a number",
                                           graph().name, value.name, dim.symbol));
    }
    return dim.size;
  }

  int new_tensor(StaticTensor tensor) {
    plan_.tensors.push_back(std::move(tensor));
    return static_cast<int>(plan_.tensors.size()) - 1;
  }

  int new_float(ValueId id) {
    const graph::Value& value = graph().value(id);
    const bool row = value.type.shape.size() == 1;
    StaticTensor out{.name = value.name, .rows = row ? 1 : extent(id, 0), .cols = extent(id, row ? 0 : 1)};
    return float_[static_cast<std::size_t>(id)] = new_tensor(out);
  }

  /// Of an input or a constant.
  int given(ValueId id) {
    if (float_[static_cast<std::size_t>(id)] >= 0) return float_[static_cast<std::size_t>(id)];
    const graph::Value& value = graph().value(id);
    const std::size_t rank = value.type.shape.size();
    const bool flags = value.type.dtype == graph::DType::kBool;
    if (rank < 1 || rank > 2 || (!flags && !graph::is_float(value.type.dtype))) {
      throw std::runtime_error(fmt::format(
          "graph \"{}\": %{} has a type that a static program does not take: rows of floats, or a mask",
          graph().name, value.name));
    }
    const int out = new_float(id);
    StaticTensor& tensor = plan_.tensors[static_cast<std::size_t>(out)];
    tensor.constant = value.kind == graph::ValueKind::kConstant;
    tensor.value = id;
    tensor.dtype = flags ? graph::DType::kBool : graph::DType::kF32;
    return out;
  }

  /// The FP32 rows of a value.
  int floats(ValueId id) {
    if (const int known = float_[static_cast<std::size_t>(id)]; known >= 0) return known;
    const graph::Value& value = graph().value(id);
    if (value.kind != graph::ValueKind::kResult) return given(id);
    throw std::logic_error("a value is used before it is computed: " + value.name);
  }

  /// 8-bit rows of a value: scale and zero point of all rows, or no scale where each row has its own.
  struct RowsKey {
    ValueId value;
    double scale;
    std::int64_t zero;
    auto operator<=>(const RowsKey&) const = default;
  };

  static RowsKey rows_key(const Node& linear) {
    if (!linear.has("input_scale")) return {linear.operands[0], 0, 0};
    return {linear.operands[0], linear.real("input_scale"), linear.integer("input_zero")};
  }

  /// The 8-bit rows of a value; quantises them where its producer does not.
  int rows8(const RowsKey& key, const std::string& name) {
    if (const auto known = rows8_.find(key); known != rows8_.end()) return known->second;
    StaticOp op{.kind = StaticKind::kRows, .name = name, .in = floats(key.value)};
    op.out8 = new_rows8(key);
    plan_.ops.push_back(op);
    return op.out8;
  }

  int new_rows8(const RowsKey& key) {
    const std::string which = key.scale > 0 ? fmt::format(".scaled{}", plan_.tensors.size()) : "";
    StaticTensor out{.name = graph().value(key.value).name + ".rows8" + which,
                     .form = Form::kRows8,
                     .rows = extent(key.value, 0),
                     .cols = extent(key.value, 1)};
    out.scale = key.scale;
    out.zero = key.zero;
    return rows8_[key] = new_tensor(out);
  }

  /// Gives an operation the forms of its result that are wanted. A norm can leave any 8-bit rows beside FP32,
  /// other operations only those whose scale is given.
  void give(ValueId result, bool norm, StaticOp* op) {
    std::vector<RowsKey> keys;
    bool floats_needed = is_output_[static_cast<std::size_t>(result)];
    for (const NodeId use : uses_[static_cast<std::size_t>(result)]) {
      const Node& user = graph().node(use);
      if (user.op != Op::kLinear && user.op != Op::kLogits) {
        floats_needed = true;
      } else if (std::find(keys.begin(), keys.end(), rows_key(user)) == keys.end()) {
        keys.push_back(rows_key(user));
      }
    }
    const auto chosen =
        std::find_if(keys.begin(), keys.end(), [&](const RowsKey& key) { return norm || key.scale > 0; });
    if (chosen != keys.end()) op->out8 = new_rows8(*chosen);
    if (floats_needed || chosen == keys.end() || keys.size() > 1) op->out = new_float(result);
  }

  struct HeadsKey {
    ValueId value;
    std::int64_t heads, batch;
    bool scaled;  // queries carry the softmax's scale
    double factor;
    auto operator<=>(const HeadsKey&) const = default;
  };

  int new_heads(const HeadsKey& key) {
    StaticTensor out{.name = graph().value(key.value).name + (key.scaled ? ".queries8" : ".heads8"),
                     .form = Form::kHeads8,
                     .rows = extent(key.value, 0),
                     .cols = extent(key.value, 1),
                     .heads = key.heads,
                     .head_dim = extent(key.value, 1) / key.heads};
    out.batch = key.batch;
    out.planes = blocks_of(plan_.config, out.head_dim);
    out.factor = key.factor;
    return heads8_[key] = new_tensor(out);
  }

  HeadsKey heads_key(const Node& attention, std::size_t operand) const {
    const bool query = operand == 0;
    return {attention.operands[operand], attention.integer(query ? "heads" : "kv_heads"),
            attention.integer("batch", 1), query, query ? attention.real("scale") * kUnit * kUnit : 1.0};
  }

  /// The heads of an operand; `op` quantises them where its producer does not.
  int heads8(const Node& attention, std::size_t operand, StaticOp* op) {
    const HeadsKey key = heads_key(attention, operand);
    if (const auto found = heads8_.find(key); found != heads8_.end()) return found->second;
    const int in = floats(key.value);
    if (operand == 0) {  // each row is needed once
      op->queries_in = in;
      const int queries = new_heads(key);
      heads8_.erase(key);
      plan_.tensors[static_cast<std::size_t>(queries)].on_chip = true;
      return queries;
    }
    op->sources.push_back({in, new_heads(key)});
    return op->sources.back().out;
  }

  /// Whether the FP32 rows of a value stand in memory by now.
  bool available(ValueId id) const {
    return graph().value(id).kind != graph::ValueKind::kResult || float_[static_cast<std::size_t>(id)] >= 0;
  }

  /// The node that alone uses a value; -1 when there are several or the value is an output.
  NodeId only_use(ValueId id) const {
    const auto& uses = uses_[static_cast<std::size_t>(id)];
    return uses.size() == 1 && !is_output_[static_cast<std::size_t>(id)] ? uses[0] : -1;
  }

  static std::optional<Pass> activation(const Node& node) {
    switch (node.op) {
      case Op::kGelu:
        return node.text("approximate") == "tanh" ? Pass::kGeluTanh : Pass::kGeluErf;
      case Op::kSilu:
        return Pass::kSilu;
      case Op::kTanh:
        return Pass::kTanh;
      case Op::kSigmoid:
        return Pass::kSigmoid;
      case Op::kRelu:
        return Pass::kRelu;
      default:
        return std::nullopt;
    }
  }

  /// Appends what elementwise operations can be done behind a product; returns the value at the end.
  ValueId chain(ValueId value, std::vector<Elementwise>* passes) {
    for (NodeId use = only_use(value); use >= 0; use = only_use(value)) {
      const Node& node = graph().node(use);
      Elementwise step;
      if (activation(node)) {
        step.pass = *activation(node);
      } else if (node.op == Op::kAdd || node.op == Op::kMul) {
        const ValueId other = node.operands[0] == value ? node.operands[1] : node.operands[0];
        if (other == value || !available(other)) break;
        step = {node.op == Op::kAdd ? Pass::kAdd : Pass::kMul, floats(other)};
      } else {
        break;
      }
      passes->push_back(step);
      done_[static_cast<std::size_t>(use)] = true;
      value = node.results[0];
    }
    return value;
  }

  void node(NodeId id) {
    const Node& node = graph().node(id);
    switch (node.op) {
      case Op::kLinear:
      case Op::kLogits:
        return linear(node);
      case Op::kLayerNorm:
      case Op::kRmsNorm:
        return norm(node);
      case Op::kFullAttention:
        return attention(node);
      case Op::kAdd:
      case Op::kMul:
      case Op::kGelu:
      case Op::kSilu:
      case Op::kTanh:
      case Op::kSigmoid:
      case Op::kRelu:
        return map(node);
      default:
        fail(node, "a static program has no such operation; take it out of the graph or compute it before");
    }
  }

  void linear(const Node& node) {
    StaticOp op{.kind = StaticKind::kLinear, .name = node.name, .in = rows8(rows_key(node), node.name)};
    op.weight = node.operands[1];
    if (node.operands.size() > 2) op.bias = node.operands[2];
    op.has_bias = op.bias >= 0 || plan_.tensor(op.in).zero != 0;
    op.n = extent(op.weight, 0);
    op.k = extent(op.weight, 1);
    op.macs = static_cast<std::uint64_t>(extent(node.operands[0], 0) * op.n * op.k);
    ValueId result = node.results[0];
    if (const NodeId use = only_use(result); use >= 0 && graph().node(use).op == Op::kRope) {
      result = rope(use, &op);
    }
    if (const NodeId use = only_use(result); use >= 0 && feeds_attention(use, result)) {
      const Node& user = graph().node(use);
      const std::size_t operand = user.operands[0] == result ? 0 : user.operands[1] == result ? 1 : 2;
      op.out = new_heads(heads_key(user, operand));
      const StaticTensor& heads = plan_.tensor(op.out);
      op.head_dim = heads.head_dim;
      plan_.tensors[static_cast<std::size_t>(op.out)].turned = op.theta > 0;
      op.n = heads.heads * heads.planes * plan_.config.columns;
    } else {
      give(chain(result, &op.passes), false, &op);
    }
    plan_.macs += op.macs;
    plan_.ops.push_back(op);
  }

  /// Rotary positions behind a product, which attention alone must read.
  ValueId rope(NodeId id, StaticOp* op) {
    const Node& node = graph().node(id);
    const ValueId result = node.results[0];
    const NodeId use = only_use(result);
    if (node.operands.size() > 1) fail(node, "a static program starts at position 0: leave the position out");
    if (use < 0 || !feeds_attention(use, result) || graph().node(use).operands[2] == result)
      fail(node, "rotary positions are for the queries and keys of one attention");
    const std::size_t operand = graph().node(use).operands[0] == result ? 0 : 1;
    if (node.integer("heads") != graph().node(use).integer(operand == 0 ? "heads" : "kv_heads"))
      fail(node, "heads differ from those of the attention");
    if (node.integer("batch", 1) != graph().node(use).integer("batch", 1))
      fail(node, "sequences differ from those of the attention");
    op->theta = node.real("theta");
    done_[static_cast<std::size_t>(id)] = true;
    return result;
  }

  bool feeds_attention(NodeId use, ValueId value) const {
    const Node& user = graph().node(use);
    if (user.op != Op::kFullAttention) return false;
    const bool is_mask = user.operands.size() > 3 && user.operands[3] == value;
    return !is_mask && std::count(user.operands.begin(), user.operands.end(), value) == 1;
  }

  void norm(const Node& node) {
    StaticOp op{.kind = StaticKind::kRows, .name = node.name, .in = floats(node.operands[0])};
    op.norm = node.op == Op::kLayerNorm ? Norm::kLayer : Norm::kRms;
    op.epsilon = node.real("epsilon");
    op.gain = node.operands[1];
    op.has_gain = true;
    if (node.operands.size() > 2) {
      op.offset = node.operands[2];
      op.has_offset = true;
    }
    give(node.results[0], true, &op);
    plan_.ops.push_back(op);
  }

  void attention(const Node& node) {
    StaticOp op{.kind = StaticKind::kAttention, .name = node.name};
    // In the order in which the first rows need them.
    op.keys = heads8(node, 1, &op);
    op.in = heads8(node, 0, &op);
    op.values = heads8(node, 2, &op);
    if (node.operands.size() > 3) op.mask = floats(node.operands[3]);
    op.mask_batch = node.integer("mask_batch", 1);
    op.mask_heads = node.integer("mask_heads", 1);
    op.mask_rows = node.integer("mask_rows", 1);
    op.kv_heads = node.integer("kv_heads");
    op.causal = node.integer("causal") == 1;
    const StaticTensor& q = plan_.tensor(op.in);
    if (q.turned != plan_.tensor(op.keys).turned)
      fail(node, "queries and keys must both have rotary positions, or neither");
    const std::int64_t keys = plan_.tensor(op.keys).rows / q.batch, rows = q.rows / q.batch;
    std::int64_t pairs = rows * keys;  // of a query and a key
    if (op.causal) pairs = rows * (keys - rows) + rows * (rows + 1) / 2;
    op.macs = static_cast<std::uint64_t>(2 * q.batch * pairs * q.heads * q.head_dim);
    plan_.macs += op.macs;
    if (plan_.config.fused_attention == 0) unfuse(keys, rows, &op);
    // A head's bytes must begin at whole blocks of a row.
    if (q.heads == 1 || q.head_dim % plan_.config.columns == 0) {
      give(node.results[0], false, &op);
    } else {
      op.out = new_float(node.results[0]);
    }
    plan_.ops.push_back(op);
  }

  /// Scores and probabilities of every head in memory; whole beats of scales.
  void unfuse(std::int64_t keys, std::int64_t rows, StaticOp* op) {
    const StaticTensor& q = plan_.tensor(op->in);
    const std::int64_t beat = std::max(1u, plan_.config.bus_bytes / isa::kBytesPerWord);
    StaticTensor scores{.name = op->name + ".scores",
                        .rows = q.batch * q.heads * round_up(rows, beat),
                        .cols = keys,
                        .batch = q.batch};
    StaticTensor probabilities = scores;
    probabilities.name = op->name + ".probabilities";
    probabilities.form = Form::kRows8;
    op->scores = static_cast<int>(plan_.tensors.size());
    op->probabilities = op->scores + 1;
    plan_.tensors.push_back(std::move(scores));
    plan_.tensors.push_back(std::move(probabilities));
  }

  void map(const Node& node) {
    StaticOp op{.kind = StaticKind::kMap, .name = node.name};
    op.in = floats(node.operands[0]);
    if (const auto pass = activation(node)) {
      op.passes.push_back({*pass});
    } else {
      op.passes.push_back({node.op == Op::kAdd ? Pass::kAdd : Pass::kMul, floats(node.operands[1])});
    }
    give(chain(node.results[0], &op.passes), false, &op);
    plan_.ops.push_back(op);
  }

  StaticPlan plan_;
  std::vector<std::vector<NodeId>> uses_;
  std::vector<bool> is_output_, done_;
  std::vector<int> float_;
  std::map<RowsKey, int> rows8_;
  std::map<HeadsKey, int> heads8_;
};

}  // namespace

StaticPlan fuse_static(const graph::Graph& graph, const isa::Config& config) {
  return Fuser(graph, config).run();
}

}  // namespace heddle::tiles
