// `heddle bench decode` from outside.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

// A model that tiny holds.
constexpr const char* kConfig = R"({"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
  "hidden_act": "silu", "hidden_size": 24, "intermediate_size": 44, "num_hidden_layers": 7,
  "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 5000, "max_position_embeddings": 64,
  "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "tie_word_embeddings": true, "torch_dtype": "float32"})";

TEST(BenchDecode, TakesAConfigOfTheUsersOwn) {
  const Folder folder;
  write(folder.file("config.json"), kConfig);
  const Outcome outcome =
      heddle({"bench", "decode", "--model", folder.file("config.json"), "--layers", "2", "--vocab", "40",
              "--context", "200", "--config", "tiny", "--target", "hls", "--json", folder.file("out.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["layers"], 2);
  EXPECT_EQ(json["vocab"], 40);
  // Projections and feed-forward of two layers, logits, and 2 * heads * width products for each token.
  EXPECT_EQ(json["macs"], 2 * (24 * (24 + 12 + 12 + 24) + 3 * 24 * 44) + 40 * 24 + 200 * 2 * 2 * 24);
  EXPECT_EQ(json["checked"], false);
}

TEST(BenchDecode, ABatchDoesTheWorkOfEachSequence) {
  const Folder folder;
  write(folder.file("config.json"), kConfig);
  const Outcome outcome = heddle({"bench", "decode", "--model", folder.file("config.json"), "--layers", "2",
                                  "--vocab", "40", "--context", "200", "--batch", "3", "--config", "tiny",
                                  "--target", "fast", "--json", folder.file("out.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["batch"], 3);
  EXPECT_EQ(json["checked"], true);
  EXPECT_EQ(json["macs"], 3 * (2 * (24 * (24 + 12 + 12 + 24) + 3 * 24 * 44) + 40 * 24 + 200 * 2 * 2 * 24));
  // tiny runs at 500 MHz.
  EXPECT_NEAR(json["tokens_per_second"].get<double>(), 3 * 500e6 / json["cycles"].get<double>(), 1e-3);
  const Outcome big = heddle({"bench", "decode", "--model", folder.file("config.json"), "--layers", "1",
                              "--vocab", "40", "--batch", "200", "--config", "tiny", "--target", "fast"});
  EXPECT_EQ(big.status, 1);
  EXPECT_NE(big.err.find("in a batch of 200 sequences"), std::string::npos) << big.err;
  EXPECT_EQ(heddle({"bench", "decode", "--batch", "0"}).status, 2);
}

// Weights are read once for all sequences: 6 is what the project promises of a layer of this shape.
TEST(BenchDecode, EightSequencesOnCoreAreSixTimesAsFastAsOne) {
  const Folder folder;
  double per_second[2] = {};
  for (const int i : {0, 1}) {
    const Outcome outcome = heddle({"bench", "decode", "--model", "qwen2-0.5b", "--layers", "1", "--context",
                                    "1024", "--vocab", "256", "--config", "core", "--target", "fast",
                                    "--batch", i == 0 ? "1" : "8", "--json", folder.file("out.json")});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const nlohmann::json json = read_json(folder.file("out.json"));
    EXPECT_EQ(json["checked"], true);
    per_second[i] = json["tokens_per_second"];
  }
  EXPECT_GE(per_second[1], 6.0 * per_second[0]);
}

TEST(BenchDecode, ErrorsNameTheCause) {
  const Outcome unknown = heddle({"bench", "decode", "--model", "no-such-model", "--target", "hls"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.err.find("qwen2-0.5b"), std::string::npos);
  const Folder folder;
  write(folder.file("c.json"), R"({"hidden_size": "wide"})");
  const Outcome bad = heddle({"bench", "decode", "--model", folder.file("c.json"), "--target", "hls"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find(folder.file("c.json")), std::string::npos) << bad.err;
  EXPECT_EQ(heddle({"bench", "decode", "--context", "0"}).status, 2);
}

}  // namespace
}  // namespace heddle::cli_test
