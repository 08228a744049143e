// A transformer as shapes: enough to count its parameters, bytes and operations.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/common/format.hpp"

namespace heddle::eval {

/// Grouped-query attention (multi-head and multi-query are its ends), or multi-head latent attention.
struct AttentionShape {
  bool latent = false;
  std::uint64_t heads = 0, kv_heads = 0;
  std::uint64_t head_dim = 0;  // of queries and keys; latent: qk_nope_head_dim + qk_rope_head_dim
  std::uint64_t value_dim = 0;
  // Latent attention (DeepSeek-V2, arXiv 2405.04434): the cache holds kv_rank + rope_dim elements a token.
  std::uint64_t q_rank = 0;  // 0: queries come from the hidden state directly
  std::uint64_t kv_rank = 0, nope_dim = 0, rope_dim = 0;
  bool qkv_bias = false, output_bias = false;
  bool qk_norm = false;  // an RMS norm over each head's queries and keys (Qwen3)
  bool causal = true;    // false: an encoder, which has no decode phase

  std::uint64_t q_width() const { return heads * head_dim; }
  std::uint64_t kv_width() const { return kv_heads * (head_dim + value_dim); }
  std::uint64_t output_width() const { return heads * value_dim; }
  /// Elements that one token leaves in the cache of one layer.
  std::uint64_t cache_elements() const { return latent ? kv_rank + rope_dim : kv_width(); }
};

/// A mixture of experts; every expert is a gated feed-forward layer.
struct ExpertShape {
  std::uint64_t experts = 0, per_token = 0, width = 0;
  std::uint64_t shared_width = 0;           // of all shared experts together; 0: none
  bool shared_gate = false;                 // a sigmoid gate on the shared expert (Qwen2-MoE)
  bool selection_bias = false;              // a bias per expert in the router (DeepSeek-V3)
  std::vector<std::uint32_t> dense_layers;  // layers that are dense instead, in ascending order
};

enum class NormKind { kRms, kLayer };

struct Model {
  std::string name;
  std::vector<std::string> aliases;
  std::string architecture;  // as config.json states it: "Qwen2ForCausalLM"
  std::string source;        // of the shapes
  std::string file;

  std::uint64_t layers = 0, hidden = 0, vocabulary = 0;
  std::uint64_t max_context = 0;  // positions that the model was made for; 0: not stated
  AttentionShape attention;
  std::uint64_t feed_forward = 0;  // width of the dense feed-forward layers
  bool gated = true;               // up and gate, as in SwiGLU
  bool feed_forward_bias = false;
  std::optional<ExpertShape> experts;

  bool tied = false;     // the head is the embedding
  bool has_head = true;  // false: an encoder without a language head
  bool head_bias = false;
  std::uint64_t positions = 0;    // learned position embeddings
  std::uint64_t token_types = 0;  // BERT
  NormKind norm = NormKind::kRms;
  std::uint64_t norms_per_layer = 2;  // GPT-J and PaLM: 1, feeding attention and feed-forward in parallel
  bool embedding_norm = false;        // BERT
  bool final_norm = true;
  std::uint64_t output_labels = 0;  // of a question-answering or classification head with bias

  Storage stored = plain(Format::kBf16);  // what the files hold, from torch_dtype and quantization_config

  bool is_expert_layer(std::uint64_t layer) const;
  std::uint64_t expert_layers() const;
};

/// A name (case does not matter) of a model in eval/work/models, a Hugging Face directory, its config.json,
/// or a file like those in eval/work/models. Throws std::runtime_error naming file and field.
Model load_model(const std::string& what);
std::vector<Model> all_models();
/// config.json's text. `source` names it in errors.
Model model_from_config(const std::string& text, const std::string& name, const std::string& source);

/// Every trained parameter of the model itself (a multi-token-prediction module is not part of it).
std::uint64_t parameter_count(const Model& model);
/// Those that one token meets: per_token experts instead of all. With embedding and head.
std::uint64_t active_parameter_count(const Model& model);
/// Bytes of the weights as stored. The embedding, head, norms, biases and routers are in `precision.head`.
double weight_bytes(const Model& model, const Precision& precision);
/// Bytes that one token leaves in the cache, all layers together.
double cache_bytes_per_token(const Model& model, Format cache);

}  // namespace heddle::eval
