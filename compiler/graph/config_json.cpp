#include "compiler/graph/config_json.hpp"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

#include "compiler/graph/json_text.hpp"

namespace heddle::graph {

namespace {

constexpr std::int64_t kMostExtent = std::int64_t{1} << 24;  // far above any model, far below overflow
constexpr std::int64_t kMostLayers = 4096;

/// Fields of the object; null counts as absent, as it does for Hugging Face.
class Fields {
 public:
  explicit Fields(const std::string& path) : path_(path), root_(read_object(path)) {}

  [[noreturn]] void fail(const std::string& message) const {
    throw std::runtime_error(fmt::format("{}: {}", path_, message));
  }

  const nlohmann::json* find(const std::string& name) const {
    const auto found = root_.find(name);
    return found == root_.end() || found->is_null() ? nullptr : &*found;
  }

  std::int64_t extent(const std::string& name, std::int64_t most = kMostExtent) const {
    const nlohmann::json* field = find(name);
    if (field == nullptr) fail(fmt::format("\"{}\" is missing", name));
    if (!field->is_number_unsigned() || field->get<std::uint64_t>() < 1 ||
        field->get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
      fail(fmt::format("\"{}\" is {}, must be an integer from 1 to {}", name, field->dump(), most));
    }
    return field->get<std::int64_t>();
  }

  std::int64_t extent_or(const std::string& name, std::int64_t fallback) const {
    return find(name) == nullptr ? fallback : extent(name);
  }

  double positive(const nlohmann::json* field, const std::string& name, double fallback) const {
    if (field == nullptr) return fallback;
    if (!field->is_number() || !std::isfinite(field->get<double>()) || field->get<double>() <= 0) {
      fail(fmt::format("\"{}\" is {}, must be a positive number", name, field->dump()));
    }
    return field->get<double>();
  }

  bool flag(const std::string& name, bool fallback) const {
    const nlohmann::json* field = find(name);
    if (field == nullptr) return fallback;
    if (!field->is_boolean()) fail(fmt::format("\"{}\" is {}, must be true or false", name, field->dump()));
    return field->get<bool>();
  }

  std::string text(const std::string& name, const std::string& fallback) const {
    const nlohmann::json* field = find(name);
    if (field == nullptr) return fallback;
    if (!field->is_string()) fail(fmt::format("\"{}\" is {}, must be a string", name, field->dump()));
    return field->get<std::string>();
  }

