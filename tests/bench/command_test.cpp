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
