// What the program prints and writes when all is well, without a device.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

using Ids = std::vector<std::uint32_t>;

TEST(Configs, ListsPinnedConfigurations) {
  const Folder folder;
  const Outcome outcome = heddle({"configs", "--json", folder.file("c.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* name : {"tiny", "edge", "core", "server"}) {
    EXPECT_NE(outcome.out.find(name), std::string::npos);
  }
  const auto json = read_json(folder.file("c.json"));
  EXPECT_EQ(json.at("configs").at(1).at("name"), "edge");
  EXPECT_EQ(json.at("configs").at(1).at("rows"), 16);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"c.json"}));
}

TEST(Configs, PrintsOneThatCanBeReadAgain) {
  const Outcome outcome = heddle({"configs", "core"});
  EXPECT_EQ(outcome.status, 0);
  const Folder folder;
  write(folder.file("core.json"), outcome.out);
  EXPECT_EQ(heddle({"configs", folder.file("core.json")}).out, outcome.out);
}

TEST(Devices, ListsTargets) {
  const Folder folder;
  const Outcome outcome = heddle({"devices", "--json", folder.file("d.json")});
  EXPECT_EQ(outcome.status, 0);
  std::vector<std::string> names;
  const auto json = read_json(folder.file("d.json"));
  for (const auto& device : json.at("devices")) {
    names.push_back(device.at("target"));
    EXPECT_EQ(device.at("available").get<bool>(), device.at("reason").is_null());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"null", "hls", "rtl", "fast", "systemc", "xrt", "opencl",
                                             "serial", "reference"}));
}

TEST(Run, ReferenceTellsAndMeasures) {
  const Folder folder;
  const Outcome outcome = heddle({"run", model(), "--target", "reference", "--prompt", "It is", "--tokens",
                                  "8", "--ids", "--json", folder.file("r.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");  // no progress without a terminal
  const auto json = read_json(folder.file("r.json"));
  for (const char* key : {"target", "config", "tokens", "text", "cycles", "phases", "counters",
                          "wall_seconds", "simulated_cycles_per_second"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json.at("tokens").size(), json.at("prompt_tokens").get<std::size_t>() + 8);
  for (const char* phase : {"prefill", "decode"}) {
    for (const char* key : {"cycles", "macs", "mac_utilization", "dram_bytes", "bandwidth_utilization"}) {
      EXPECT_TRUE(json.at("phases").at(phase).contains(key)) << phase << key;
    }
  }
  const auto text = json.at("text").get<std::string>();
  EXPECT_TRUE(text.starts_with("It is")) << text;
  EXPECT_TRUE(outcome.out.starts_with(text + "\n")) << outcome.out;
  EXPECT_NE(outcome.out.find("prefill"), std::string::npos);
  EXPECT_NE(outcome.out.find("ids: "), std::string::npos);
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"r.json"}));
}

TEST(Run, SeedFixesTheStory) {
  const Folder folder;
  const auto story = [&](const std::string& seed) {
    const Outcome outcome = heddle({"run", model(), "--target", "reference", "--prompt", "It is", "--tokens",
                                    "24", "--temperature", "1", "--top-k", "50", "--top-p", "0.9", "--seed",
                                    seed, "--json", folder.file("r.json")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return read_json(folder.file("r.json")).at("tokens").get<Ids>();
  };
  EXPECT_EQ(story("1"), story("1"));
  EXPECT_NE(story("1"), story("2"));
}

TEST(Run, ReferenceGivesTheReferenceIds) {
  if (stories().empty()) GTEST_SKIP() << "shared/models/stories260K is absent";
  const Folder folder;
  const Outcome outcome = heddle({"run", stories(), "--target", "reference", "--prompt", "Once upon a time",
                                  "--tokens", "64", "--json", folder.file("r.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  Ids expected = read_json(stories() + "/reference.json").at("greedy_ids").get<Ids>();
  expected.resize(5 + 64);
  EXPECT_EQ(read_json(folder.file("r.json")).at("tokens").get<Ids>(), expected);
}

TEST(Run, EndsWhereTheContextEnds) {
  if (stories().empty()) GTEST_SKIP() << "shared/models/stories260K is absent";
  const Folder folder;
  const Outcome outcome = heddle({"run", stories(), "--target", "reference", "--prompt", "Once upon a time",
                                  "--tokens", "600", "--json", folder.file("r.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = read_json(folder.file("r.json"));
  EXPECT_EQ(json.at("finish"), "context");
  EXPECT_EQ(json.at("tokens").size(), 513u);  // 512 were run; the last is their prediction
}

TEST(Perplexity, ReferenceAlone) {
  const Folder folder;
  const Outcome outcome =
      heddle({"perplexity", model(), "--target", "reference", "--text", model() + "/heldout.txt", "--tokens",
              "100", "--json", folder.file("p.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = read_json(folder.file("p.json"));
  EXPECT_EQ(json.at("tokens"), 100);
  EXPECT_GT(json.at("perplexity").get<double>(), 1.0);
  EXPECT_LT(json.at("perplexity").get<double>(),
            200.0);  // it has learnt something: uniform would be its vocabulary
  EXPECT_FALSE(json.contains("divergence"));
}

}  // namespace
}  // namespace heddle::cli_test
