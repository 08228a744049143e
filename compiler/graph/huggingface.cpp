// Import of a Hugging Face directory: config.json says the shape, the weight files must agree with it.
#include <fmt/core.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "compiler/graph/config_json.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/graph/tensor_list.hpp"
#include "compiler/graph/verifier.hpp"

namespace heddle::graph {

namespace fs = std::filesystem;

namespace {

std::string directory_name(const std::string& directory) {
  const fs::path path = fs::absolute(directory).lexically_normal();
  return (path.has_filename() ? path.filename() : path.parent_path().filename()).string();
}

DType constant_type(const std::string& dtype) {
  return dtype == "F16" ? DType::kF16 : dtype == "BF16" ? DType::kBF16 : DType::kF32;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Presence, shape and type of everything that the model needs; nothing that it does not know, since that
/// would be a model of another architecture under this name.
void check_tensors(const LanguageModel& model, const std::vector<ExpectedTensor>& expected) {
  const WeightStore& weights = *model.weights;
  std::unordered_set<std::string> known;
  for (const ExpectedTensor& tensor : expected) {
    known.insert(tensor.name);
    const TensorInfo* info = weights.find(tensor.name);
    if (info == nullptr) {
      throw std::runtime_error(fmt::format("{}: tensor \"{}\" of shape {} is missing",
                                           (fs::path(model.directory) / weights.main_file()).string(),
                                           tensor.name, shape_text(tensor.shape)));
    }
    const std::string file = (fs::path(model.directory) / weights.file_of(tensor.name)).string();
    if (info->shape != tensor.shape) {
      throw std::runtime_error(fmt::format("{}: tensor \"{}\" has shape {}, but config.json makes it {}",
                                           file, tensor.name, shape_text(info->shape),
                                           shape_text(tensor.shape)));
    }
    if (info->dtype != "F32" && info->dtype != "F16" && info->dtype != "BF16") {
      throw std::runtime_error(
          fmt::format("{}: tensor \"{}\" of shape {} has dtype {}; F32, F16 or BF16 are needed", file,
                      tensor.name, shape_text(info->shape), info->dtype));
    }
  }
  for (const std::string& name : weights.names()) {
    // Old files store the rotary frequencies, which follow from rope_theta, or a copy of the tied matrix.
    const bool redundant =
        ends_with(name, "rotary_emb.inv_freq") || (model.shape.tied && name == "lm_head.weight");
    if (known.count(name) == 0 && !redundant) {
      throw std::runtime_error(
          fmt::format("{}: tensor \"{}\" of shape {} is not part of {} with this config.json",
                      (fs::path(model.directory) / weights.file_of(name)).string(), name,
                      shape_text(weights.find(name)->shape), model.shape.architecture));
    }
  }
}

class Builder {
 public:
  Builder(LanguageModel& model, DType stored) : model_(model), shape_(model.shape), graph_(model.graph) {
    graph_.name = model.name;
    graph_.symbols.push_back({"tokens", 1, shape_.context});
    ids_ = graph_.add_value("token_ids", ValueKind::kInput, {DType::kU32, {"tokens"}});
    position_ = graph_.add_value("position", ValueKind::kInput, {DType::kU32, {}});
    for (const ExpectedTensor& tensor : expected_tensors(shape_)) {
      Type type{stored, {}};
      if (model_.has_weights()) type.dtype = constant_type(model_.weights->find(tensor.name)->dtype);
      for (const std::int64_t extent : tensor.shape) type.shape.emplace_back(extent);
      constants_[tensor.name] =
          graph_.add_value(tensor.name, ValueKind::kConstant, type, {file_of(tensor.name), tensor.name});
    }
    for (std::int64_t layer = 0; layer < shape_.layers; ++layer) {
      const Type cache{DType::kF32, {shape_.context, shape_.kv_heads, shape_.head_dim}};
      keys_.push_back(graph_.add_value(fmt::format("layers.{}.keys", layer), ValueKind::kState, cache));
      values_.push_back(graph_.add_value(fmt::format("layers.{}.values", layer), ValueKind::kState, cache));
    }
  }

  void build() {
    const std::string table = "model.embed_tokens.weight";
    ValueId x = graph_.add_node(Op::kEmbedding, "embedding", {ids_, constants_.at(table)},
                                rows(shape_.hidden), {}, {file_of(table), "model.embed_tokens"});
    for (std::int64_t layer = 0; layer < shape_.layers; ++layer) x = feed_forward(layer, attention(layer, x));
    x = norm("norm", "model.norm", x);
    const std::string output = shape_.tied ? table : "lm_head.weight";
    const ValueId logits =
        graph_.add_node(Op::kLogits, "logits", {x, constants_.at(output)}, rows(shape_.vocab), {},
                        {file_of(output), shape_.tied ? "model.embed_tokens" : "lm_head"});
    graph_.outputs = {logits};
  }

 private:
  std::string file_of(const std::string& tensor) const {
    return model_.has_weights() ? model_.weights->file_of(tensor) : "config.json";
  }

  static Type rows(std::int64_t columns) { return {DType::kF32, {Dim("tokens"), Dim(columns)}}; }

  ValueId norm(const std::string& name, const std::string& module, ValueId x) {
    return graph_.add_node(Op::kRmsNorm, name, {x, constants_.at(module + ".weight")}, rows(shape_.hidden),
                           {{"epsilon", shape_.rms_eps}}, {file_of(module + ".weight"), module});
  }

  ValueId linear(const std::string& name, const std::string& module, ValueId x, std::int64_t outputs) {
    std::vector<ValueId> operands = {x, constants_.at(module + ".weight")};
    const auto bias = constants_.find(module + ".bias");
    if (bias != constants_.end()) operands.push_back(bias->second);
    return graph_.add_node(Op::kLinear, name, std::move(operands), rows(outputs), {},
                           {file_of(module + ".weight"), module});
  }

  ValueId rope(const std::string& name, const std::string& module, ValueId x, std::int64_t heads) {
    return graph_.add_node(Op::kRope, name, {x, position_}, rows(heads * shape_.head_dim),
                           {{"heads", heads}, {"head_dim", shape_.head_dim}, {"theta", shape_.rope_theta}},
                           {"config.json", module});
  }

  ValueId attention(std::int64_t layer, ValueId x) {
    const std::string name = fmt::format("layers.{}.", layer), module = layer_tensor(layer, "");
    const std::string self = module + "self_attn";
    const ValueId normed = norm(name + "input_norm", module + "input_layernorm", x);
    const ValueId q = linear(name + "q_proj", self + ".q_proj", normed, shape_.q_size());
    const ValueId k = linear(name + "k_proj", self + ".k_proj", normed, shape_.kv_size());
    const ValueId v = linear(name + "v_proj", self + ".v_proj", normed, shape_.kv_size());
    const ValueId q_turned = rope(name + "q_rope", self, q, shape_.heads);
    const ValueId k_turned = rope(name + "k_rope", self, k, shape_.kv_heads);
    const auto index = static_cast<std::size_t>(layer);
    const ValueId mixed = graph_.add_node(Op::kAttention, name + "attention",
                                          {q_turned, k_turned, v, keys_[index], values_[index], position_},
                                          rows(shape_.q_size()),
                                          {{"heads", shape_.heads},
                                           {"kv_heads", shape_.kv_heads},
                                           {"head_dim", shape_.head_dim},
                                           {"scale", 1.0 / std::sqrt(static_cast<double>(shape_.head_dim))}},
                                          {"config.json", self});
    const ValueId out = linear(name + "o_proj", self + ".o_proj", mixed, shape_.hidden);
    return graph_.add_node(Op::kAdd, name + "attention_add", {x, out}, rows(shape_.hidden), {},
                           {"config.json", self});
  }

  ValueId feed_forward(std::int64_t layer, ValueId x) {
    const std::string name = fmt::format("layers.{}.", layer), module = layer_tensor(layer, "");
    const std::string mlp = module + "mlp";
    const ValueId normed = norm(name + "post_norm", module + "post_attention_layernorm", x);
    const ValueId gate = linear(name + "gate_proj", mlp + ".gate_proj", normed, shape_.intermediate);
    const ValueId up = linear(name + "up_proj", mlp + ".up_proj", normed, shape_.intermediate);
    const ValueId gated = graph_.add_node(Op::kSiluMul, name + "silu_mul", {gate, up},
                                          rows(shape_.intermediate), {}, {"config.json", mlp});
    const ValueId out = linear(name + "down_proj", mlp + ".down_proj", gated, shape_.hidden);
    return graph_.add_node(Op::kAdd, name + "mlp_add", {x, out}, rows(shape_.hidden), {},
                           {"config.json", mlp});
  }

  LanguageModel& model_;
  const ModelShape& shape_;
  Graph& graph_;
  ValueId ids_ = -1, position_ = -1;
  std::vector<ValueId> keys_, values_;
  std::unordered_map<std::string, ValueId> constants_;
};

}  // namespace

LanguageModel import_huggingface(const std::string& directory, const ImportOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored)) {
    throw std::runtime_error(fmt::format("{}: no such directory", directory));
  }
  LanguageModel model;
  model.directory = directory;
  model.name = directory_name(directory);
  const ModelConfig config = read_model_config((fs::path(directory) / "config.json").string());
  model.shape = config.shape;
  if (options.load_weights) {
    model.weights = std::make_shared<const WeightStore>(directory);
    check_tensors(model, expected_tensors(model.shape));
  }
  Builder(model, config.stored).build();
  verify(model.graph);
  return model;
}

}  // namespace heddle::graph
