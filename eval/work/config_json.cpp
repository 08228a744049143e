// config.json of Hugging Face as shapes: one reader for each family of architectures.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>

#include "eval/work/config_fields.hpp"
#include "eval/work/model.hpp"

namespace heddle::eval {
namespace {

void divides(const ConfigFields& fields, const char* field, std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole % part != 0)
    fields.fail(field, fmt::format("is {}, which does not divide {}", part, whole));
}

// What all decoders of the Llama kind share: RMS norms, rotary embedding, gated feed-forward layers.
Model read_llama(const ConfigFields& fields) {
  Model model;
  model.layers = fields.size({"num_hidden_layers"});
  model.hidden = fields.size({"hidden_size"});
  model.vocabulary = fields.size({"vocab_size"});
  model.max_context = fields.size_or({"max_position_embeddings"}, 0);
  model.feed_forward = fields.size({"intermediate_size"});
  AttentionShape& attention = model.attention;
  attention.heads = fields.size({"num_attention_heads"});
  attention.kv_heads = fields.size_or({"num_key_value_heads"}, attention.heads);
  divides(fields, "num_key_value_heads", attention.kv_heads, attention.heads);
  if (!fields.has("head_dim")) divides(fields, "num_attention_heads", attention.heads, model.hidden);
  attention.head_dim = fields.has("head_dim") ? fields.size({"head_dim"}) : model.hidden / attention.heads;
  attention.value_dim = attention.head_dim;
  attention.qkv_bias = attention.output_bias = fields.flag("attention_bias", false);
  model.feed_forward_bias = fields.flag("mlp_bias", false);
  model.tied = fields.flag("tie_word_embeddings", false);
  return model;
}

Model read_qwen2(const ConfigFields& fields) {
  Model model = read_llama(fields);
  model.attention.qkv_bias = true;  // always, whatever attention_bias says
  model.attention.output_bias = false;
  return model;
}

Model read_qwen3(const ConfigFields& fields) {
  Model model = read_llama(fields);
  model.attention.qk_norm = true;
  return model;
}

ExpertShape read_experts(const ConfigFields& fields, std::initializer_list<const char*> count,
                         std::initializer_list<const char*> width) {
  ExpertShape experts;
  experts.experts = fields.size(count);
  experts.per_token = fields.size({"num_experts_per_tok"});
  experts.width = fields.size(width);
  if (experts.per_token > experts.experts) {
    fields.fail("num_experts_per_tok",
                fmt::format("is {}, more than the {} experts", experts.per_token, experts.experts));
  }
  return experts;
}

Model read_mixtral(const ConfigFields& fields) {
  Model model = read_llama(fields);
  model.experts = read_experts(fields, {"num_local_experts"}, {"intermediate_size"});
  return model;
}

// Layers without experts: those listed, and those between the sparse ones.
std::vector<std::uint32_t> read_qwen_dense_layers(const ConfigFields& fields, std::uint64_t layers) {
  const std::uint64_t step = fields.size_or({"decoder_sparse_step"}, 1);
  if (step == 0) fields.fail("decoder_sparse_step", "is 0; must be at least 1");
  std::vector<std::uint64_t> listed;
  if (fields.has("mlp_only_layers")) {
    if (!fields.at("mlp_only_layers").is_array()) fields.fail("mlp_only_layers", "must be a list of layers");
    for (const Json& entry : fields.at("mlp_only_layers")) {
      if (!entry.is_number_unsigned()) fields.fail("mlp_only_layers", "must be a list of layers");
      listed.push_back(entry.get<std::uint64_t>());
    }
  }
  std::vector<std::uint32_t> dense;
  for (std::uint64_t layer = 0; layer < layers; ++layer) {
    const bool is_listed = std::find(listed.begin(), listed.end(), layer) != listed.end();
    if (is_listed || (layer + 1) % step != 0) dense.push_back(static_cast<std::uint32_t>(layer));
  }
  return dense;
}

Model read_qwen2_moe(const ConfigFields& fields) {
  Model model = read_qwen2(fields);
  model.experts = read_experts(fields, {"num_experts"}, {"moe_intermediate_size"});
  model.experts->shared_width = fields.size_or({"shared_expert_intermediate_size"}, 0);
  model.experts->shared_gate = model.experts->shared_width != 0;
  model.experts->dense_layers = read_qwen_dense_layers(fields, model.layers);
  return model;
}

Model read_qwen3_moe(const ConfigFields& fields) {
  Model model = read_qwen3(fields);
  model.experts = read_experts(fields, {"num_experts"}, {"moe_intermediate_size"});
  model.experts->dense_layers = read_qwen_dense_layers(fields, model.layers);
  return model;
}

// DeepSeek-V2 (arXiv 2405.04434) and V3 (arXiv 2412.19437).
Model read_deepseek(const ConfigFields& fields) {
  Model model = read_llama(fields);
  AttentionShape& attention = model.attention;
  attention.latent = true;
  attention.q_rank = fields.size_or({"q_lora_rank"}, 0);
  attention.kv_rank = fields.size({"kv_lora_rank"});
  attention.nope_dim = fields.size({"qk_nope_head_dim"});
  attention.rope_dim = fields.size({"qk_rope_head_dim"});
  attention.head_dim = attention.nope_dim + attention.rope_dim;
  attention.value_dim = fields.size({"v_head_dim"});
  attention.kv_heads = attention.heads;
  if (!fields.has("n_routed_experts")) return model;
  model.experts = read_experts(fields, {"n_routed_experts"}, {"moe_intermediate_size"});
  model.experts->shared_width = fields.size_or({"n_shared_experts"}, 0) * model.experts->width;
  model.experts->selection_bias = fields.text("topk_method", "noaux_tc") == "noaux_tc" &&
                                  fields.text("scoring_func", "softmax") == "sigmoid";
  const std::uint64_t first = fields.size_or({"first_k_dense_replace"}, 0);
  const std::uint64_t step = fields.size_or({"moe_layer_freq"}, 1);
  if (step == 0) fields.fail("moe_layer_freq", "is 0; must be at least 1");
  for (std::uint32_t layer = 0; layer < model.layers; ++layer) {
    if (layer < first || layer % step != 0) model.experts->dense_layers.push_back(layer);
  }
  return model;
}

Model read_gpt2_like(const ConfigFields& fields) {
  Model model;
  model.layers = fields.size({"n_layer"});
  model.hidden = fields.size({"n_embd"});
  model.vocabulary = fields.size({"vocab_size"});
  model.max_context = fields.size({"n_positions"});
  model.feed_forward = fields.size_or({"n_inner"}, 4 * model.hidden);
  model.gated = false;
  model.feed_forward_bias = true;
  model.norm = NormKind::kLayer;
  AttentionShape& attention = model.attention;
  attention.heads = attention.kv_heads = fields.size({"n_head"});
  divides(fields, "n_head", attention.heads, model.hidden);
  attention.head_dim = attention.value_dim = model.hidden / attention.heads;
  return model;
}

Model read_gpt2(const ConfigFields& fields) {
  Model model = read_gpt2_like(fields);
  model.attention.qkv_bias = model.attention.output_bias = true;
  model.positions = model.max_context;
  model.tied = fields.flag("tie_word_embeddings", true);
  return model;
}

Model read_gptj(const ConfigFields& fields) {
  Model model = read_gpt2_like(fields);
  model.norms_per_layer = 1;
  model.tied = fields.flag("tie_word_embeddings", false);
  model.head_bias = true;
  return model;
}

Model read_bert(const ConfigFields& fields) {
  Model model = read_llama(fields);
  model.attention.causal = false;
  model.attention.qkv_bias = model.attention.output_bias = true;
  model.gated = false;
  model.feed_forward_bias = true;
  model.norm = NormKind::kLayer;
  model.positions = model.max_context;
  model.token_types = fields.size_or({"type_vocab_size"}, 0);
  model.embedding_norm = true;
  model.final_norm = false;
  model.has_head = false;
  model.output_labels = fields.size_or({"num_labels"}, 2);
  return model;
}

Model read_chatglm(const ConfigFields& fields) {
  Model model;
  model.layers = fields.size({"num_layers"});
  model.hidden = fields.size({"hidden_size"});
  model.vocabulary = fields.size({"padded_vocab_size"});
  model.max_context = fields.size_or({"seq_length"}, 0);
  model.feed_forward = fields.size({"ffn_hidden_size"});
  AttentionShape& attention = model.attention;
  attention.heads = fields.size({"num_attention_heads"});
  attention.kv_heads =
      fields.flag("multi_query_attention", false) ? fields.size({"multi_query_group_num"}) : attention.heads;
  divides(fields, "multi_query_group_num", attention.kv_heads, attention.heads);
  attention.head_dim = attention.value_dim = fields.size({"kv_channels"});
  attention.output_bias = model.feed_forward_bias = fields.flag("add_bias_linear", false);
  attention.qkv_bias = fields.flag("add_qkv_bias", false) || attention.output_bias;
  return model;
}

// PaLM (arXiv 2204.02311): parallel layers behind one norm, multi-query attention, no biases, norms without
// bias, which count as RMS norms do.
Model read_palm(const ConfigFields& fields) {
  Model model = read_llama(fields);
  model.norms_per_layer = 1;
  return model;
}

using Family = std::function<Model(const ConfigFields&)>;

const std::map<std::string, Family>& families() {
  static const std::map<std::string, Family> kFamilies = {
      {"LlamaForCausalLM", read_llama},
      {"MistralForCausalLM", read_llama},
      {"Qwen2ForCausalLM", read_qwen2},
      {"Qwen3ForCausalLM", read_qwen3},
      {"MixtralForCausalLM", read_mixtral},
      {"Qwen2MoeForCausalLM", read_qwen2_moe},
      {"Qwen3MoeForCausalLM", read_qwen3_moe},
      {"DeepseekV2ForCausalLM", read_deepseek},
      {"DeepseekV3ForCausalLM", read_deepseek},
      {"GPT2LMHeadModel", read_gpt2},
      {"GPTJForCausalLM", read_gptj},
      {"BertForQuestionAnswering", read_bert},
      {"BertForSequenceClassification", read_bert},
      {"ChatGLMModel", read_chatglm},
      {"ChatGLMForConditionalGeneration", read_chatglm},
      {"PaLMForCausalLM", read_palm},
  };
  return kFamilies;
}

std::string read_architecture(const ConfigFields& fields) {
  std::vector<std::string> known;
  for (const auto& [name, unused] : families()) known.push_back(name);
  const std::string list = fmt::format("{}", fmt::join(known, ", "));
  if (!fields.has("architectures")) fields.fail("architectures", "is missing; known are " + list);
  const Json& names = fields.at("architectures");
  if (!names.is_array() || names.empty() || !names[0].is_string()) {
    fields.fail("architectures", "must be a list of one text");
  }
  const std::string name = names[0];
  if (!families().contains(name))
    fields.fail("architectures", fmt::format("is {}; known are {}", name, list));
  return name;
}

std::uint64_t group_elements(const ConfigFields& quantised, std::uint64_t hidden) {
  const Json& size = quantised.at("group_size");
  if (size.is_number_integer() && size.get<std::int64_t>() == -1) return hidden;  // a scale a row
  return quantised.size({"group_size"});
}

// What the files hold: quantization_config, else torch_dtype.
Storage read_storage(const Json& json, const ConfigFields& fields, std::uint64_t hidden) {
  if (fields.has("quantization_config")) {
    const Json& entry = json["quantization_config"];
    if (!entry.is_object()) fields.fail("quantization_config", "must be an object");
    const ConfigFields quantised(entry, fields.source() + ": quantization_config");
    const std::string method = quantised.text("quant_method", "");
    if (method == "fp8") {
      if (!quantised.has("weight_block_size")) return plain(Format::kFp8);
      const Json& block = entry["weight_block_size"];
      if (!block.is_array() || block.size() != 2 || !block[0].is_number_unsigned() ||
          !block[1].is_number_unsigned() || block[0].get<int>() <= 0 || block[1].get<int>() <= 0) {
        quantised.fail("weight_block_size", "must be two positive numbers");
      }
      return grouped(Format::kFp8, block[0].get<int>() * block[1].get<int>(), 32);
    }
    if (method == "gptq" || method == "awq") {
      const std::uint64_t width = quantised.size({"bits"});
      if (width != 4 && width != 8) quantised.fail("bits", fmt::format("is {}; must be 4 or 8", width));
      const Format format = width == 4 ? Format::kInt4 : Format::kInt8;
      return grouped(format, static_cast<int>(group_elements(quantised, hidden)),
                     16 + static_cast<int>(width));
    }
    quantised.fail("quant_method", fmt::format("is '{}'; known are fp8, gptq, awq", method));
  }
  const std::string type = fields.text("torch_dtype", fields.text("dtype", "bfloat16"));
  if (type == "bfloat16") return plain(Format::kBf16);
  if (type == "float16") return plain(Format::kFp16);
  if (type == "float32") return plain(Format::kFp32);
  fields.fail("torch_dtype", fmt::format("is '{}'; known are bfloat16, float16, float32", type));
}

}  // namespace

Model model_from_config(const std::string& text, const std::string& name, const std::string& source) {
  const Json json = parse_json(text, source);
  if (!json.is_object()) throw std::runtime_error(fmt::format("{}: must be a JSON object", source));
  const ConfigFields fields(json, source);
  const std::string architecture = read_architecture(fields);
  Model model = families().at(architecture)(fields);
  model.name = name;
  model.architecture = architecture;
  model.file = source;
  model.stored = read_storage(json, fields, model.hidden);
  return model;
}

}  // namespace heddle::eval
