// Random small models as Hugging Face directories, of any legal shape however odd. The same description gives
// the same bytes.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace heddle::test {

struct TinyModel {
  std::string architecture = "LlamaForCausalLM";  // or "Qwen2ForCausalLM"
  int layers = 2;
  int hidden = 24;
  int intermediate = 44;
  int heads = 4;
  int kv_heads = 2;
  int head_dim = 0;  // 0: hidden / heads, and left out of config.json
  int vocab = 300;
  int context = 48;
  double rms_eps = 1e-5;
  double rope_theta = 10000.0;
  bool tied = true;
  bool attention_bias = false;  // of Llama; Qwen2 has biases on q, k and v always
  std::string dtype = "F32";    // "F16", "BF16"
  int shards = 1;               // more than one: model-0000i-of-0000n.safetensors and an index
  bool byte_level = true;       // tokenizer.json: byte-level BPE, otherwise BPE with byte fallback
  std::uint64_t seed = 1;

  int width() const { return head_dim != 0 ? head_dim : hidden / heads; }
};

/// Row-major; `values` are exactly those stored, after rounding to the type of the file.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using Tensors = std::map<std::string, Tensor>;

/// The model's tensors under Hugging Face's names.
Tensors tiny_tensors(const TinyModel& model);
nlohmann::json tiny_config(const TinyModel& model);
/// A tokenizer of exactly `vocab` tokens. Base symbols come first (all 256 bytes only where they fit), merges
/// take what is left. Byte-level: the last token is the special "<|endoftext|>"; byte fallback: the first
/// three are <unk>, <s>, </s>.
nlohmann::json tiny_tokenizer(int vocab, bool byte_level);

/// The bytes of one safetensors file.
std::string safetensors_bytes(const Tensors& tensors, const std::string& dtype);
/// The bytes of a file with any header, well-formed or not.
std::string safetensors_bytes(const std::string& header, const std::string& data);
/// The nearest value of the type, ties to even.
float round_to(const std::string& dtype, float value);

/// Writes config.json, weights and tokenizer.json into an existing folder; returns the tensors.
Tensors write_tiny_model(const std::string& directory, const TinyModel& model);

}  // namespace heddle::test
