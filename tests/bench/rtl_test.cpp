// The benchmarks on the RTL: results are checked by the program itself, cycles here.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool no_rtl() { return heddle({"devices"}).out.find("rtl        no") != std::string::npos; }

TEST(BenchRtl, GemmOnTinyKeepsTheArrayBusy) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  const Folder folder;
  const Outcome outcome = heddle({"bench", "gemm", "--m", "61", "--n", "66", "--k", "70", "--config", "tiny",
                                  "--json", folder.file("out.json"), "--trace", folder.file("trace.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["checked"], true);
  EXPECT_GT(json["tile_bound_utilization"], 0.85);
  const double predicted = json["predicted_cycles"], cycles = json["cycles"];
  EXPECT_NEAR(predicted / cycles, 1.0, 0.1);
  const nlohmann::json& counters = json["counters"];
  std::uint64_t cycles_of_matrix = 0;
  for (const char* state : {"matrix_busy", "matrix_operand", "matrix_token", "matrix_issue"}) {
    cycles_of_matrix += counters[state].get<std::uint64_t>();
  }
  EXPECT_EQ(cycles_of_matrix, counters["cycles"].get<std::uint64_t>());
  EXPECT_FALSE(json["operations"].empty());
  EXPECT_TRUE(read_json(folder.file("trace.json")).is_object());
}

TEST(BenchRtl, StallsOfTheBusChangeNoByte) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  const Outcome outcome = heddle({"bench", "gemm", "--m", "33", "--n", "50", "--k", "21", "--config", "tiny",
                                  "--stalls", "300", "--seed", "5"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(BenchRtl, BatchesOfDecodingAreRight) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  const Folder folder;
  write(folder.file("config.json"), R"({"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
    "hidden_act": "silu", "hidden_size": 24, "intermediate_size": 44, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 40, "max_position_embeddings": 512,
    "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "tie_word_embeddings": true, "torch_dtype": "float32"})");
  for (const char* stalls : {"0", "400"}) {
    const Outcome outcome = heddle({"bench", "decode", "--model", folder.file("config.json"), "--layers", "0",
                                    "--vocab", "0", "--context", "260", "--batch", "3", "--config", "tiny",
                                    "--stalls", stalls, "--json", folder.file("out.json")});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(read_json(folder.file("out.json"))["checked"], true);
  }
}

TEST(BenchRtl, LayersAndAttentionAreRight) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  const Folder folder;
  write(folder.file("config.json"), R"({"model_type": "bert", "hidden_size": 48, "num_attention_heads": 3,
    "intermediate_size": 100, "hidden_act": "gelu"})");
  for (const char* stalls : {"0", "300"}) {
    const Outcome layer = heddle({"bench", "layer", "--model", folder.file("config.json"), "--sequence", "19",
                                  "--config", "tiny", "--stalls", stalls, "--json", folder.file("out.json")});
    ASSERT_EQ(layer.status, 0) << layer.err;
    EXPECT_EQ(read_json(folder.file("out.json"))["checked"], true);
    const Outcome attention =
        heddle({"bench", "attention", "--heads", "2", "--kv-heads", "1", "--head-dim", "8", "--sequence",
                "23", "--causal", "--config", "tiny", "--stalls", stalls, "--json", folder.file("out.json")});
    ASSERT_EQ(attention.status, 0) << attention.err;
    EXPECT_EQ(read_json(folder.file("out.json"))["checked"], true);
  }
}

// docs/bench.md has what these are now; less means that a change made the array wait.
TEST(BenchRtl, LayerAndAttentionKeepTheArrayBusy) {
  if (no_rtl()) GTEST_SKIP() << "the rtl target is not available";
  const Folder folder;
  const auto use = [&](std::vector<std::string> arguments) {
    for (const char* more : {"--config", "edge", "--json"}) arguments.emplace_back(more);
    arguments.push_back(folder.file("out.json"));
    const Outcome outcome = heddle(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.status == 0 ? read_json(folder.file("out.json"))["mac_utilization"].get<double>() : 0.0;
  };
  EXPECT_GE(use({"bench", "layer", "--model", "bert-base", "--sequence", "128"}), 0.90);
  EXPECT_GE(use({"bench", "attention", "--heads", "12", "--sequence", "512"}), 0.85);
}

}  // namespace
}  // namespace heddle::cli_test
