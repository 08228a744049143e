#include "tests/onnx/variants.hpp"

#include <cmath>
#include <random>

#include "tests/onnx/model_builder.hpp"

namespace heddle::test {
namespace {

using graph::onnx::ElementType;
using graph::onnx::Shape;
using graph::onnx::Tensor;
using Names = std::vector<std::string>;

/// Builds a network on rows x [batch, tokens, width]; names of results are counted.
class Net {
 public:
  Net(std::string name, std::int64_t batch, std::int64_t tokens, std::int64_t width, int opset = 17)
      : builder_(opset), batch_(batch), tokens_(tokens), width_(width), opset_(opset), random_(width) {
    out_.name = std::move(name);
    input("x", normal(batch * tokens * width, 1.0f), {batch, tokens, width},
          {"batch", "tokens", std::to_string(width)});
    builder_.output("y");
  }

  std::vector<float> normal(std::int64_t count, float deviation) {
    std::normal_distribution<float> of(0.0f, deviation);
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& value : out) value = of(random_);
    return out;
  }

  void input(const std::string& name, const std::vector<float>& values, const Shape& shape, Names dims) {
    builder_.input(name, dims);
    out_.inputs.push_back({name, Tensor::of_floats(shape, values)});
  }
  void integers(const std::string& name, const std::vector<std::int64_t>& values, const Shape& shape,
                const Names& dims) {
    builder_.input(name, dims, ::onnx::TensorProto::INT64);
    out_.inputs.push_back({name, Tensor::of_integers(ElementType::kInt64, shape, values)});
  }
  std::string number(float value) { return constant({}, {value}); }
  std::string constant(const Shape& shape, const std::vector<float>& values) {
    const std::string name = fresh();
    builder_.constant(name, shape, values);
    return name;
  }
  /// A zero point of uint8.
  std::string byte(int value) {
    const std::string name = fresh();
    auto& added = builder_.constant(name, {}, {});
    added.set_data_type(::onnx::TensorProto::UINT8);
    added.add_int32_data(value);
    return name;
  }
  std::string list(const std::vector<std::int64_t>& values) {
    const std::string name = fresh();
    builder_.integers(name, values);
    return name;
  }
  std::string weights(const Shape& shape, float deviation, float mean = 0.0f) {
    std::vector<float> values = normal(graph::onnx::element_count(shape), deviation);
    for (float& value : values) value += mean;
    return constant(shape, values);
  }

  std::string index(std::int64_t value) {
    const std::string name = list({value});
    auto* added = builder_.model.mutable_graph()->mutable_initializer();
    added->rbegin()->clear_dims();
    return name;
  }
  std::string op(const std::string& type, const Names& inputs) { return node(type, inputs).output(0); }
  ::onnx::NodeProto& node(const std::string& type, const Names& inputs) {
    const std::string result = fresh();
    auto& added = builder_.node(type, inputs, {result});
    added.set_name(result);
    return added;
  }
  std::string with(const std::string& type, const Names& inputs, const std::string& attribute,
                   const std::vector<std::int64_t>& values) {
    auto& added = node(type, inputs);
    auto* list = added.add_attribute();
    list->set_name(attribute);
    list->set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) list->add_ints(value);
    return added.output(0);
  }
  std::string turned(const std::string& x, const std::vector<std::int64_t>& order) {
    return with("Transpose", {x}, "perm", order);
  }
  std::string reshaped(const std::string& x, const std::vector<std::int64_t>& shape) {
    return op("Reshape", {x, list(shape)});
  }
  std::string unsqueezed(const std::string& x, const std::vector<std::int64_t>& axes) {
    return opset_ < 13 ? with("Unsqueeze", {x}, "axes", axes) : op("Unsqueeze", {x, list(axes)});
  }
  std::string mean(const std::string& x) {
    return opset_ < 18 ? with("ReduceMean", {x}, "axes", {-1}) : op("ReduceMean", {x, list({-1})});
  }
  std::string cast(const std::string& x, std::int64_t type) {
    auto& added = node("Cast", {x});
    set_attribute(added, "to", type);
    return added.output(0);
  }
  std::string softmax(const std::string& x) {
    auto& added = node("Softmax", {x});
    set_attribute(added, "axis", opset_ < 13 ? 3 : -1);
    return added.output(0);
  }

