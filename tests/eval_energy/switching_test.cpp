// What the energy counts beside what switches in the RTL, unit by unit: no more than 5% apart.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool no_rtl() { return heddle({"devices"}).out.find("rtl        no") != std::string::npos; }

/// Runs a benchmark that counts and compares all lines.
void expect_within_five_percent(std::vector<std::string> arguments) {
  const Folder folder;
  write(folder.file("config.json"),
        R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
    "hidden_size": 32, "intermediate_size": 60, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1, "vocab_size": 40, "max_position_embeddings": 512, "rms_norm_eps": 1e-05,
    "rope_theta": 10000.0, "tie_word_embeddings": true, "torch_dtype": "float32"})");
  for (std::string& argument : arguments)
    if (argument == "CONFIG") argument = folder.file("config.json");
  arguments.insert(arguments.begin(), "bench");
  for (const std::string& more : {std::string("--config"), std::string("tiny"), std::string("--switching"),
                                  std::string("--json"), folder.file("out.json")})
    arguments.push_back(more);
  const Outcome outcome = heddle(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["energy"]["activity"], "instructions");
  ASSERT_EQ(json["switching"].size(), 23u);
  for (const nlohmann::json& line : json["switching"]) {
    const std::string what = line["unit"].get<std::string>() + ", " + line["what"].get<std::string>();
    EXPECT_GT(line["rtl"].get<double>(), 0) << what;
    ASSERT_TRUE(line["difference"].is_number()) << what << ": counted by the model alone";
    EXPECT_LE(std::abs(line["difference"].get<double>()), 0.05) << what << ": " << line.dump();
  }
}

// Its scalar unit waits for a queue while a line of instructions is missing.
TEST(Switching, OfAProductIsWhatTheEnergyCounts) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  expect_within_five_percent({"gemm", "--m", "37", "--n", "100", "--k", "75"});
}

TEST(Switching, OfALayerIsWhatTheEnergyCounts) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  expect_within_five_percent({"layer", "--model", "CONFIG", "--sequence", "13"});
}

// Its program patches sizes: blocks of attention that are not full.
TEST(Switching, OfAStepOfDecodingIsWhatTheEnergyCounts) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  expect_within_five_percent({"decode", "--model", "CONFIG", "--vocab", "0", "--context", "150"});
}

TEST(Switching, IsRefusedWhereNothingSwitches) {
  const Outcome outcome = heddle({"bench", "gemm", "--config", "tiny", "--target", "fast", "--switching"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("target rtl"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace heddle::cli_test
