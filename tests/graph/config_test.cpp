#include <gtest/gtest.h>

#include "compiler/graph/model.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

using nlohmann::json;

class ConfigJson : public ::testing::Test {
 protected:
  ModelShape shape() { return import(config).shape; }
  LanguageModel import(const json& written) {
    test::write_file(directory_.file("config.json"), written.dump());
    return import_huggingface(directory_.path(), {.load_weights = false});
  }
  void refuse(const std::string& field, const json& value, const std::vector<std::string>& parts) {
    json changed = config;
    changed[field] = value;
    std::vector<std::string> all = {directory_.file("config.json")};
    all.insert(all.end(), parts.begin(), parts.end());
    test::expect_error([&] { import(changed); }, all);
  }

  test::TemporaryDirectory directory_;
  json config = test::tiny_config({});
};

TEST_F(ConfigJson, DefaultsAreHuggingFaces) {
  for (const char* field : {"num_key_value_heads", "rms_norm_eps", "rope_theta", "rope_scaling", "hidden_act",
                            "tie_word_embeddings", "attention_bias", "torch_dtype"}) {
    config.erase(field);
  }
  const ModelShape found = shape();
  EXPECT_EQ(found.kv_heads, 4);
  EXPECT_EQ(found.head_dim, 6);
  EXPECT_EQ(found.rms_eps, 1e-6);
  EXPECT_EQ(found.rope_theta, 10000.0);
  EXPECT_FALSE(found.tied || found.qkv_bias || found.output_bias);
}

TEST_F(ConfigJson, NullIsAbsent) {
  config["num_key_value_heads"] = nullptr;
  config["head_dim"] = nullptr;
  EXPECT_EQ(shape().kv_heads, 4);
  EXPECT_EQ(shape().head_dim, 6);
}

TEST_F(ConfigJson, HeadDimMayDifferFromHiddenOverHeads) {
  config["hidden_size"] = 23;
  config["head_dim"] = 10;
  EXPECT_EQ(shape().q_size(), 40);
  EXPECT_EQ(shape().kv_size(), 20);
}

TEST_F(ConfigJson, BiasesFollowTheArchitecture) {
  config["attention_bias"] = true;
  EXPECT_TRUE(shape().qkv_bias && shape().output_bias);
  config["architectures"] = json::array({"Qwen2ForCausalLM"});
  EXPECT_TRUE(shape().qkv_bias);
  EXPECT_FALSE(shape().output_bias);
}

TEST_F(ConfigJson, PlainRotaryEmbeddingMayBeSpelledOut) {
  config["rope_scaling"] = {{"rope_type", "default"}};
  EXPECT_EQ(shape().rope_theta, 10000.0);
  config["rope_scaling"] = nullptr;
  config["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 500000}};
  EXPECT_EQ(shape().rope_theta, 500000.0);
}

TEST_F(ConfigJson, HugeShapesNeedNoData) {
  config = test::tiny_config({.layers = 126,
                              .hidden = 16384,
                              .intermediate = 53248,
                              .heads = 128,
                              .kv_heads = 8,
                              .vocab = 128256,
                              .context = 131072,
                              .tied = false,
                              .dtype = "BF16"});
  const LanguageModel model = import(config);
  EXPECT_EQ(model.shape.parameters(), 405853388800);
  EXPECT_FALSE(model.has_weights());
  const Value& weight = model.graph.value(model.graph.find_value(layer_tensor(125, "mlp.down_proj.weight")));
  EXPECT_EQ(weight.type, (Type{DType::kBF16, {16384, 53248}}));
  test::expect_error([&] { model.weight("lm_head.weight"); }, {"\"lm_head.weight\"", "without weights"});
}

TEST_F(ConfigJson, RefusesWhatIsNotSupported) {
  refuse("architectures", json::array({"MixtralForCausalLM"}),
         {"\"MixtralForCausalLM\" is not supported", "LlamaForCausalLM and Qwen2ForCausalLM"});
  refuse("architectures", json::array(), {"\"architectures\" must be a list of one name"});
  refuse("architectures", "LlamaForCausalLM", {"\"architectures\" must be a list of one name"});
  refuse("architectures", nullptr, {"\"architectures\" is missing"});
  refuse("rope_scaling", {{"rope_type", "llama3"}, {"factor", 8}}, {"\"rope_scaling\" asks for \"llama3\""});
  refuse("rope_scaling", {{"type", "linear"}, {"factor", 2}}, {"\"rope_scaling\" asks for \"linear\""});
  refuse("rope_scaling", {{"factor", 2}}, {"\"rope_scaling\" has no \"rope_type\""});
  refuse("rope_scaling", 2, {"\"rope_scaling\" is neither null nor an object"});
  refuse("rope_parameters", {{"rope_type", "yarn"}}, {"\"rope_parameters\" asks for \"yarn\""});
  refuse("rope_parameters", {{"rope_type", "default"}, {"partial_rotary_factor", 0.5}},
         {"part of each head"});
  refuse("partial_rotary_factor", 0.5, {"\"partial_rotary_factor\" is 0.5"});
  refuse("hidden_act", "gelu", {"\"hidden_act\" is \"gelu\"", "silu"});
  refuse("use_sliding_window", true, {"\"use_sliding_window\" is true"});
  refuse("mlp_bias", true, {"\"mlp_bias\" is true"});
  refuse("quantization_config", {{"quant_method", "gptq"}}, {"\"quantization_config\" is set"});
}

TEST_F(ConfigJson, RefusesWhatIsNotANumber) {
  for (const char* field : {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                            "vocab_size", "max_position_embeddings"}) {
    refuse(field, nullptr, {std::string("\"") + field + "\" is missing"});
    for (const json& value :
         {json(0), json(-4), json(2.5), json("24"), json(1ull << 40), json(true), json::array()}) {
      refuse(field, value,
             {std::string("\"") + field + "\" is " + value.dump(), "must be an integer from 1"});
    }
  }
  refuse("rms_norm_eps", 0, {"\"rms_norm_eps\" is 0, must be a positive number"});
  refuse("rope_theta", "big", {"\"rope_theta\" is \"big\", must be a positive number"});
  refuse("tie_word_embeddings", 1, {"\"tie_word_embeddings\" is 1, must be true or false"});
  refuse("hidden_act", 3, {"\"hidden_act\" is 3, must be a string"});
}

TEST_F(ConfigJson, RefusesContradictions) {
  refuse("num_key_value_heads", 3,
         {"\"num_attention_heads\" is 4, no multiple of \"num_key_value_heads\", 3"});
  refuse("num_key_value_heads", 8, {"no multiple"});
  refuse("hidden_size", 25, {"\"hidden_size\" is 25, no multiple of \"num_attention_heads\", 4"});
  refuse("head_dim", 7, {"heads of 7 elements", "even"});
  refuse("hidden_size", 20, {"heads of 5 elements", "even"});
}

TEST_F(ConfigJson, RefusesFilesThatAreNone) {
  const std::string path = directory_.file("config.json");
  const auto refuse_file = [&](const std::string& part) {
    test::expect_error([&] { import_huggingface(directory_.path(), {.load_weights = false}); }, {path, part});
  };
  refuse_file("no such file");
  test::write_file(path, "");
  refuse_file("not valid JSON");
  test::write_file(path, "[1]");
  refuse_file("not a JSON object");
  test::write_file(path, R"({"hidden_size": 8, "hidden_size": 16})");
  refuse_file("the name \"hidden_size\" occurs twice");
  test::expect_error([&] { import_huggingface(directory_.file("absent")); }, {"absent", "no such directory"});
}

}  // namespace
}  // namespace heddle::graph