  std::string linear(const std::string& x, std::int64_t from, std::int64_t to) {
    const std::string product =
        op("MatMul", {x, weights({from, to}, 1.0f / std::sqrt(static_cast<float>(from)))});
    return op("Add", {product, weights({to}, 0.3f)});
  }
  std::string norm(const std::string& x) {
    const std::string centred = op("Sub", {x, mean(x)});
    const std::string variance = mean(op("Pow", {centred, number(2)}));
    const std::string root = op("Sqrt", {op("Add", {variance, number(1e-5f)})});
    const std::string scaled = op("Mul", {op("Div", {centred, root}), weights({width_}, 0.2f, 1.0f)});
    return op("Add", {scaled, weights({width_}, 0.2f)});
  }
  std::string heads(const std::string& x, std::int64_t heads) {
    const std::int64_t each = width_ / heads;
    return turned(reshaped(linear(x, width_, width_), {batch_, tokens_, heads, each}), {0, 2, 1, 3});
  }
  /// `mask`: makes masked scores from scores.
  template <typename Mask>
  std::string attention(const std::string& x, std::int64_t count, Mask mask) {
    const std::string q = heads(x, count), k = turned(heads(x, count), {0, 1, 3, 2}), v = heads(x, count);
    const float each = static_cast<float>(width_ / count);
    const std::string scores = op("Div", {op("MatMul", {q, k}), number(std::sqrt(each))});
    const std::string mixed = op("MatMul", {softmax(mask(scores)), v});
    return linear(reshaped(turned(mixed, {0, 2, 1, 3}), {batch_, tokens_, width_}), width_, width_);
  }
  std::string attention(const std::string& x, std::int64_t count) {
    return attention(x, count, [](const std::string& scores) { return scores; });
  }
  /// Rows come first, then the sequence; heads and sequences share an axis.
  std::string module_attention(const std::string& x, std::int64_t count, bool packed) {
    const std::int64_t each = width_ / count;
    const std::string all = linear(turned(x, {1, 0, 2}), width_, 3 * width_);
    Names parts;
    if (packed) {
      const std::string cut = unsqueezed(reshaped(all, {tokens_, 1, 3, width_}), {0});
      const std::string front = op("Squeeze", {turned(cut, {3, 1, 2, 0, 4}), list({-2})});
      for (const std::int64_t part : {0, 1, 2}) parts.push_back(op("Gather", {front, index(part)}));
    } else {
      auto& split = node("Split", {all, list({width_, width_, width_})});
      set_attribute(split, "axis", -1);
      parts = {split.output(0), fresh(), fresh()};
      split.add_output(parts[1]);
      split.add_output(parts[2]);
    }
    for (std::string& part : parts) part = turned(reshaped(part, {tokens_, count, each}), {1, 0, 2});
    const std::string q = op("Mul", {parts[0], number(1.0f / std::sqrt(static_cast<float>(each)))});
    auto& weights = node("Softmax", {op("MatMul", {q, turned(parts[1], {0, 2, 1})})});
    set_attribute(weights, "axis", -1);
    const std::string mixed = turned(op("MatMul", {weights.output(0), parts[2]}), {1, 0, 2});
    const std::string joined = linear(reshaped(mixed, {tokens_, width_}), width_, width_);
    return turned(reshaped(joined, {tokens_, 1, width_}), {1, 0, 2});
  }
  std::string mlp(const std::string& x, std::int64_t inner, const std::string& activation) {
    return linear(op(activation, {linear(x, width_, inner)}), inner, width_);
  }

  /// Ones for the first tokens of each sequence, fewer in each that follows.
  void padding() {
    std::vector<std::int64_t> flags;
    for (std::int64_t b = 0; b < batch_; ++b) {
      for (std::int64_t t = 0; t < tokens_; ++t) flags.push_back(t == 0 || t < tokens_ - 1 - 2 * b ? 1 : 0);
    }
    integers("mask", flags, {batch_, tokens_}, {"batch", "tokens"});
  }

