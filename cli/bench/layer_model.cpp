#include "cli/bench/layer_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "cli/bench/decode_model.hpp"
#include "cli/output.hpp"
#include "compiler/graph/verifier.hpp"

namespace heddle::cli {
namespace {

using graph::Graph;
using graph::Op;
using graph::Type;
using graph::ValueId;
using graph::ValueKind;

// What matters of google-bert/bert-base-uncased and openai-community/gpt2 on the Hugging Face hub.
constexpr const char* kBert = R"({"model_type": "bert", "hidden_size": 768, "num_attention_heads": 12,
  "intermediate_size": 3072, "layer_norm_eps": 1e-12, "hidden_act": "gelu"})";
constexpr const char* kGpt2 =
    R"({"model_type": "gpt2", "n_embd": 768, "n_head": 12, "layer_norm_epsilon": 1e-05,
  "activation_function": "gelu_new"})";

class Layer {
 public:
  Layer(const Json& config, const std::string& source, std::int64_t sequence)
      : config_(config), source_(source), rows_(sequence) {
    graph_.name = fmt::format("layer of {}", std::filesystem::path(source).filename().string());
  }

  Graph build() {
    const std::string type = config_.value("model_type", "");
    if (type == "bert") {
      bert();
    } else if (type == "gpt2") {
      gpt2();
    } else if (type == "llama" || type == "qwen2") {
      llama(type == "qwen2");
    } else {
      throw std::runtime_error(
          fmt::format("{}: model_type is \"{}\", known are bert, gpt2, llama and qwen2", source_, type));
    }
    graph::verify(graph_);
    return std::move(graph_);
  }

 private:
  std::int64_t integer(const char* field) const {
    const auto found = config_.find(field);
    if (found == config_.end() || !found->is_number_integer() || found->get<std::int64_t>() < 1)
      throw std::runtime_error(fmt::format("{}: field \"{}\" must be a positive integer", source_, field));
    return found->get<std::int64_t>();
  }
  std::int64_t integer(const char* field, std::int64_t otherwise) const {
    const auto found = config_.find(field);
    return found == config_.end() || found->is_null() ? otherwise : integer(field);
  }
  double real(const char* field, double otherwise) const {
    const auto found = config_.find(field);
    return found == config_.end() || !found->is_number() ? otherwise : found->get<double>();
  }

  ValueId constant(const std::string& name, std::vector<graph::Dim> shape) {
    return graph_.add_value(name, ValueKind::kConstant, {graph::DType::kF32, std::move(shape)}, {"", name});
  }
  Type rows(std::int64_t columns) const { return {graph::DType::kF32, {rows_, columns}}; }
  std::int64_t width(ValueId x) const { return graph_.value(x).type.shape[1].size; }

  ValueId linear(const std::string& name, ValueId x, std::int64_t outputs, bool bias) {
    std::vector<ValueId> operands = {x, constant(name + ".weight", {outputs, width(x)})};
    if (bias) operands.push_back(constant(name + ".bias", {outputs}));
    return graph_.add_node(Op::kLinear, name, operands, rows(outputs));
  }
  ValueId add(const std::string& name, ValueId a, ValueId b) {
    return graph_.add_node(Op::kAdd, name, {a, b}, rows(width(a)));
  }
  ValueId layer_norm(const std::string& name, ValueId x, double epsilon) {
    return graph_.add_node(Op::kLayerNorm, name,
                           {x, constant(name + ".weight", {width(x)}), constant(name + ".bias", {width(x)})},
                           rows(width(x)), {{"epsilon", epsilon}});
  }
  ValueId rms_norm(const std::string& name, ValueId x, double epsilon) {
    return graph_.add_node(Op::kRmsNorm, name, {x, constant(name + ".weight", {width(x)})}, rows(width(x)),
                           {{"epsilon", epsilon}});
  }
  ValueId gelu(const std::string& name, ValueId x, bool tanh) {
    return graph_.add_node(Op::kGelu, name, {x}, rows(width(x)),
                           {{"approximate", std::string(tanh ? "tanh" : "none")}});
  }
  ValueId attention(ValueId q, ValueId k, ValueId v, std::int64_t heads, std::int64_t kv_heads, bool causal) {
    const std::int64_t dim = width(q) / heads;
    return graph_.add_node(Op::kFullAttention, "attention", {q, k, v}, rows(width(q)),
                           {{"heads", heads},
                            {"kv_heads", kv_heads},
                            {"head_dim", dim},
                            {"scale", 1.0 / std::sqrt(static_cast<double>(dim))},
                            {"causal", std::int64_t{causal}}});
  }
  void finish(ValueId y) {
    graph_.values[static_cast<std::size_t>(y)].name = "y";
    graph_.outputs = {y};
  }
  ValueId input(std::int64_t hidden) { return graph_.add_value("x", ValueKind::kInput, rows(hidden)); }
  void check_heads(std::int64_t hidden, std::int64_t heads) const {
    if (hidden % heads != 0)
      throw std::runtime_error(
          fmt::format("{}: {} heads do not divide a width of {}", source_, heads, hidden));
  }

