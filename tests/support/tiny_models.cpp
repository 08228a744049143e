#include "tests/support/tiny_models.hpp"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <random>
#include <stdexcept>

#include "tests/support/temporary.hpp"

namespace heddle::test {

namespace {

/// About normal, and the same with every standard library (std::normal_distribution is not).
float normal(std::mt19937_64& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<float>(sum);
}

std::uint16_t half_bits(float value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float magnitude = std::fabs(value);
  if (magnitude == 0) return sign;
  const int exponent = std::max(std::ilogb(magnitude), -14);
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  if (steps >= 2048 && exponent == 15) throw std::runtime_error("a weight of a tiny model overflows F16");
  // A carry out of the fraction moves into the exponent by itself; below 1024 steps lie the subnormals.
  return static_cast<std::uint16_t>(sign | (((exponent + 14) << 10) + steps));
}

std::uint16_t bfloat_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

void append(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

void append_values(std::string& out, const std::vector<float>& values, const std::string& dtype) {
  for (const float value : values) {
    if (dtype == "F16") {
      append(out, half_bits(value), 2);
    } else if (dtype == "BF16") {
      append(out, bfloat_bits(value), 2);
    } else {
      append(out, std::bit_cast<std::uint32_t>(value), 4);
    }
  }
}

}  // namespace

float round_to(const std::string& dtype, float value) {
  if (dtype == "BF16") return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat_bits(value)) << 16);
  if (dtype != "F16" || value == 0) return value;
  const float step = std::ldexp(1.0f, std::max(std::ilogb(value), -14) - 10);
  return std::nearbyint(value / step) * step;
}

Tensors tiny_tensors(const TinyModel& model) {
  Tensors tensors;
  std::mt19937_64 random(model.seed);
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, double mean,
                       double deviation) {
    std::size_t elements = 1;
    for (const std::int64_t extent : shape) elements *= static_cast<std::size_t>(extent);
    Tensor& tensor = tensors[name];
    tensor.shape = std::move(shape);
    for (std::size_t i = 0; i < elements; ++i) {
      tensor.values.push_back(round_to(model.dtype, static_cast<float>(mean + deviation * normal(random))));
    }
  };
  const auto linear = [&](const std::string& name, int outputs, int inputs, bool bias) {
    add(name + ".weight", {outputs, inputs}, 0, 1 / std::sqrt(inputs));
    if (bias) add(name + ".bias", {outputs}, 0, 0.3);
  };
  const bool qwen = model.architecture == "Qwen2ForCausalLM", bias = qwen || model.attention_bias;
  const int q_size = model.heads * model.width(), kv_size = model.kv_heads * model.width();
  add("model.embed_tokens.weight", {model.vocab, model.hidden}, 0, 0.5);
  for (int layer = 0; layer < model.layers; ++layer) {
    const std::string prefix = fmt::format("model.layers.{}.", layer);
    add(prefix + "input_layernorm.weight", {model.hidden}, 1, 0.2);
    linear(prefix + "self_attn.q_proj", q_size, model.hidden, bias);
    linear(prefix + "self_attn.k_proj", kv_size, model.hidden, bias);
    linear(prefix + "self_attn.v_proj", kv_size, model.hidden, bias);
    linear(prefix + "self_attn.o_proj", model.hidden, q_size, bias && !qwen);
    add(prefix + "post_attention_layernorm.weight", {model.hidden}, 1, 0.2);
    linear(prefix + "mlp.gate_proj", model.intermediate, model.hidden, false);
    linear(prefix + "mlp.up_proj", model.intermediate, model.hidden, false);
    linear(prefix + "mlp.down_proj", model.hidden, model.intermediate, false);
  }
  add("model.norm.weight", {model.hidden}, 1, 0.2);
  if (!model.tied) add("lm_head.weight", {model.vocab, model.hidden}, 0, 0.5);
  return tensors;
}

nlohmann::json tiny_config(const TinyModel& model) {
  const bool qwen = model.architecture == "Qwen2ForCausalLM";
  nlohmann::json config = {{"architectures", nlohmann::json::array({model.architecture})},
                           {"model_type", qwen ? "qwen2" : "llama"},
                           {"hidden_size", model.hidden},
                           {"intermediate_size", model.intermediate},
                           {"num_hidden_layers", model.layers},
                           {"num_attention_heads", model.heads},
                           {"num_key_value_heads", model.kv_heads},
                           {"vocab_size", model.vocab},
                           {"max_position_embeddings", model.context},
                           {"rms_norm_eps", model.rms_eps},
                           {"rope_theta", model.rope_theta},
                           {"rope_scaling", nullptr},
                           {"hidden_act", "silu"},
                           {"tie_word_embeddings", model.tied},
                           {"torch_dtype", model.dtype == "F16"    ? "float16"
                                           : model.dtype == "BF16" ? "bfloat16"
                                                                   : "float32"}};
  config["bos_token_id"] = model.byte_level ? model.vocab - 1 : 1;
  config["eos_token_id"] = model.byte_level ? model.vocab - 1 : 2;
  if (model.head_dim != 0) config["head_dim"] = model.head_dim;
  if (qwen) {
    config["use_sliding_window"] = false;
  } else {
    config["attention_bias"] = model.attention_bias;
  }
  return config;
}

std::string safetensors_bytes(const std::string& header, const std::string& data) {
  std::string out;
  append(out, header.size(), 8);
  return out + header + data;
}

std::string safetensors_bytes(const Tensors& tensors, const std::string& dtype) {
  nlohmann::json header = {{"__metadata__", {{"format", "pt"}}}};
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    append_values(data, tensor.values, dtype);
    header[name] = {{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return safetensors_bytes(text, data);
}

Tensors write_tiny_model(const std::string& directory, const TinyModel& model) {
  const Tensors tensors = tiny_tensors(model);
  write_file(directory + "/config.json", tiny_config(model).dump(1));
  write_file(directory + "/tokenizer.json", tiny_tokenizer(model.vocab, model.byte_level).dump());
  if (model.shards == 1) {
    write_file(directory + "/model.safetensors", safetensors_bytes(tensors, model.dtype));
    return tensors;
  }
  std::vector<Tensors> parts(static_cast<std::size_t>(model.shards));
  nlohmann::json index = {{"metadata", {{"total_size", 0}}}, {"weight_map", nlohmann::json::object()}};
  std::size_t next = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t part = next++ % parts.size();
    parts[part][name] = tensor;
    index["weight_map"][name] = fmt::format("model-{:05}-of-{:05}.safetensors", part + 1, model.shards);
  }
  for (std::size_t part = 0; part < parts.size(); ++part) {
    write_file(fmt::format("{}/model-{:05}-of-{:05}.safetensors", directory, part + 1, model.shards),
               safetensors_bytes(parts[part], model.dtype));
  }
  write_file(directory + "/model.safetensors.index.json", index.dump(1));
  return tensors;
}

}  // namespace heddle::test