  Variant finish(const std::string& result) {
    builder_.node("Identity", {result}, {"y"});
    out_.bytes = builder_.bytes();
    return out_;
  }

 private:
  std::string fresh() { return "v" + std::to_string(count_++); }

  ModelBuilder builder_;
  std::int64_t batch_, tokens_, width_;
  int opset_, count_ = 0;
  std::mt19937 random_;
  Variant out_;
};

constexpr std::int64_t kBatch = 2, kTokens = 7, kWidth = 18, kHeads = 3;

void add_masks(std::vector<Variant>* out) {
  {
    Net net("mask of each sequence, added as it is given", kBatch, kTokens, kWidth);
    net.input("m", net.normal(kBatch * kTokens, 2.0f), {kBatch, 1, 1, kTokens},
              {"batch", "1", "1", "tokens"});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {s, "m"});
    })));
  }
  {
    Net net("mask of each sequence, head and row, added as it is given", kBatch, kTokens, kWidth);
    net.input("m", net.normal(kBatch * kHeads * kTokens * kTokens, 2.0f), {kBatch, kHeads, kTokens, kTokens},
              {"batch", "3", "tokens", "tokens"});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {"m", s});
    })));
  }
  {
    Net net("constant bias of each head (ALiBi)", kBatch, kTokens, kWidth);
    const std::string bias = net.weights({kHeads, kTokens, kTokens}, 1.5f);
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {s, bias});
    })));
  }
  {
    Net net("padding where the mask is 0, opset 11", kBatch, kTokens, kWidth, 11);
    net.padding();
    const std::string no = net.op("Equal", {net.unsqueezed("mask", {1, 2}), net.list({0})});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      const std::string wide = net.op("Expand", {no, net.list({kBatch, kHeads, kTokens, kTokens})});
      return net.op("Where", {wide, net.number(-1e30f), s});
    })));
  }
  for (const std::int64_t batch : {1, 2}) {
    Net net("mask of real numbers that is computed, batch " + std::to_string(batch), batch, kTokens, kWidth);
    std::vector<float> counts(static_cast<std::size_t>(batch * kTokens), 1.0f);
    counts.back() = 0.0f;
    net.input("m", counts, {batch, kTokens}, {"batch", "tokens"});
    const std::string left = net.op("Sub", {net.number(1), net.unsqueezed("m", {1, 2})});
    const std::string mask = net.op("Mul", {left, net.number(-10000)});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {s, mask});
    })));
  }
  {
    Net net("inverted padding, then filled, expanded to rows", kBatch, kTokens, kWidth);
    net.padding();
    const std::string wide =
        net.op("Expand", {net.unsqueezed("mask", {1, 2}), net.list({kBatch, 1, kTokens, kTokens})});
    const std::string inverted = net.op("Sub", {net.number(1), net.cast(wide, ::onnx::TensorProto::FLOAT)});
    const std::string filled =
        net.op("Where", {net.cast(inverted, ::onnx::TensorProto::BOOL), net.number(-3e38f), inverted});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {s, filled});
    })));
  }
  {
    Net net("causal and padding in one sum", kBatch, kTokens, kWidth);
    net.padding();
    std::vector<float> later(kTokens * kTokens);
    for (std::int64_t i = 0; i < kTokens * kTokens; ++i)
      later[static_cast<std::size_t>(i)] = i % kTokens > i / kTokens ? -1e9f : 0.0f;
    const std::string flags = net.cast(net.unsqueezed("mask", {1, 2}), ::onnx::TensorProto::FLOAT);
    const std::string padding = net.op("Mul", {net.op("Sub", {net.number(1), flags}), net.number(-1e9f)});
    const std::string both = net.op("Add", {net.constant({1, 1, kTokens, kTokens}, later), padding});
    out->push_back(net.finish(net.attention("x", kHeads, [&](const std::string& s) {
      return net.op("Add", {s, both});
    })));
  }
}