  void bert() {
    const std::int64_t hidden = integer("hidden_size"), heads = integer("num_attention_heads");
    check_heads(hidden, heads);
    const double epsilon = real("layer_norm_eps", 1e-12);
    const ValueId x = input(hidden);
    const ValueId q = linear("query", x, hidden, true), k = linear("key", x, hidden, true),
                  v = linear("value", x, hidden, true);
    const ValueId mixed = linear("attention.output", attention(q, k, v, heads, heads, false), hidden, true);
    const ValueId middle = layer_norm("attention.norm", add("attention.add", mixed, x), epsilon);
    const ValueId wide = gelu("gelu", linear("intermediate", middle, integer("intermediate_size"), true),
                              config_.value("hidden_act", "gelu") != "gelu");
    finish(
        layer_norm("output.norm", add("output.add", linear("output", wide, hidden, true), middle), epsilon));
  }

  void gpt2() {
    const std::int64_t hidden = integer("n_embd"), heads = integer("n_head");
    check_heads(hidden, heads);
    const double epsilon = real("layer_norm_epsilon", 1e-5);
    const ValueId x = input(hidden), first = layer_norm("ln_1", x, epsilon);
    const ValueId q = linear("attn.q", first, hidden, true), k = linear("attn.k", first, hidden, true),
                  v = linear("attn.v", first, hidden, true);
    const ValueId middle =
        add("attn.add", linear("attn.c_proj", attention(q, k, v, heads, heads, true), hidden, true), x);
    const ValueId wide = gelu(
        "gelu", linear("mlp.c_fc", layer_norm("ln_2", middle, epsilon), integer("n_inner", 4 * hidden), true),
        config_.value("activation_function", "gelu_new") != "gelu");
    finish(add("mlp.add", linear("mlp.c_proj", wide, hidden, true), middle));
  }

  void llama(bool bias) {
    const std::int64_t hidden = integer("hidden_size"), heads = integer("num_attention_heads"),
                       kv_heads = integer("num_key_value_heads", heads);
    const std::int64_t dim = integer("head_dim", hidden / heads), wide = integer("intermediate_size");
    const double epsilon = real("rms_norm_eps", 1e-6), theta = real("rope_theta", 1e4);
    const auto rope = [&](const std::string& name, ValueId at, std::int64_t count) {
      return graph_.add_node(Op::kRope, name, {at}, rows(width(at)),
                             {{"heads", count}, {"head_dim", dim}, {"theta", theta}});
    };
    const ValueId x = input(hidden), first = rms_norm("input_norm", x, epsilon);
    const ValueId q = rope("q_rope", linear("q_proj", first, heads * dim, bias), heads),
                  k = rope("k_rope", linear("k_proj", first, kv_heads * dim, bias), kv_heads),
                  v = linear("v_proj", first, kv_heads * dim, bias);
    const ValueId middle =
        add("attention.add", linear("o_proj", attention(q, k, v, heads, kv_heads, true), hidden, false), x);
    const ValueId second = rms_norm("post_norm", middle, epsilon);
    const ValueId gate = linear("gate_proj", second, wide, false),
                  up = linear("up_proj", second, wide, false);
    const ValueId gated = graph_.add_node(Op::kSiluMul, "silu_mul", {gate, up}, rows(wide));
    finish(add("mlp.add", linear("down_proj", gated, hidden, false), middle));
  }

