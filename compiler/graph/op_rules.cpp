#include "compiler/graph/op_rules.hpp"

#include <fmt/core.h>

#include <cmath>
#include <initializer_list>
#include <stdexcept>

#include "compiler/graph/text.hpp"

namespace heddle::graph {

namespace {

using Shape = std::vector<Dim>;

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

std::string shape_only(const Shape& shape) { return print_type({DType::kF32, shape}).substr(3); }

class Rule {
 public:
  Rule(const Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  void counts(std::size_t least, std::size_t most) const {
    const std::size_t operands = node_.operands.size();
    if (operands < least || operands > most) {
      fail(least == most ? fmt::format("takes {} operands, has {}", least, operands)
                         : fmt::format("takes {} to {} operands, has {}", least, most, operands));
    }
    if (node_.results.size() != 1) fail(fmt::format("has one result, not {}", node_.results.size()));
  }

  /// Every attribute listed must be there, with its type, and no other. Flags are integers 0 and 1; texts
  /// are strings whose values the rule itself checks; optional ones are checked by the rule.
  void attributes(std::initializer_list<const char*> integers, std::initializer_list<const char*> reals,
                  std::initializer_list<const char*> flags = {},
                  std::initializer_list<const char*> texts = {},
                  std::initializer_list<const char*> optional = {}) const {
    for (const char* name : integers) {
      present<std::int64_t>(name, "an integer");
      if (node_.integer(name) < 1) fail(fmt::format("attribute \"{}\" must be at least 1", name));
    }
    for (const char* name : reals) {
      present<double>(name, "a real number");
      if (!std::isfinite(node_.real(name)) || node_.real(name) <= 0) {
        fail(fmt::format("attribute \"{}\" must be a positive number", name));
      }
    }
    for (const char* name : flags) {
      present<std::int64_t>(name, "an integer");
      if (node_.integer(name) != 0 && node_.integer(name) != 1)
        fail(fmt::format("attribute \"{}\" must be 0 or 1", name));
    }
    for (const char* name : texts) present<std::string>(name, "a string");
    for (const auto& [name, attribute] : node_.attributes) {
      bool known = false;
      for (const auto& list : {integers, reals, flags, texts, optional}) {
        for (const char* listed : list) known |= name == listed;
      }
      if (!known) fail(fmt::format("unknown attribute \"{}\"", name));
    }
  }

  template <typename T>
  void present(const char* name, const char* kind) const {
    const auto found = node_.attributes.find(name);
    if (found == node_.attributes.end()) fail(fmt::format("attribute \"{}\" is missing", name));
    if (!std::holds_alternative<T>(found->second))
      fail(fmt::format("attribute \"{}\" is not {}", name, kind));
  }

  /// An optional count: 1 where it is not given.
  std::int64_t count_of(const char* name) const {
    if (!node_.has(name)) return 1;
    present<std::int64_t>(name, "an integer");
    if (node_.integer(name) < 1) fail(fmt::format("attribute \"{}\" must be at least 1", name));
    return node_.integer(name);
  }

  /// Rows of each of `batch` sequences.
  Dim rows_of_each(std::size_t index, const char* what, std::int64_t batch) const {
    const Dim& rows = shape(index)[0];
    if (batch == 1) return rows;
    if (rows.symbolic() || rows.size % batch != 0)
      fail(fmt::format("{} must have the rows of {} sequences, is {}", what, batch,
                       print_type(operand(index).type)));
    return Dim(rows.size / batch);
  }

  const Value& operand(std::size_t index) const { return graph_.value(node_.operands[index]); }
  const Shape& shape(std::size_t index) const { return operand(index).type.shape; }
  bool has(std::size_t index) const { return index < node_.operands.size(); }

  void rank(std::size_t index, const char* what, std::size_t expected) const {
    if (shape(index).size() != expected) {
      fail(fmt::format("{} must have {} dimensions, is {}", what, expected, print_type(operand(index).type)));
    }
  }

  void expect(std::size_t index, const char* what, const Shape& expected) const {
    if (shape(index) != expected) {
      fail(fmt::format("{} must be {}, is {}", what, shape_only(expected), print_type(operand(index).type)));
    }
  }

  /// Computed values are f32; constants may be stored in any of the float types.
  void floats(std::initializer_list<std::size_t> indices) const {
    for (const std::size_t index : indices) {
      const Value& value = operand(index);
      const bool legal =
          value.kind == ValueKind::kConstant ? is_float(value.type.dtype) : value.type.dtype == DType::kF32;
      if (!legal)
        fail(fmt::format("operand {} (%{}) must be {}, is {}", index, value.name,
                         value.kind == ValueKind::kConstant ? "f32, f16 or bf16" : "f32",
                         dtype_name(value.type.dtype)));
    }
  }

  void position(std::size_t index) const {
    if (operand(index).type != Type{DType::kU32, {}}) {
      fail(fmt::format("position must be u32[], is {}", print_type(operand(index).type)));
    }
  }

  void result(const Shape& expected) const {
    const Type& type = graph_.value(node_.results[0]).type;
    if (type != Type{DType::kF32, expected}) {
      fail(fmt::format("result must be f32{}, is {}", shape_only(expected), print_type(type)));
    }
  }

 private:
  const Graph& graph_;
  const Node& node_;
};

void embedding(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(2, 2);
  rule.attributes({}, {});
  rule.rank(0, "ids", 1);
  if (rule.operand(0).type.dtype != DType::kU32)
    fail("ids must be u32, are " + print_type(rule.operand(0).type));
  rule.floats({1});
  rule.rank(1, "table", 2);
  rule.result({rule.shape(0)[0], rule.shape(1)[1]});
}

void rms_norm(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(2, 2);
  rule.attributes({}, {"epsilon"});
  rule.floats({0, 1});
  rule.rank(0, "x", 2);
  rule.expect(1, "weight", {rule.shape(0)[1]});
  rule.result(rule.shape(0));
}

void linear(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(2, node.op == Op::kLinear ? 3 : 2);
  rule.attributes({}, {}, {}, {}, {"input_scale", "input_zero"});
  if (node.has("input_scale") || node.has("input_zero")) {
    rule.present<double>("input_scale", "a real number");
    rule.present<std::int64_t>("input_zero", "an integer");
    if (!std::isnormal(static_cast<float>(node.real("input_scale"))) || node.real("input_scale") < 0)
      fail("attribute \"input_scale\" must be a positive number of FP32");
    if (node.integer("input_zero") < -128 || node.integer("input_zero") > 127)
      fail("attribute \"input_zero\" must be -128 to 127");
  }
  rule.floats({0, 1});
  rule.rank(0, "x", 2);
  rule.rank(1, "weight", 2);
  rule.expect(1, "weight", {rule.shape(1)[0], rule.shape(0)[1]});
  if (rule.has(2)) {
    rule.floats({2});
    rule.expect(2, "bias", {rule.shape(1)[0]});
  }
  rule.result({rule.shape(0)[0], rule.shape(1)[0]});
}

/// heads * head_dim as an extent; both far below the square root of 2^63.
Dim wide(const Node& node, const char* heads) {
  const std::int64_t count = node.integer(heads), width = node.integer("head_dim");
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (count > kMost || width > kMost)
    fail(fmt::format("attributes \"{}\" and \"head_dim\" are too large", heads));
  return Dim(count * width);
}

void rope(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(1, 2);
  rule.attributes({"heads", "head_dim"}, {"theta"}, {}, {}, {"batch"});
  rule.floats({0});
  rule.rank(0, "x", 2);
  if (node.integer("head_dim") % 2 != 0) fail("attribute \"head_dim\" must be even");
  rule.expect(0, "x", {rule.shape(0)[0], wide(node, "heads")});
  rule.rows_of_each(0, "x", rule.count_of("batch"));
  if (rule.has(1)) rule.position(1);
  rule.result(rule.shape(0));
}

void attention(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(6, 6);
  rule.attributes({"heads", "kv_heads", "head_dim"}, {"scale"});
  const std::int64_t heads = node.integer("heads"), kv_heads = node.integer("kv_heads");
  if (heads % kv_heads != 0) fail(fmt::format("{} heads are no multiple of {} kv_heads", heads, kv_heads));
  rule.floats({0, 1, 2, 3, 4});
  rule.rank(0, "q", 2);
  const Dim rows = rule.shape(0)[0];
  rule.expect(0, "q", {rows, wide(node, "heads")});
  rule.expect(1, "k", {rows, wide(node, "kv_heads")});
  rule.expect(2, "v", {rows, wide(node, "kv_heads")});
  for (const std::size_t index : {std::size_t{3}, std::size_t{4}}) {
    const char* what = index == 3 ? "keys" : "values";
    if (rule.operand(index).kind != ValueKind::kState) fail(fmt::format("{} must be a state", what));
    rule.rank(index, what, 3);
    rule.expect(index, what, {rule.shape(3)[0], Dim(kv_heads), Dim(node.integer("head_dim"))});
  }
  if (node.operands[3] == node.operands[4]) fail("keys and values must be two states");
  rule.position(5);
  rule.result(rule.shape(0));
}

void layer_norm(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(2, 3);
  rule.attributes({}, {"epsilon"});
  rule.floats({0, 1});
  rule.rank(0, "x", 2);
  rule.expect(1, "weight", {rule.shape(0)[1]});
  if (rule.has(2)) {
    rule.floats({2});
    rule.expect(2, "bias", {rule.shape(0)[1]});
  }
  rule.result(rule.shape(0));
}

void activation(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(1, 1);
  if (node.op == Op::kGelu) {
    rule.attributes({}, {}, {}, {"approximate"});
    const std::string& form = node.text("approximate");
    if (form != "none" && form != "tanh")
      fail(fmt::format("attribute \"approximate\" must be \"none\" or \"tanh\", is \"{}\"", form));
  } else {
    rule.attributes({}, {});
  }
  rule.floats({0});
  rule.rank(0, "x", 2);
  rule.result(rule.shape(0));
}

/// One number a key, or rows of them for sequences, heads and rows.
void attention_mask(const Rule& rule, std::int64_t batch, std::int64_t heads, const Dim& rows,
                    const Dim& keys) {
  if (!rule.has(3)) return;
  const DType dtype = rule.operand(3).type.dtype;
  if (dtype != DType::kBool && dtype != DType::kF32)
    fail(fmt::format("mask must be bool or f32, is {}", dtype_name(dtype)));
  std::int64_t masks = 1;
  for (const auto& [name, all] :
       {std::pair{"mask_batch", Dim(batch)}, {"mask_heads", Dim(heads)}, {"mask_rows", rows}}) {
    const std::int64_t count = rule.count_of(name);
    if (count != 1 && Dim(count) != all) fail(fmt::format("attribute \"{}\" must be 1 or all", name));
    masks *= count;
  }
  const bool row = masks == 1 && rule.shape(3).size() == 1;
  rule.expect(3, "mask", row ? Shape{keys} : Shape{Dim(masks), keys});
}

void full_attention(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(3, 4);
  rule.attributes({"heads", "kv_heads", "head_dim"}, {"scale"}, {"causal"}, {},
                  {"batch", "mask_batch", "mask_heads", "mask_rows"});
  const std::int64_t heads = node.integer("heads"), kv_heads = node.integer("kv_heads");
  if (heads % kv_heads != 0) fail(fmt::format("{} heads are no multiple of {} kv_heads", heads, kv_heads));
  rule.floats({0, 1, 2});
  rule.rank(0, "q", 2);
  rule.rank(1, "k", 2);
  const Dim rows = rule.shape(0)[0], keys = rule.shape(1)[0];
  rule.expect(0, "q", {rows, wide(node, "heads")});
  rule.expect(1, "k", {keys, wide(node, "kv_heads")});
  rule.expect(2, "v", {keys, wide(node, "kv_heads")});
  if (node.integer("causal") == 1 && rows != keys &&
      (rows.symbolic() || keys.symbolic() || keys.size < rows.size))
    fail("a causal row needs a key of its own: k must have at least as many rows as q");
  const std::int64_t batch = rule.count_of("batch");
  attention_mask(rule, batch, heads, rule.rows_of_each(0, "q", batch), rule.rows_of_each(1, "k", batch));
  rule.result(rule.shape(0));
}

void elementwise(const Graph& graph, const Node& node) {
  const Rule rule(graph, node);
  rule.counts(2, 2);
  rule.attributes({}, {});
  rule.floats({0, 1});
  rule.expect(1, "second operand", rule.shape(0));
  rule.result(rule.shape(0));
}

}  // namespace

void verify_operation(const Graph& graph, const Node& node) {
  switch (node.op) {
    case Op::kEmbedding:
      return embedding(graph, node);
    case Op::kRmsNorm:
      return rms_norm(graph, node);
    case Op::kLinear:
    case Op::kLogits:
      return linear(graph, node);
    case Op::kRope:
      return rope(graph, node);
    case Op::kAttention:
      return attention(graph, node);
    case Op::kLayerNorm:
      return layer_norm(graph, node);
    case Op::kGelu:
    case Op::kSilu:
    case Op::kTanh:
    case Op::kSigmoid:
    case Op::kRelu:
      return activation(graph, node);
    case Op::kFullAttention:
      return full_attention(graph, node);
    case Op::kSiluMul:
    case Op::kAdd:
    case Op::kMul:
      return elementwise(graph, node);
  }
  fail(fmt::format("unknown operation {}", static_cast<int>(node.op)));
}

}  // namespace heddle::graph