void add_blocks(std::vector<Variant>* out) {
  for (const int opset : {11, 18}) {
    Net net("encoder, norms in front, opset " + std::to_string(opset), 1, 13, 20, opset);
    const std::string a = net.op("Add", {"x", net.attention(net.norm("x"), 4)});
    out->push_back(net.finish(net.op("Add", {a, net.mlp(net.norm(a), 36, "Relu")})));
  }
  {
    Net net("encoder, norms behind, one token", 2, 1, 24);
    const std::string a = net.norm(net.op("Add", {"x", net.attention("x", 2)}));
    out->push_back(net.finish(net.norm(net.op("Add", {a, net.mlp(a, 40, "Tanh")}))));
  }
  {
    Net net("products as Einsum", 2, 6, 16);
    const auto einsum = [&](const Names& of, const std::string& equation) {
      auto& added = net.node("Einsum", of);
      auto* attribute = added.add_attribute();
      attribute->set_name("equation");
      attribute->set_type(::onnx::AttributeProto::STRING);
      attribute->set_s(equation);
      return added.output(0);
    };
    const auto heads = [&] {
      return net.reshaped(einsum({"x", net.weights({16, 16}, 0.25f)}, "btd,ed->bte"), {2, 6, 2, 8});
    };
    const std::string q = heads(), scores = einsum({q, heads()}, "bqhd,bkhd->bhqk");
    const std::string weights = net.softmax(net.op("Div", {scores, net.number(std::sqrt(8.0f))}));
    const std::string mixed = net.reshaped(einsum({weights, heads()}, "bhqk, bkhd -> bqhd"), {2, 6, 16});
    out->push_back(net.finish(net.linear(mixed, 16, 16)));
  }
  for (const bool packed : {false, true}) {  // nn.MultiheadAttention of PyTorch 1 and 2, one sequence
    Net net(packed ? "heads in three axes, parts unstacked" : "heads in three axes, parts split", 1, 11, 24,
            14);
    out->push_back(net.finish(net.norm(net.op("Add", {"x", net.module_attention("x", 4, packed)}))));
  }
  {
    Net net("gated network without attention", 3, 5, 14);
    const std::string gate = net.linear("x", 14, 22);
    const std::string silu = net.op("Mul", {gate, net.op("Sigmoid", {gate})});
    out->push_back(net.finish(net.linear(net.op("Mul", {silu, net.linear("x", 14, 22)}), 22, 14)));
  }
  {
    Net net("plain network with numbers around its products", 2, 3, 9);
    const std::string scaled = net.op("Div", {net.op("Sub", {"x", net.number(0.25f)}), net.number(1.5f)});
    const std::string inner = net.op("Sigmoid", {net.linear(scaled, 9, 33)});
    out->push_back(net.finish(net.op("Mul", {net.op("Neg", {net.linear(inner, 33, 9)}), net.number(3)})));
  }
  {
    Net net("rows of all sequences in one matrix", 2, 5, 16);
    const std::string flat = net.reshaped("x", {10, 16});
    const std::string heads = net.attention(net.reshaped(flat, {2, 5, 16}), 2);
    out->push_back(net.finish(net.reshaped(net.mlp(net.reshaped(heads, {10, 16}), 30, "Relu"), {2, 5, 16})));
  }
}

void add_quantised(std::vector<Variant>* out) {
  Net net("bytes with scale and zero point of the file, that cut values off", 1, 6, 20);
  const auto bytes = [&](const std::string& x, float scale, int zero) {
    const std::string step = net.number(scale), offset = net.byte(zero);
    return net.op("DequantizeLinear", {net.op("QuantizeLinear", {x, step, offset}), step, offset});
  };
  // Half of the elements of x lie outside of 0 .. 0.5 and become its ends.
  const std::string inner = net.op("Relu", {net.linear(bytes("x", 0.5f / 255, 0), 20, 40)});
  out->push_back(net.finish(bytes(net.linear(bytes(inner, 0.004f, 3), 40, 20), 0.05f, 128)));
}

}  // namespace

std::vector<Variant> variants() {
  std::vector<Variant> out;
  add_masks(&out);
  add_blocks(&out);
  add_quantised(&out);
  return out;
}

}  // namespace heddle::test
