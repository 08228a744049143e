// Parameter counts and cache sizes against published figures.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "eval/work/model.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

struct Published {
  const char* model;
  std::uint64_t parameters;  // of the safetensors index or model card, unless said otherwise
  std::uint64_t cache_bytes_bf16;
};

class Counts : public testing::TestWithParam<Published> {};

TEST_P(Counts, MatchTheModelFiles) {
  const Published& expected = GetParam();
  const Model model = load_model(expected.model);
  EXPECT_EQ(parameter_count(model), expected.parameters);
  EXPECT_EQ(cache_bytes_per_token(model, Format::kBf16), static_cast<double>(expected.cache_bytes_bf16));
}

INSTANTIATE_TEST_SUITE_P(
    Models, Counts,
    testing::Values(
        Published{"QwQ-32B", 32763876352, 262144}, Published{"Qwen2.5-32B", 32763876352, 262144},
        Published{"DeepSeek-V3", 671026419200, 70272}, Published{"DeepSeek-R1", 671026419200, 70272},
        Published{"Llama-3.1-405B", 405853388800, 516096}, Published{"Qwen2.5-72B", 72706203648, 327680},
        Published{"Llama-2-7B", 6738415616, 524288}, Published{"Llama-2-70B", 68976648192, 327680},
        Published{"Llama-3-8B", 8030261248, 131072}, Published{"GPT-J-6B", 6050882784, 458752},
        Published{"GPT-2-1.5B", 1557611200, 307200}, Published{"ChatGLM2-6B", 6243584000, 28672},
        // BertModel without pooler, 334,092,288, and the head's 2,050.
        Published{"BERT-large", 334094338, 0}),
    [](const auto& info) {
      std::string name = info.param.model;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

TEST(Counts, PalmIsAsPublished) {
  // "540.35B", arXiv 2204.02311, table 1; multi-query attention: one head of 256 for keys and one for values.
  const Model model = load_model("PaLM-540B");
  EXPECT_NEAR(static_cast<double>(parameter_count(model)), 540.35e9, 0.01e9);
  EXPECT_EQ(cache_bytes_per_token(model, Format::kBf16), 118 * 2 * 256 * 2);
}

TEST(Counts, ActiveParametersOfAMixture) {
  // The papers' 37B. 37,552,282,624 with embedding and head, and the router's 256 selection biases in 58
  // layers.
  EXPECT_EQ(active_parameter_count(load_model("DeepSeek-V3")), 37552282624u + 58 * 256);
  const Model dense = load_model("QwQ-32B");
  EXPECT_EQ(active_parameter_count(dense), parameter_count(dense));
}

TEST(Counts, WeightBytesFollowTheFormat) {
  const Model model = load_model("QwQ-32B");
  const double all = static_cast<double>(parameter_count(model));
  Precision precision;
  EXPECT_EQ(weight_bytes(model, precision), 2 * all);
  // Embedding, head, norms and biases stay at 16 bits.
  precision.weights = grouped(Format::kInt4, 128, 20);
  const double head = 2.0 * 152064 * 5120;
  const double small = 64 * (2 * 5120 + 7168) + 5120;
  EXPECT_DOUBLE_EQ(weight_bytes(model, precision), (all - head - small) * 4.15625 / 8 + (head + small) * 2);
  // It fits a 24 GiB card, as the discussion says; 16 bits do not fit 48.
  EXPECT_LT(weight_bytes(model, precision), 24.0 * (1 << 30));
  EXPECT_GT(weight_bytes(model, Precision{}), 48.0 * (1 << 30));
}

TEST(Counts, AgreeWithTheListOfShapes) {
  const std::string path = test::shared_path("facts/models.json");
  if (path.empty()) GTEST_SKIP() << "facts/models.json is neither in $HEDDLE_SHARED nor in ../shared";
  const auto facts = nlohmann::json::parse(std::ifstream(path));
  for (const auto& [name, entry] : facts.items()) {
    const Model model = load_model(name);
    EXPECT_EQ(parameter_count(model), entry.at("params").get<std::uint64_t>()) << name;
    if (entry.contains("kv_bytes_per_token_bf16")) {
      EXPECT_EQ(cache_bytes_per_token(model, Format::kBf16),
                entry.at("kv_bytes_per_token_bf16").get<double>())
          << name;
    }
    EXPECT_EQ(model.architecture, entry.at("architecture").get<std::string>()) << name;
  }
}

}  // namespace
}  // namespace heddle::eval
