// `heddle bench` from outside: results, files, usage.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

TEST(Bench, GemmOnHlsWritesWhatItDid) {
  const Folder folder;
  const Outcome outcome =
      heddle({"bench", "gemm", "--m", "10", "--n", "20", "--k", "30", "--config", "tiny", "--target", "hls",
              "--json", folder.file("out.json"), "--search-log", folder.file("log.txt")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["target"], "hls");
  EXPECT_EQ(json["config"], "tiny");
  EXPECT_EQ(json["checked"], true);
  EXPECT_EQ(json["macs"], 6000);
  EXPECT_TRUE(json["cycles"].is_null());
  EXPECT_TRUE(json["mac_utilization"].is_null());
  EXPECT_GT(json["counters"]["matrix_instructions"], 0);
  const std::string log = read(folder.file("log.txt"));
  EXPECT_EQ(log.rfind("tried rows ", 0), 0u);
  EXPECT_NE(log.find("\nchosen rows "), std::string::npos);
}

TEST(Bench, StreamReadsWholePieces) {
  const Folder folder;
  const Outcome outcome = heddle({"bench", "stream", "--bytes", "100001", "--config", "tiny", "--target",
                                  "hls", "--json", folder.file("out.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["checked"], true);
  EXPECT_GE(json["bytes"], 100001);
  EXPECT_EQ(json["counters"]["load_bytes"], json["bytes"]);
  const Outcome timing = heddle({"bench", "stream", "--bytes", "5000", "--config", "tiny", "--target", "fast",
                                 "--timing-only", "--json", folder.file("timing.json")});
  ASSERT_EQ(timing.status, 0) << timing.err;
  EXPECT_EQ(read_json(folder.file("timing.json"))["checked"], false);
  const Outcome none = heddle({"bench", "stream", "--bytes", "0", "--config", "tiny", "--target", "hls"});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("at least one byte"), std::string::npos);
}

TEST(Bench, AgainstSetsTwoConfigurationsBesideEachOther) {
  const Folder folder;
  const std::string slow = folder.file("one_row_a_cycle.json");
  std::ofstream(slow) << R"({"rows": 8, "columns": 8, "lanes": 8, "bus_bytes": 16, "weight_rows": 1})";
  const Outcome outcome = heddle({"bench", "gemm", "--m", "20", "--n", "20", "--k", "30", "--config", "tiny",
                                  "--target", "fast", "--against", slow, "--json", folder.file("out.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["config"], "tiny");
  EXPECT_EQ(json["against"]["checked"], true);
  EXPECT_NE(json["against"]["cycles"], json["cycles"]);
  EXPECT_NE(outcome.out.find("one_row_a_cycle"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("ratio"), std::string::npos);
  const Outcome missing = heddle({"bench", "gemm", "--target", "fast", "--against", "nothing"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("nothing"), std::string::npos);
  EXPECT_TRUE(missing.out.empty());
}

TEST(Bench, AttentionAndLayersAreComparedWithTheReference) {
  const Folder folder;
  const Outcome attention =
      heddle({"bench", "attention", "--heads", "4", "--kv-heads", "2", "--head-dim", "16", "--sequence", "21",
              "--causal", "--config", "edge", "--target", "hls", "--json", folder.file("out.json"),
              "--search-log", folder.file("log.txt")});
  ASSERT_EQ(attention.status, 0) << attention.err;
  nlohmann::json json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["bench"], "attention");
  const Outcome own = heddle({"bench", "attention", "--heads", "3", "--head-dim", "16", "--sequence", "5",
                              "--config", "tiny", "--target", "hls", "--json", folder.file("own.json")});
  ASSERT_EQ(own.status, 0) << own.err;
  EXPECT_EQ(read_json(folder.file("own.json"))["kv_heads"], 3);  // each its own
  EXPECT_EQ(json["macs"], 2 * 231 * 4 * 16);                     // the lower triangle
  EXPECT_GE(json["cosine"], 0.999);
  EXPECT_NE(read(folder.file("log.txt")).find("\nchosen rows "), std::string::npos);
  write(folder.file("config.json"), R"({"model_type": "bert", "hidden_size": 48, "num_attention_heads": 3,
    "intermediate_size": 100, "hidden_act": "gelu"})");
  const Outcome layer = heddle({"bench", "layer", "--model", folder.file("config.json"), "--sequence", "19",
                                "--config", "tiny", "--target", "hls", "--json", folder.file("out.json")});
  ASSERT_EQ(layer.status, 0) << layer.err;
  json = read_json(folder.file("out.json"));
  EXPECT_EQ(json["macs"], 19 * (4 * 48 * 48 + 2 * 48 * 100) + 2 * 19 * 19 * 48);
  EXPECT_GE(json["cosine"], 0.999);
}

TEST(Bench, LayersOfUnknownModelsAreRefused) {
  const Folder folder;
  const auto refuse = [&](const std::string& model, const std::string& part) {
    const Outcome outcome = heddle({"bench", "layer", "--model", model, "--target", "hls"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  };
  refuse("no-such-model", "neither a config.json nor one of bert-base");
  write(folder.file("a.json"), R"({"model_type": "rwkv"})");
  refuse(folder.file("a.json"), "model_type is \"rwkv\"");
  write(folder.file("b.json"), R"({"model_type": "bert", "hidden_size": 0})");
  refuse(folder.file("b.json"), "field \"hidden_size\" must be a positive integer");
  write(folder.file("c.json"), R"({"model_type": "bert", "hidden_size": 10, "num_attention_heads": 3})");
  refuse(folder.file("c.json"), "3 heads do not divide a width of 10");
}

TEST(Bench, ErrorsNameTheCause) {
  const Outcome target = heddle({"bench", "gemm", "--target", "nothing"});
  EXPECT_EQ(target.status, 1);
  EXPECT_NE(target.err.find("nothing"), std::string::npos);
  const Outcome shape = heddle({"bench", "gemm", "--target", "hls", "--config", "tiny", "--k", "0"});
  EXPECT_EQ(shape.status, 1);
  EXPECT_NE(shape.err.find("K is 0"), std::string::npos);
  EXPECT_EQ(heddle({"bench"}).status, 2);
  EXPECT_EQ(heddle({"bench", "gemm", "--m", "many"}).status, 2);
}

}  // namespace
}  // namespace heddle::cli_test
