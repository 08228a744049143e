#include "cli/bench/decode_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cli/output.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

struct NamedShape {
  const char* name;
  const char* config;  // what matters of config.json on the Hugging Face hub
};

constexpr NamedShape kShapes[] = {
    // Qwen/Qwen2-0.5B
    {"qwen2-0.5b", R"({"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
      "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14,
      "num_key_value_heads": 2, "vocab_size": 151936, "max_position_embeddings": 131072,
      "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "tie_word_embeddings": true,
      "torch_dtype": "bfloat16"})"},
    // HuggingFaceTB/SmolLM2-135M
    {"smollm2-135m", R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
      "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
      "num_key_value_heads": 3, "vocab_size": 49152, "max_position_embeddings": 8192,
      "rms_norm_eps": 1e-05, "rope_theta": 100000.0, "tie_word_embeddings": true,
      "torch_dtype": "bfloat16"})"}};

std::string config_text(const std::string& what) {
  if (std::string known = decode_shape_config(what); !known.empty()) return known;
  std::error_code ignored;
  if (fs::is_regular_file(what, ignored)) return read_text_file(what);
  throw std::runtime_error(fmt::format("--model {}: neither a config.json nor one of {}", what,
                                       fmt::join(decode_shape_names(), ", ")));
}

/// A folder of its own for the changed config.json: the importer reads directories.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "heddle-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error(fmt::format("{}: cannot be made", pattern));
    }
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::vector<std::string> decode_shape_names() {
  std::vector<std::string> names;
  for (const NamedShape& shape : kShapes) names.emplace_back(shape.name);
  return names;
}

std::string decode_shape_config(const std::string& name) {
  for (const NamedShape& shape : kShapes) {
    if (name == shape.name) return shape.config;
  }
  return {};
}

graph::LanguageModel decode_model(const std::string& what, std::int64_t layers, std::int64_t vocab,
                                  std::int64_t context) {
  Json config = Json::parse(config_text(what), nullptr, false);
  if (!config.is_object()) throw std::runtime_error(fmt::format("{}: not a JSON object", what));
  if (layers > 0) config["num_hidden_layers"] = layers;
  if (vocab > 0) config["vocab_size"] = vocab;
  const auto positions = config.find("max_position_embeddings");
  if (positions != config.end() && positions->is_number_integer()) {
    *positions = std::max(positions->get<std::int64_t>(), context);
  }
  // Token ids of the original vocabulary mean nothing here.
  for (const char* field : {"bos_token_id", "eos_token_id", "pad_token_id"}) config.erase(field);
  const Folder folder;
  std::ofstream(folder.path() / "config.json") << config.dump();
  try {
    graph::LanguageModel model = graph::import_huggingface(folder.path().string(), {.load_weights = false});
    model.name = fs::path(what).filename().string();
    return model;
  } catch (const std::runtime_error& error) {
    std::string text = error.what();
    const std::string path = (folder.path() / "config.json").string();
    if (const std::size_t at = text.find(path); at != std::string::npos) text.replace(at, path.size(), what);
    throw std::runtime_error(text);
  }
}

}  // namespace heddle::cli