 private:
  std::string path_;
  nlohmann::json root_;
};

std::string read_architecture(const Fields& fields) {
  const nlohmann::json* list = fields.find("architectures");
  if (list == nullptr) fields.fail("\"architectures\" is missing");
  if (!list->is_array() || list->size() != 1 || !(*list)[0].is_string()) {
    fields.fail("\"architectures\" must be a list of one name");
  }
  auto name = (*list)[0].get<std::string>();
  if (name != "LlamaForCausalLM" && name != "Qwen2ForCausalLM") {
    fields.fail(fmt::format("architecture {} is not supported; LlamaForCausalLM and Qwen2ForCausalLM are",
                            (*list)[0].dump()));
  }
  return name;
}

/// Older files say "rope_scaling" beside "rope_theta"; newer ones put both into "rope_parameters".
void read_rope(const Fields& fields, ModelShape& shape) {
  shape.rope_theta = fields.positive(fields.find("rope_theta"), "rope_theta", 10000.0);
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const nlohmann::json* scaling = fields.find(name);
    if (scaling == nullptr) continue;
    if (!scaling->is_object()) fields.fail(fmt::format("\"{}\" is neither null nor an object", name));
    for (const char* key : {"rope_type", "type"}) {
      if (scaling->contains(key) && (*scaling)[key] != "default") {
        fields.fail(
            fmt::format("\"{}\" asks for {}; only plain rotary embedding (null or \"default\") is supported",
                        name, (*scaling)[key].dump()));
      }
    }
    if (!scaling->contains("rope_type") && !scaling->contains("type")) {
      fields.fail(fmt::format("\"{}\" has no \"rope_type\"; only null and \"default\" are supported", name));
    }
    if (scaling->contains("partial_rotary_factor") && (*scaling)["partial_rotary_factor"] != 1) {
      fields.fail(fmt::format("\"{}\" turns a part of each head only; that is not supported", name));
    }
    if (scaling->contains("rope_theta")) {
      shape.rope_theta = fields.positive(&(*scaling)["rope_theta"], std::string(name) + ".rope_theta", 0);
    }
  }
  const nlohmann::json* partial = fields.find("partial_rotary_factor");
  if (partial != nullptr && *partial != 1) {
    fields.fail(fmt::format("\"partial_rotary_factor\" is {}; only 1 is supported", partial->dump()));
  }
}

void read_features(const Fields& fields, ModelShape& shape) {
  const std::string activation = fields.text("hidden_act", "silu");
  if (activation != "silu")
    fields.fail(
        fmt::format("\"hidden_act\" is {}; only silu is supported", fields.find("hidden_act")->dump()));
  if (fields.flag("use_sliding_window", false)) {
    fields.fail("\"use_sliding_window\" is true; attention over a sliding window is not supported");
  }
  if (fields.flag("mlp_bias", false))
    fields.fail("\"mlp_bias\" is true; feed-forward biases are not supported");
  if (fields.find("quantization_config") != nullptr) {
    fields.fail("\"quantization_config\" is set; only weights in F32, F16 or BF16 are read");
  }
  // Qwen2 has biases on q, k and v whatever its file says; Llama has none, or by this field four.
  const bool attention_bias = fields.flag("attention_bias", false);
  const bool qwen = shape.architecture == "Qwen2ForCausalLM";
  shape.qkv_bias = qwen || attention_bias;
  shape.output_bias = !qwen && attention_bias;
  shape.tied = fields.flag("tie_word_embeddings", false);
}

}  // namespace

ModelConfig read_model_config(const std::string& path) {
  const Fields fields(path);
  ModelConfig config;
  ModelShape& shape = config.shape;
  shape.architecture = read_architecture(fields);
  shape.layers = fields.extent("num_hidden_layers", kMostLayers);
  shape.hidden = fields.extent("hidden_size");
  shape.intermediate = fields.extent("intermediate_size");
  shape.heads = fields.extent("num_attention_heads");
  shape.kv_heads = fields.extent_or("num_key_value_heads", shape.heads);
  shape.vocab = fields.extent("vocab_size");
  shape.context = fields.extent("max_position_embeddings");
  shape.rms_eps = fields.positive(fields.find("rms_norm_eps"), "rms_norm_eps", 1e-6);
  if (shape.heads % shape.kv_heads != 0) {
    fields.fail(fmt::format("\"num_attention_heads\" is {}, no multiple of \"num_key_value_heads\", {}",
                            shape.heads, shape.kv_heads));
  }
  if (fields.find("head_dim") == nullptr && shape.hidden % shape.heads != 0) {
    fields.fail(
        fmt::format("\"hidden_size\" is {}, no multiple of \"num_attention_heads\", {}, and there is no "
                    "\"head_dim\"",
                    shape.hidden, shape.heads));
  }
  shape.head_dim = fields.extent_or("head_dim", shape.hidden / shape.heads);
  if (shape.head_dim % 2 != 0) {
    fields.fail(fmt::format("heads of {} elements: rotary embedding needs an even number", shape.head_dim));
  }
  read_rope(fields, shape);
  read_features(fields, shape);
  const std::string stored = fields.text("torch_dtype", fields.text("dtype", "float32"));
  config.stored = stored == "bfloat16" ? DType::kBF16 : stored == "float16" ? DType::kF16 : DType::kF32;
  return config;
}

}  // namespace heddle::graph
