// A language model as the compiler sees it: its shape, its graph, and access to its weights.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/graph/ir.hpp"
#include "compiler/graph/weights.hpp"

namespace heddle::graph {

/// The numbers of a decoder-only transformer, as config.json states them.
struct ModelShape {
  std::string architecture;  // "LlamaForCausalLM" or "Qwen2ForCausalLM"
  std::int64_t layers = 0;
  std::int64_t hidden = 0;        // width of the residual stream
  std::int64_t intermediate = 0;  // width of the feed-forward network
  std::int64_t heads = 0;         // of queries
  std::int64_t kv_heads = 0;      // of keys and values; divides heads
  std::int64_t head_dim = 0;      // even; heads * head_dim may differ from hidden
  std::int64_t vocab = 0;
  std::int64_t context = 0;  // most positions that a sequence can have
  double rms_eps = 1e-6;
  double rope_theta = 10000.0;
  bool qkv_bias = false;     // q_proj, k_proj and v_proj have a bias
  bool output_bias = false;  // o_proj has one (Llama's attention_bias gives it to all four)
  bool tied = false;         // the logits use the embedding table

  std::int64_t q_size() const { return heads * head_dim; }
  std::int64_t kv_size() const { return kv_heads * head_dim; }
  /// Weights of the model in elements; a tied table counts once.
  std::int64_t parameters() const;
  bool operator==(const ModelShape&) const = default;
};

/// Name of a layer's tensor: (3, "mlp.up_proj.weight") -> "model.layers.3.mlp.up_proj.weight".
std::string layer_tensor(std::int64_t layer, const std::string& rest);

struct LanguageModel {
  std::string name;       // last component of the directory
  std::string directory;  // as given
  ModelShape shape;
  Graph graph;  // inputs "token_ids" u32[tokens] and "position" u32[]; output "logits"
  std::shared_ptr<const WeightStore> weights;  // empty when imported without weights

  bool has_weights() const { return weights != nullptr; }
  /// A two-dimensional tensor by its name in the files (Value::location.name of a constant), converted to
  /// float: row = output channel, as stored ([out, in]; the embedding table is [vocab, hidden]).
  /// Throws std::runtime_error naming file and tensor: absent, not two-dimensional, not readable.
  Matrix weight(const std::string& tensor) const;
  /// A one-dimensional tensor, converted to float.
  std::vector<float> vector(const std::string& tensor) const;
};

struct ImportOptions {
  bool load_weights = true;  // false: neither opens nor asks for weight files; shapes come from config.json
};

/// Imports a Hugging Face directory: config.json, model.safetensors or model.safetensors.index.json with its
/// shards. Every tensor's presence, shape and type are checked here; values are read when asked for. The
/// graph returned is verified. Throws std::runtime_error naming file, field or tensor, what was expected and
/// what was found.
LanguageModel import_huggingface(const std::string& directory, const ImportOptions& options = {});

}  // namespace heddle::graph
