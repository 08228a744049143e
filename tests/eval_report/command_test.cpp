// heddle compare and heddle report: what they print, write and refuse.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(CompareCommand, OneCommandComparesTheThree) {
  const Folder folder;
  const Outcome outcome =
      heddle({"compare", "--model", "QwQ-32B", "--chips", "server as Ascend 910B,H100,TPU v4", "--format",
              "int8", "--json", folder.file("c.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* part : {"J/token (board)", "USD/M tokens", "undecided", "equal_process",
                           "costs no more than the baseline", "92 copies of server"}) {
    EXPECT_TRUE(holds(outcome.out, part)) << part << outcome.out;
  }
  const auto json = read_json(folder.file("c.json"));
  EXPECT_EQ(json.at("baseline"), "H100 SXM5");
  EXPECT_EQ(json.at("chips").size(), 3u);
  for (const auto& chip : json.at("chips")) EXPECT_EQ(chip.at("terms").at("cache"), "int8");  // equal bits
  EXPECT_EQ(json.at("chips")[0].at("batch_1").at("tokens_per_second").at("grade"), "extrapolated");
  EXPECT_TRUE(json.at("chips")[0].at("break_even").at("price_usd").at("value").is_number());
  EXPECT_EQ(json.at("chips")[1].at("evidence").at("bandwidth").at("unit"), "B/s");
  EXPECT_EQ(json.at("provenance").at("command")[0], "compare");
  EXPECT_EQ(json.at("provenance").at("hashes").at("chip_data").get<std::string>().size(), 16u);
}

TEST(CompareCommand, Refusals) {
  EXPECT_EQ(heddle({"compare"}).status, 2);
  const Outcome one = heddle({"compare", "--chips", "H100"});
  EXPECT_EQ(one.status, 2);
  EXPECT_TRUE(holds(one.err, "at least two chips are needed (--chips A,B)")) << one.err;
  EXPECT_TRUE(holds(heddle({"compare", "--chips", "H100,H1000"}).err, "chip 'H1000' is not known"));
  EXPECT_TRUE(holds(heddle({"compare", "--chips", "H100,L40S", "--scenario", "moon"}).err,
                    "scenario 'moon' is unknown"));
  EXPECT_TRUE(
      holds(heddle({"compare", "--chips", "H100,server", "--node", "3"}).err, "node 3 nm is unknown"));
  EXPECT_TRUE(
      holds(heddle({"compare", "--chips", "H100,L40S", "--node", "-1"}).err, "node -1 nm is unknown"));
  EXPECT_TRUE(holds(heddle({"compare", "--chips", "H100,L40S", "--model", "QwQ-33B"}).err, "'QwQ-33B'"));
  const Folder folder;
  write(folder.file("p.json"), "{}");
  EXPECT_EQ(heddle({"compare", "--chips", "H100,L40S", "--prices", folder.file("p.json"), "--json",
                    folder.file("c.json")})
                .err,
            "heddle: error: " + folder.file("p.json") + ": field 'date' is missing\n");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"p.json"});
}

// Joules and mm2 of our machine at the user's process.
TEST(EnergyOfRuns, NodeIsTheUsers) {
  const Folder folder;
  const auto at = [&](const char* node) {
    const Outcome outcome = heddle({"run", model(), "--target", "fast", "--config", "tiny", "--prompt", "The",
                                    "--tokens", "2", "--node", node, "--json", folder.file("o.json")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_TRUE(holds(outcome.out, std::string("area at ") + node + " nm: ")) << outcome.out;
    return read_json(folder.file("o.json")).at("energy");
  };
  const nlohmann::json old_node = at("28"), new_node = at("5");
  EXPECT_EQ(old_node.at("node_nm"), 28);
  EXPECT_EQ(old_node.at("activity"), "instructions");
  for (const char* part : {"logic", "sram"})
    EXPECT_GT(old_node.at("area_mm2").at(part).at("value"), new_node.at("area_mm2").at(part).at("value"));
  EXPECT_GT(old_node.at("parts").at("array").at("value"), new_node.at("parts").at("array").at("value"));
  EXPECT_EQ(old_node.at("by_node_nm").at("5"), new_node.at("by_node_nm").at("5"));
  EXPECT_EQ(heddle({"bench", "gemm", "--target", "fast", "--node", "10"}).status, 2);
}

TEST(ReportCommand, WritesPageJsonAndClaims) {
  const Folder folder;
  const Outcome outcome = heddle({"report", "-o", folder.file("r.html"), "--json", folder.file("r.json"),
                                  "--claims", folder.file("claims.md")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read(folder.file("claims.md")), read(source("docs/claims.md")));
  EXPECT_EQ(heddle({"report"}).status, 2);
  EXPECT_EQ(heddle({"report", "-o", folder.file("no/where.html")}).status, 1);
  const auto json = read_json(folder.file("r.json"));
  EXPECT_EQ(json.at("scenarios").size(), 5u);
  EXPECT_EQ(json.at("claims").size(), 28u);
  EXPECT_EQ(json.at("silicon_checks").size() + json.at("power_checks").size(), 13u);
  for (const auto& scenario : json.at("scenarios")) {
    EXPECT_EQ(scenario.at("chips").size(), json.at("chips").size() + 3);  // and the presets
    for (const auto& chip : scenario.at("chips")) {
      const std::string verdict = chip.at("verdict");
      EXPECT_TRUE(verdict == "pass" || verdict == "fail" || verdict == "undecided");
      EXPECT_TRUE(chip.contains("refused") || chip.contains("batch_1"));
    }
  }
}

}  // namespace
}  // namespace heddle::cli_test