  const Json& config_;
  const std::string& source_;
  std::int64_t rows_;
  Graph graph_;
};

}  // namespace

std::vector<std::string> layer_shape_names() {
  std::vector<std::string> names = {"bert-base", "gpt2"};
  for (const std::string& name : decode_shape_names()) names.push_back(name);
  return names;
}

Graph layer_graph(const std::string& what, std::int64_t sequence) {
  std::error_code ignored;
  std::string text;
  if (what == "bert-base") {
    text = kBert;
  } else if (what == "gpt2") {
    text = kGpt2;
  } else if (!decode_shape_config(what).empty()) {
    text = decode_shape_config(what);
  } else if (std::filesystem::is_regular_file(what, ignored)) {
    text = read_text_file(what);
  } else {
    throw std::runtime_error(fmt::format("--model {}: neither a config.json nor one of {}", what,
                                         fmt::join(layer_shape_names(), ", ")));
  }
  const Json config = Json::parse(text, nullptr, false);
  if (!config.is_object()) throw std::runtime_error(fmt::format("{}: not a JSON object", what));
  return Layer(config, what, sequence).build();
}

Graph attention_graph(const AttentionShape& shape) {
  Graph graph;
  graph.name = "attention";
  const std::int64_t keys = shape.keys > 0 ? shape.keys : shape.sequence;
  const auto rows = [&](std::int64_t count, std::int64_t heads) {
    return Type{graph::DType::kF32, {count, heads * shape.head_dim}};
  };
  const ValueId q = graph.add_value("q", ValueKind::kInput, rows(shape.sequence, shape.heads)),
                k = graph.add_value("k", ValueKind::kInput, rows(keys, shape.kv_heads)),
                v = graph.add_value("v", ValueKind::kInput, rows(keys, shape.kv_heads));
  graph.outputs = {graph.add_node(Op::kFullAttention, "y", {q, k, v}, rows(shape.sequence, shape.heads),
                                  {{"heads", shape.heads},
                                   {"kv_heads", shape.kv_heads},
                                   {"head_dim", shape.head_dim},
                                   {"scale", 1.0 / std::sqrt(static_cast<double>(shape.head_dim))},
                                   {"causal", std::int64_t{shape.causal}}})};
  graph::verify(graph);
  return graph;
}

graph::Tensors random_tensors(const Graph& graph, std::uint64_t seed) {
  graph::Tensors out;
  // Irwin-Hall: the sum of twelve uniform numbers, the same with every standard library.
  const auto normal = [](std::mt19937_64& random) {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    return sum;
  };
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const graph::Value& value = graph.values[i];
    if (value.kind != ValueKind::kInput && value.kind != ValueKind::kConstant) continue;
    std::mt19937_64 random(seed * 1000003 + i);
    std::size_t count = 1;
    for (const graph::Dim& dim : value.type.shape) count *= static_cast<std::size_t>(dim.size);
    const bool constant = value.kind == ValueKind::kConstant;
    const bool matrix = constant && value.type.shape.size() == 2;
    const bool gain = constant && !matrix && value.name.find("norm") != std::string::npos &&
                      value.name.find("weight") != std::string::npos;
    const double scale = matrix     ? 1.0 / std::sqrt(static_cast<double>(value.type.shape[1].size))
                         : constant ? 0.1
                                    : 1.0;
    std::vector<float>& data = out[static_cast<ValueId>(i)];
    data.resize(count);
    for (float& element : data) {
      element = value.type.dtype == graph::DType::kBool
                    ? (random() % 8 != 0 ? 1.0f : 0.0f)
                    : static_cast<float>((gain ? 1.0 : 0.0) + scale * normal(random));
    }
  }
  return out;
}

}  // namespace heddle::cli
