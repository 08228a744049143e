#include "compiler/graph/model.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <stdexcept>

#include "compiler/graph/tensor_list.hpp"

namespace heddle::graph {

std::string layer_tensor(std::int64_t layer, const std::string& rest) {
  return fmt::format("model.layers.{}.{}", layer, rest);
}

std::vector<ExpectedTensor> expected_tensors(const ModelShape& shape) {
  std::vector<ExpectedTensor> list;
  list.push_back({"model.embed_tokens.weight", {shape.vocab, shape.hidden}});
  for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
    const auto add = [&](const std::string& rest, std::vector<std::int64_t> extents) {
      list.push_back({layer_tensor(layer, rest), std::move(extents)});
    };
    const auto projection = [&](const std::string& name, std::int64_t outputs, std::int64_t inputs,
                                bool bias) {
      add(name + ".weight", {outputs, inputs});
      if (bias) add(name + ".bias", {outputs});
    };
    add("input_layernorm.weight", {shape.hidden});
    projection("self_attn.q_proj", shape.q_size(), shape.hidden, shape.qkv_bias);
    projection("self_attn.k_proj", shape.kv_size(), shape.hidden, shape.qkv_bias);
    projection("self_attn.v_proj", shape.kv_size(), shape.hidden, shape.qkv_bias);
    projection("self_attn.o_proj", shape.hidden, shape.q_size(), shape.output_bias);
    add("post_attention_layernorm.weight", {shape.hidden});
    projection("mlp.gate_proj", shape.intermediate, shape.hidden, false);
    projection("mlp.up_proj", shape.intermediate, shape.hidden, false);
    projection("mlp.down_proj", shape.hidden, shape.intermediate, false);
  }
  list.push_back({"model.norm.weight", {shape.hidden}});
  if (!shape.tied) list.push_back({"lm_head.weight", {shape.vocab, shape.hidden}});
  return list;
}

std::int64_t ModelShape::parameters() const {
  std::int64_t total = 0;
  for (const ExpectedTensor& tensor : expected_tensors(*this)) {
    std::int64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= extent;
    total += elements;
  }
  return total;
}

namespace {
const TensorInfo& tensor_of_rank(const LanguageModel& model, const std::string& tensor, std::size_t rank) {
  if (!model.has_weights()) {
    throw std::runtime_error(
        fmt::format("{}: tensor \"{}\" is asked for, but the model was imported without "
                    "weights",
                    model.directory, tensor));
  }
  const auto path = [&](const std::string& file) {
    return (std::filesystem::path(model.directory) / file).string();
  };
  const TensorInfo* info = model.weights->find(tensor);
  if (info == nullptr) {
    throw std::runtime_error(fmt::format("{}: no tensor \"{}\"", path(model.weights->main_file()), tensor));
  }
  if (info->shape.size() != rank) {
    throw std::runtime_error(fmt::format("{}: tensor \"{}\" has shape {}, {} dimensions are needed",
                                         path(model.weights->file_of(tensor)), tensor,
                                         shape_text(info->shape), rank));
  }
  return *info;
}
}  // namespace

Matrix LanguageModel::weight(const std::string& tensor) const {
  const TensorInfo& info = tensor_of_rank(*this, tensor, 2);
  return {info.shape[0], info.shape[1], weights->read(tensor)};
}

std::vector<float> LanguageModel::vector(const std::string& tensor) const {
  tensor_of_rank(*this, tensor, 1);
  return weights->read(tensor);
}

}  // namespace heddle::graph
