// heddle reproduce: identical, or the name of what differs.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void expect_identical(std::vector<std::string> command) {
  const Folder folder;
  command.push_back("--json");
  command.push_back(folder.file("first.json"));
  const Outcome first = heddle(command);
  ASSERT_EQ(first.status, 0) << first.err;
  const Outcome again = heddle({"reproduce", folder.file("first.json"), "--json", folder.file("again.json")});
  EXPECT_EQ(again.status, 0) << again.out << again.err;
  EXPECT_EQ(again.out, "identical\n");
  EXPECT_EQ(read_json(folder.file("again.json")).at("identical"), true);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"again.json", "first.json"}));
}

TEST(Reproduce, Estimate) { expect_identical({"estimate", "QwQ-32B", "--chip", "H100", "--format", "int8"}); }
TEST(Reproduce, Compare) { expect_identical({"compare", "--chips", "H100,L40S"}); }
TEST(Reproduce, Run) {
  expect_identical({"run", model(), "--target", "hls", "--prompt", "The", "--tokens", "3", "--temperature",
                    "0.8", "--seed", "5"});
}
TEST(Reproduce, Bench) {
  expect_identical({"bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--target", "hls"});
}

TEST(Reproduce, UnusualOptions) {
  expect_identical({"bench", "gemm", "--m", "9", "--n", "10", "--k", "11", "--config", "tiny", "--against",
                    "edge", "--target", "fast", "--node", "16", "--memory-latency", "20"});
  expect_identical({"compare", "--chips", "server as TPU v4,H100,edge", "--node", "5", "--scenario",
                    "home-chat", "--format", "int8", "--baseline", "edge"});
  expect_identical({"estimate", "DeepSeek-R1", "--chip", "H200 SXM", "--devices", "8", "--format", "fp8",
                    "--batch", "16", "--context", "4000"});
}

TEST(Reproduce, NamesAChangedConfiguration) {
  const Folder folder;
  const std::string config = read(source("isa/configs/edge.json"));
  write(folder.file("mine.json"), config);
  ASSERT_EQ(heddle({"bench", "gemm", "--m", "16", "--n", "16", "--k", "16", "--target", "hls", "--config",
                    folder.file("mine.json"), "--json", folder.file("b.json")})
                .status,
            0);
  std::string slower = config;
  slower.replace(slower.find("\"clock_mhz\": 800"), 16, "\"clock_mhz\": 400, \"weight_buffers\": 1");
  write(folder.file("mine.json"), slower);
  const Outcome outcome = heddle({"reproduce", folder.file("b.json")});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "differs: provenance.clock_mhz: 800 became 400")) << outcome.out;
  EXPECT_TRUE(holds(outcome.out, "differs: provenance.weight_buffers: 2 became 1")) << outcome.out;
}

TEST(Reproduce, NamesAChangedChip) {
  const Folder folder;
  std::string chip = read(source("eval/chips/data/nvidia-l40s.json"));
  write(folder.file("chip.json"), chip);
  ASSERT_EQ(heddle({"estimate", "QwQ-32B", "--chip", folder.file("chip.json"), "--format", "int8", "--json",
                    folder.file("e.json")})
                .status,
            0);
  chip.replace(chip.find("\"value\": 864"), 12, "\"value\": 432");
  write(folder.file("chip.json"), chip);
  const Outcome outcome = heddle({"reproduce", folder.file("e.json")});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "differs: tokens_per_second.value: ")) << outcome.out;
}

TEST(Reproduce, Refusals) {
  const Folder folder;
  const auto error = [&](const std::string& content) {
    write(folder.file("f.json"), content);
    const Outcome outcome = heddle({"reproduce", folder.file("f.json")});
    EXPECT_EQ(outcome.status, 1) << content;
    return outcome.err;
  };
  EXPECT_TRUE(holds(error("{"), "f.json: not JSON"));
  EXPECT_TRUE(holds(error("{}"), "field 'provenance.command' is missing"));
  EXPECT_TRUE(holds(error("[1]"), "field 'provenance.command' is missing"));
  EXPECT_TRUE(holds(error(R"({"provenance": {"command": [1]}})"), "must be a list of words"));
  EXPECT_TRUE(holds(error(R"({"provenance": {"command": ["flash", "board"]}})"), "begins with 'flash'"));
  EXPECT_TRUE(holds(error(R"({"provenance": {"command": ["estimate", "nothing"]}})"),
                    "the command failed this time"));
  EXPECT_TRUE(holds(heddle({"reproduce", folder.file("none.json")}).err, "cannot be read"));
}

}  // namespace
}  // namespace heddle::cli_test
