// config.json: families of architectures, stored formats, and what is refused.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "eval/work/model.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

using Json = nlohmann::json;

Json llama() {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"num_hidden_layers", 2},
          {"hidden_size", 64},
          {"num_attention_heads", 8},
          {"num_key_value_heads", 2},
          {"intermediate_size", 96},
          {"vocab_size", 100}};
}

Model read(const Json& json) { return model_from_config(json.dump(), "m", "config.json"); }

std::string refusal(const Json& json) {
  try {
    read(json);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Config, LlamaByHand) {
  const Model model = read(llama());
  // Per layer: q and o 2 * 64 * 64, k and v 2 * 64 * 16, feed-forward 3 * 64 * 96, norms 2 * 64.
  const std::uint64_t layer = 8192 + 2048 + 18432 + 128;
  EXPECT_EQ(parameter_count(model), 2 * layer + 2 * 6400 + 64);
  EXPECT_EQ(model.attention.head_dim, 8u);
  EXPECT_EQ(model.stored.format, Format::kBf16);
}

TEST(Config, TiedHeadIsCountedOnce) {
  Json json = llama();
  json["tie_word_embeddings"] = true;
  EXPECT_EQ(parameter_count(read(json)), parameter_count(read(llama())) - 6400);
}

TEST(Config, Qwen2HasBiasesAndQwen3HasNorms) {
  const std::uint64_t plain = parameter_count(read(llama()));
  Json json = llama();
  json["architectures"] = {"Qwen2ForCausalLM"};
  EXPECT_EQ(parameter_count(read(json)), plain + 2 * (64 + 16 + 16));
  json["architectures"] = {"Qwen3ForCausalLM"};
  json["head_dim"] = 8;
  EXPECT_EQ(parameter_count(read(json)), plain + 2 * (8 + 8));
}

TEST(Config, HeadDimIsIndependentOfTheHiddenSize) {
  Json json = llama();
  json["head_dim"] = 16;
  EXPECT_EQ(read(json).attention.q_width(), 128u);
}

TEST(Config, Mixtral) {
  Json json = llama();
  json["architectures"] = {"MixtralForCausalLM"};
  json["num_local_experts"] = 4;
  json["num_experts_per_tok"] = 2;
  const Model model = read(json);
  EXPECT_EQ(model.expert_layers(), 2u);
  const std::uint64_t expert = 3 * 64 * 96;
  EXPECT_EQ(parameter_count(model), parameter_count(read(llama())) + 2 * (3 * expert + 4 * 64));
  EXPECT_EQ(parameter_count(model) - active_parameter_count(model), 2 * 2 * expert);
}

TEST(Config, QwenMoeSkipsDenseLayers) {
  Json json = llama();
  json["architectures"] = {"Qwen3MoeForCausalLM"};
  json["num_experts"] = 4;
  json["num_experts_per_tok"] = 2;
  json["moe_intermediate_size"] = 32;
  json["mlp_only_layers"] = {0};
  EXPECT_FALSE(read(json).is_expert_layer(0));
  EXPECT_TRUE(read(json).is_expert_layer(1));
  json["mlp_only_layers"] = Json::array();
  json["decoder_sparse_step"] = 2;
  EXPECT_EQ(read(json).expert_layers(), 1u);
  json["architectures"] = {"Qwen2MoeForCausalLM"};
  json["shared_expert_intermediate_size"] = 48;
  EXPECT_EQ(read(json).experts->shared_width, 48u);
  EXPECT_TRUE(read(json).experts->shared_gate);
}

TEST(Config, DeepSeek) {
  const Model model = load_model("deepseek-v3");
  EXPECT_TRUE(model.attention.latent);
  EXPECT_EQ(model.expert_layers(), 58u);
  EXPECT_EQ(model.attention.cache_elements(), 576u);
  EXPECT_EQ(model.stored.format, Format::kFp8);
  EXPECT_DOUBLE_EQ(model.stored.bits_per_element, 8 + 32.0 / 16384);
}

TEST(Config, StoredFormats) {
  Json json = llama();
  json["torch_dtype"] = "float16";
  EXPECT_EQ(read(json).stored.format, Format::kFp16);
  json["quantization_config"] = {{"quant_method", "gptq"}, {"bits", 4}, {"group_size", 128}};
  EXPECT_EQ(read(json).stored.format, Format::kInt4);
  EXPECT_DOUBLE_EQ(read(json).stored.bits_per_element, 4 + 20.0 / 128);
  json["quantization_config"]["group_size"] = -1;  // a scale a row
  EXPECT_DOUBLE_EQ(read(json).stored.bits_per_element, 4 + 20.0 / 64);
  json["quantization_config"] = {{"quant_method", "awq"}, {"bits", 3}, {"group_size", 128}};
  EXPECT_EQ(refusal(json), "config.json: quantization_config: field 'bits' is 3; must be 4 or 8");
  json["quantization_config"] = {{"quant_method", "magic"}};
  EXPECT_EQ(refusal(json),
            "config.json: quantization_config: field 'quant_method' is 'magic'; known are fp8, gptq, awq");
  json["quantization_config"] = {{"quant_method", "fp8"}, {"weight_block_size", {128}}};
  EXPECT_EQ(refusal(json),
            "config.json: quantization_config: field 'weight_block_size' must be two positive numbers");
}

TEST(Config, RefusesWhatItCannotRead) {
  EXPECT_EQ(refusal(Json::array()), "config.json: must be a JSON object");
  Json json = llama();
  json.erase("hidden_size");
  EXPECT_EQ(refusal(json), "config.json: field 'hidden_size' is missing");
  json = llama();
  json["hidden_size"] = -64;
  EXPECT_EQ(refusal(json),
            "config.json: field 'hidden_size' is -64; must be a whole number from 1 to 1099511627776");
  json["hidden_size"] = "64";
  EXPECT_EQ(refusal(json),
            "config.json: field 'hidden_size' is \"64\"; must be a whole number from 1 to 1099511627776");
  json = llama();
  json["num_key_value_heads"] = 3;
  EXPECT_EQ(refusal(json), "config.json: field 'num_key_value_heads' is 3, which does not divide 8");
  json["num_key_value_heads"] = 0;
  EXPECT_EQ(refusal(json), "config.json: field 'num_key_value_heads' is 0, which does not divide 8");
  json = llama();
  json["hidden_size"] = 65;
  EXPECT_EQ(refusal(json), "config.json: field 'num_attention_heads' is 8, which does not divide 65");
  json = llama();
  json["tie_word_embeddings"] = 1;
  EXPECT_EQ(refusal(json), "config.json: field 'tie_word_embeddings' is 1; must be true or false");
  json = llama();
  json["architectures"] = {"MambaForCausalLM"};
  EXPECT_NE(refusal(json).find("field 'architectures' is MambaForCausalLM; known are"), std::string::npos);
  json = llama();
  json["architectures"] = {"MixtralForCausalLM"};
  json["num_local_experts"] = 2;
  json["num_experts_per_tok"] = 3;
  EXPECT_EQ(refusal(json), "config.json: field 'num_experts_per_tok' is 3, more than the 2 experts");
}

TEST(Config, ByNameDirectoryAndFile) {
  EXPECT_EQ(load_model("qwq-32b").name, "QwQ-32B");
  EXPECT_EQ(load_model("R1").name, "DeepSeek-R1");
  test::TemporaryDirectory directory;
  test::write_file(directory.file("config.json"), llama().dump());
  EXPECT_EQ(load_model(directory.path()).layers, 2u);
  EXPECT_EQ(load_model(directory.path() + "/").name, load_model(directory.file("config.json")).name);
  test::write_file(directory.file("mine.json"),
                   Json{{"name", "Mine"}, {"source", "a test"}, {"config", llama()}}.dump());
  EXPECT_EQ(load_model(directory.file("mine.json")).name, "Mine");
  test::write_file(directory.file("bad.json"), Json{{"name", "Mine"}, {"config", llama()}}.dump());
  EXPECT_THROW(load_model(directory.file("bad.json")), std::runtime_error);
  try {
    load_model("QwQ-33B");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("model 'QwQ-33B' is neither known (near it are QwQ-32B"),
              std::string::npos)
        << error.what();
  }
}

TEST(Config, EveryModelOfOursSaysWhereItsShapesComeFrom) {
  EXPECT_GE(all_models().size(), 14u);
  for (const Model& model : all_models()) EXPECT_FALSE(model.source.empty()) << model.name;
}

}  // namespace
}  // namespace heddle::eval
