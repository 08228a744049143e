#include <gtest/gtest.h>

#include <filesystem>

#include "compiler/graph/model.hpp"
#include "compiler/graph/text.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

using test::expect_error;

class Import : public ::testing::Test {
 protected:
  Import() : tensors_(test::write_tiny_model(directory_.path(), model_)) {}
  std::string weights_path() const { return directory_.file("model.safetensors"); }
  void refuse(const std::vector<std::string>& parts) {
    test::write_file(weights_path(), test::safetensors_bytes(tensors_, "F32"));
    expect_error([&] { import_huggingface(directory_.path()); }, parts);
  }

  test::TemporaryDirectory directory_;
  test::TinyModel model_;
  test::Tensors tensors_;
};

TEST_F(Import, ReadsShapeAndWeights) {
  const LanguageModel model = import_huggingface(directory_.path() + "/");
  EXPECT_EQ(model.name, std::filesystem::path(directory_.path()).filename().string());
  EXPECT_EQ(model.shape.layers, 2);
  EXPECT_EQ(model.shape.q_size(), 24);
  EXPECT_EQ(model.shape.kv_size(), 12);
  EXPECT_TRUE(model.shape.tied);
  std::int64_t parameters = 0;
  for (const auto& [name, tensor] : tensors_) {
    parameters += static_cast<std::int64_t>(tensor.values.size());
    if (tensor.shape.size() == 1) {
      EXPECT_EQ(model.vector(name), tensor.values);
      expect_error([&, &called = name] { model.weight(called); },
                   {weights_path(), name, "2 dimensions are needed"});
    } else {
      const Matrix matrix = model.weight(name);
      EXPECT_EQ((std::vector<std::int64_t>{matrix.rows, matrix.cols}), tensor.shape);
      EXPECT_EQ(matrix.data, tensor.values);
      expect_error([&, &called = name] { model.vector(called); },
                   {weights_path(), name, "1 dimensions are needed"});
    }
  }
  EXPECT_EQ(model.shape.parameters(), parameters);
  expect_error([&] { model.weight("lm_head.weight"); }, {weights_path(), "no tensor \"lm_head.weight\""});
}

TEST_F(Import, GraphHasNamesAndLocations) {
  const Graph graph = import_huggingface(directory_.path()).graph;
  ASSERT_EQ(graph.nodes.size(), 3u + 15u * 2);
  const Node& up = graph.node(graph.find_node("layers.1.up_proj"));
  EXPECT_EQ(up.op, Op::kLinear);
  EXPECT_EQ(up.location, (Location{"model.safetensors", "model.layers.1.mlp.up_proj"}));
  EXPECT_EQ(graph.value(up.operands[1]).location.name, "model.layers.1.mlp.up_proj.weight");
  const Node& attention = graph.node(graph.find_node("layers.0.attention"));
  EXPECT_EQ(attention.integer("kv_heads"), 2);
  EXPECT_EQ(graph.value(attention.operands[3]).type, (Type{DType::kF32, {48, 2, 6}}));
  EXPECT_EQ(graph.find_node("layers.2.up_proj"), -1);
}

TEST_F(Import, BiasesAreOperands) {
  test::TinyModel qwen;
  qwen.architecture = "Qwen2ForCausalLM";
  qwen.tied = false;
  test::write_tiny_model(directory_.path(), qwen);
  const LanguageModel model = import_huggingface(directory_.path());
  const Graph& graph = model.graph;
  EXPECT_EQ(graph.node(graph.find_node("layers.0.q_proj")).operands.size(), 3u);
  EXPECT_EQ(graph.node(graph.find_node("layers.0.v_proj")).operands.size(), 3u);
  EXPECT_EQ(graph.node(graph.find_node("layers.0.o_proj")).operands.size(), 2u);
  EXPECT_EQ(graph.value(graph.node(graph.find_node("logits")).operands[1]).name, "lm_head.weight");
}

TEST_F(Import, IgnoresWhatIsRedundant) {
  tensors_["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{3}, {1, 2, 3}};
  tensors_["lm_head.weight"] = tensors_["model.embed_tokens.weight"];
  test::write_file(weights_path(), test::safetensors_bytes(tensors_, "F32"));
  EXPECT_EQ(import_huggingface(directory_.path()).graph.find_value("lm_head.weight"), -1);
}

TEST_F(Import, RefusesMissingTensors) {
  const test::Tensors whole = tensors_;
  for (const auto& [name, tensor] : whole) {
    tensors_.erase(name);
    refuse({weights_path(), "\"" + name + "\" of shape " + shape_text(tensor.shape), "is missing"});
    tensors_ = whole;
  }
}

TEST_F(Import, RefusesWrongShapes) {
  tensors_["model.layers.1.mlp.up_proj.weight"].shape = {24, 44};
  refuse({weights_path(), "\"model.layers.1.mlp.up_proj.weight\" has shape [24, 44]", "makes it [44, 24]"});
}

TEST_F(Import, RefusesTensorsOfAnotherArchitecture) {
  tensors_["model.layers.0.self_attn.q_norm.weight"] = {{6}, std::vector<float>(6, 1.0f)};
  refuse({weights_path(), "\"model.layers.0.self_attn.q_norm.weight\" of shape [6]",
          "not part of LlamaForCausalLM"});
}

TEST_F(Import, RefusesOtherTypes) {
  // The same bytes, said to be integers.
  std::string bytes = test::safetensors_bytes(tensors_, "F32");
  for (std::size_t at = bytes.find("\"F32\""); at != std::string::npos; at = bytes.find("\"F32\"")) {
    bytes.replace(at, 5, "\"I32\"");
  }
  test::write_file(weights_path(), bytes);
  expect_error(
      [&] { import_huggingface(directory_.path()); },
      {weights_path(), "\"model.embed_tokens.weight\" of shape [300, 24] has dtype I32", "F32, F16 or BF16"});
}

TEST_F(Import, RefusesDirectoriesWithoutWeights) {
  std::filesystem::remove(weights_path());
  expect_error([&] { import_huggingface(directory_.path()); },
               {directory_.path(), "neither model.safetensors nor model.safetensors.index.json"});
  EXPECT_FALSE(import_huggingface(directory_.path(), {.load_weights = false}).has_weights());
}

}  // namespace
}  // namespace heddle::graph
