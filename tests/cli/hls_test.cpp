// A whole model through compiler and HLS device, by way of the program.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

using Ids = std::vector<std::uint32_t>;

/// The tokens, and the bytes of device memory.
struct Result {
  Ids tokens;
  std::string memory;
};

Result run(const Folder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> all = {"run",           model(),
                                  "--prompt",      "It is",
                                  "--tokens",      "6",
                                  "--target",      "hls",
                                  "--json",        folder.file("r.json"),
                                  "--dump-memory", folder.file("memory")};
  all.insert(all.end(), more.begin(), more.end());
  const Outcome outcome = heddle(all);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  if (outcome.status != 0) return {};
  return {read_json(folder.file("r.json")).at("tokens").get<Ids>(), read(folder.file("memory"))};
}

TEST(Hls, TokensDoNotDependOnTheConfiguration) {
  const Folder folder;
  const Result tiny = run(folder, {"--config", "tiny"});
  const Result edge = run(folder, {"--config", "edge"});
  EXPECT_EQ(tiny.tokens, edge.tokens);
  EXPECT_FALSE(tiny.tokens.empty());
}

TEST(Hls, CompiledFileGivesTheSameBytes) {
  const Folder folder;
  const Outcome compiled = heddle({"compile", model(), "--config", "edge", "-o", folder.file("m.heddle"),
                                   "--json", folder.file("c.json")});
  ASSERT_EQ(compiled.status, 0) << compiled.err;
  const Result direct = run(folder, {"--config", "edge"});
  const Result file = run(folder, {"--config", "edge", "--program", folder.file("m.heddle")});
  EXPECT_EQ(direct.tokens, file.tokens);
  EXPECT_EQ(direct.memory, file.memory);
  EXPECT_EQ(read_json(folder.file("c.json")).at("arena_bytes").get<std::size_t>(), direct.memory.size());

  const Outcome text = heddle({"disassemble", folder.file("m.heddle")});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("matrix"), std::string::npos);

  const Outcome other = heddle({"run", model(), "--prompt", "It is", "--target", "hls", "--config", "tiny",
                                "--program", folder.file("m.heddle")});
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("was compiled for another configuration"), std::string::npos) << other.err;

  // Truncated or damaged files are refused.
  const std::string good = read(folder.file("m.heddle"));
  for (const std::string& bad : {good.substr(0, good.size() - 1), good.substr(0, 100), good.substr(0, 3)}) {
    write(folder.file("bad.heddle"), bad);
    const Outcome outcome = heddle({"disassemble", folder.file("bad.heddle")});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("bad.heddle"), std::string::npos) << outcome.err;
  }
}

TEST(Hls, CompilesTheSameBytesTwice) {
  const Folder folder;
  for (const char* name : {"a", "b"}) {
    ASSERT_EQ(heddle({"compile", model(), "-o", folder.file(name)}).status, 0);
  }
  EXPECT_EQ(read(folder.file("a")), read(folder.file("b")));
}

TEST(Hls, DumpedTilesCompileToTheSameBytes) {
  const Folder folder;
  const Outcome dumped = heddle({"compile", model(), "-o", folder.file("a"), "--dump", "tiles"});
  ASSERT_EQ(dumped.status, 0) << dumped.err;
  write(folder.file("tiles"), dumped.out);
  const Outcome again =
      heddle({"compile", model(), "--from", "tiles", folder.file("tiles"), "-o", folder.file("b")});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_TRUE(read(folder.file("a")) == read(folder.file("b")));
  for (const char* level : {"graph", "program"}) {
    const Outcome text = heddle({"compile", model(), "-o", folder.file("c"), "--dump", level});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_GT(text.out.size(), 1000u) << level;
  }
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"--from", "tiles", folder.file("tiles"), "--config", "tiny"},
        {"--from", "graph", folder.file("tiles")},
        {"--from", "tiles", folder.file("a")}}) {
    std::vector<std::string> all = {"compile", model(), "-o", folder.file("d")};
    all.insert(all.end(), bad.begin(), bad.end());
    const Outcome outcome = heddle(all);
    EXPECT_EQ(outcome.status, 1) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("heddle: error: "));
    EXPECT_FALSE(fs::exists(folder.file("d")));
  }
}

TEST(Hls, TooBigForTheDevice) {
  const Folder folder;
  nlohmann::json config = read_json(source("isa/configs/edge.json"));
  config["memory_bytes"] = 1 << 20;
  write(folder.file("small.json"), config.dump());
  for (const std::vector<std::string>& call :
       {std::vector<std::string>{"compile", model(), "-o", folder.file("out")},
        {"run", model(), "--prompt", "It is", "--target", "hls", "--json", folder.file("out")}}) {
    std::vector<std::string> all = call;
    all.insert(all.end(), {"--config", folder.file("small.json")});
    const Outcome outcome = heddle(all);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("memory"), std::string::npos) << outcome.err;
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"small.json"}));
  }
}

TEST(Hls, QuantisationCostsLittle) {
  const Folder folder;
  const Outcome outcome = heddle({"perplexity", model(), "--text", model() + "/heldout.txt", "--tokens",
                                  "300", "--json", folder.file("p.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = read_json(folder.file("p.json"));
  EXPECT_EQ(json.at("tokens"), 300);
  EXPECT_LT(json.at("divergence").get<double>(), 0.02);
  EXPECT_GE(json.at("divergence").get<double>(), 0.0);
  EXPECT_GT(json.at("top1_agreement").get<double>(), 0.9);
  EXPECT_NEAR(json.at("perplexity").get<double>() / json.at("reference_perplexity").get<double>(), 1.0, 0.03);
}

}  // namespace
}  // namespace heddle::cli_test
