#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "compiler/graph/model.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

using nlohmann::json;
using test::expect_error;

class Shards : public ::testing::Test {
 protected:
  Shards() {
    model_.shards = 3;
    tensors_ = test::write_tiny_model(directory_.path(), model_);
    index_ = json::parse(test::read_file(index_path()));
  }
  std::string index_path() const { return directory_.file("model.safetensors.index.json"); }
  void refuse(const std::vector<std::string>& parts) {
    test::write_file(index_path(), index_.dump());
    expect_error([&] { import_huggingface(directory_.path()); }, parts);
  }

  test::TemporaryDirectory directory_;
  test::TinyModel model_;
  test::Tensors tensors_;
  json index_;
};

TEST_F(Shards, GiveTheSameTensorsAsOneFile) {
  const LanguageModel model = import_huggingface(directory_.path());
  EXPECT_EQ(model.weights->main_file(), "model.safetensors.index.json");
  for (const auto& [name, tensor] : tensors_) {
    EXPECT_EQ(model.weights->read(name), tensor.values) << name;
    const ValueId id = model.graph.find_value(name);
    ASSERT_GE(id, 0) << name;
    EXPECT_EQ(model.graph.value(id).location.file, index_["weight_map"][name].get<std::string>());
  }
}

TEST_F(Shards, RefuseAnIndexWithoutMap) {
  index_ = {{"metadata", {{"total_size", 1}}}};
  refuse({index_path(), "\"weight_map\" is missing"});
  index_ = {{"weight_map", "model.safetensors"}};
  refuse({index_path(), "\"weight_map\" is missing or not an object"});
  index_ = {{"weight_map", {{"model.norm.weight", 5}}}};
  refuse({index_path(), "\"model.norm.weight\"", "not a string"});
  test::write_file(index_path(), "{");
  expect_error([&] { import_huggingface(directory_.path()); }, {index_path(), "not valid JSON"});
}

TEST_F(Shards, RefuseAMissingFile) {
  std::filesystem::remove(directory_.file("model-00002-of-00003.safetensors"));
  refuse({index_path(), "\"model-00002-of-00003.safetensors\"", "which is missing"});
}

TEST_F(Shards, RefuseAMissingTensor) {
  index_["weight_map"]["model.extra.weight"] = "model-00001-of-00003.safetensors";
  refuse(
      {index_path(), "\"model.extra.weight\"", "\"model-00001-of-00003.safetensors\"", "does not hold it"});
}

TEST_F(Shards, RefuseATensorInAnotherFileThanSaid) {
  const std::string said = index_["weight_map"]["model.norm.weight"];
  index_["weight_map"]["model.norm.weight"] = said == "model-00001-of-00003.safetensors"
                                                  ? "model-00002-of-00003.safetensors"
                                                  : "model-00001-of-00003.safetensors";
  refuse({index_path(), "\"model.norm.weight\"", "does not hold it"});
}

TEST_F(Shards, RefuseATensorThatTheIndexDoesNotList) {
  index_["weight_map"].erase("model.norm.weight");
  refuse({index_path(), "does not list tensor \"model.norm.weight\""});
}

TEST_F(Shards, RefuseATensorInTwoFiles) {
  test::Tensors second;
  second["model.norm.weight"] = tensors_.at("model.norm.weight");
  second["model.another.weight"] = tensors_.at("model.norm.weight");
  test::write_file(directory_.file("model-00004-of-00003.safetensors"),
                   test::safetensors_bytes(second, "F32"));
  index_["weight_map"]["model.another.weight"] = "model-00004-of-00003.safetensors";
  refuse({"\"model.norm.weight\"", "as well"});
}

TEST_F(Shards, RefusePathsOutOfTheFolder) {
  for (const std::string path : {"../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", ""}) {
    index_["weight_map"]["model.norm.weight"] = path;
    refuse({index_path(), "\"" + path + "\" is not a file in the model's directory"});
  }
  index_["weight_map"]["model.norm.weight"] = "a\\b";
  refuse({index_path(), "is not a file in the model's directory"});
  index_["weight_map"]["model.norm.weight"] = std::string("a\0b", 3);
  refuse({index_path(), "\"a\\u0000b\" is not a file in the model's directory"});
}

}  // namespace
}  // namespace heddle::graph
