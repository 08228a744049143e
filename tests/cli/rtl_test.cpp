// The same words and the same bytes of memory from RTL and HLS, by way of the program.
#include <gtest/gtest.h>

#include <cctype>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

nlohmann::json run(const Folder& folder, const std::string& target,
                   const std::vector<std::string>& more = {}) {
  std::vector<std::string> all = {"run",           model(),
                                  "--prompt",      "It is",
                                  "--tokens",      "6",
                                  "--config",      "edge",
                                  "--target",      target,
                                  "--json",        folder.file(target + ".json"),
                                  "--dump-memory", folder.file(target + ".memory")};
  all.insert(all.end(), more.begin(), more.end());
  const Outcome outcome = heddle(all);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome.status == 0 ? read_json(folder.file(target + ".json")) : nlohmann::json();
}

TEST(Rtl, SaysWhatHlsSays) {
  if (heddle({"devices"}).out.find("rtl        no") != std::string::npos) {
    GTEST_SKIP() << "the rtl target is not available";
  }
  const Folder folder;
  const nlohmann::json hls = run(folder, "hls");
  const nlohmann::json rtl = run(folder, "rtl");
  ASSERT_TRUE(rtl.is_object() && hls.is_object());
  EXPECT_EQ(rtl.at("tokens"), hls.at("tokens"));
  EXPECT_TRUE(read(folder.file("rtl.memory")) == read(folder.file("hls.memory")));
  for (const char* phase : {"prefill", "decode"}) {
    EXPECT_GT(rtl.at("phases").at(phase).at("cycles").get<std::uint64_t>(), 0u);
    for (const char* share : {"mac_utilization", "bandwidth_utilization"}) {
      EXPECT_GT(rtl.at("phases").at(phase).at(share).get<double>(), 0.0) << phase << share;
      EXPECT_LE(rtl.at("phases").at(phase).at(share).get<double>(), 1.0) << phase << share;
    }
  }
  EXPECT_TRUE(hls.at("cycles").is_null());
}

TEST(Rtl, OperationsAccountForEveryCycleThatTheCountersSaw) {
  const Folder folder;
  const nlohmann::json rtl = run(folder, "rtl", {"--trace", folder.file("trace.json")});
  ASSERT_TRUE(rtl.is_object());
  std::uint64_t instructions = 0;
  for (const std::string unit : {"LOAD", "STORE", "MATRIX", "VECTOR"}) {
    std::uint64_t busy = 0, stall = 0, token = 0;
    for (const nlohmann::json& operation : rtl.at("operations")) {
      if (!operation.contains(unit)) continue;
      busy += operation.at(unit).at("busy").get<std::uint64_t>();
      stall += operation.at(unit).at("stall").get<std::uint64_t>();
      token += operation.at(unit).at("token").get<std::uint64_t>();
      instructions += operation.at(unit).at("instructions").get<std::uint64_t>();
    }
    std::string name = unit;
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(busy, rtl.at("counters").at(name + "_busy")) << unit;
    EXPECT_EQ(token, rtl.at("counters").at(name + "_token")) << unit;
    const bool memory = unit == "LOAD" || unit == "STORE";
    EXPECT_EQ(stall, rtl.at("counters").at(name + (memory ? "_memory" : "_operand"))) << unit;
  }
  const nlohmann::json trace = read_json(folder.file("trace.json"));
  std::uint64_t slices = 0;
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    slices += event.at("ph") == "X" && event.contains("args") && event.at("args").contains("cycles") ? 1 : 0;
  }
  EXPECT_EQ(slices, instructions);
}

TEST(Rtl, DramTakesLongerThanNoLatencyAndChangesNothingElse) {
  const Folder folder;
  const nlohmann::json none = run(folder, "rtl", {"--memory-latency", "0"});
  const std::string memory = read(folder.file("rtl.memory"));
  const nlohmann::json dram = run(folder, "rtl", {"--memory", "DDR4-2400 x64"});
  ASSERT_TRUE(none.is_object() && dram.is_object());
  EXPECT_TRUE(memory == read(folder.file("rtl.memory")));
  EXPECT_GT(dram.at("cycles").get<std::uint64_t>(), none.at("cycles").get<std::uint64_t>());
  EXPECT_EQ(dram.at("cycles"), run(folder, "rtl", {"--memory", "DDR4-2400 x64"}).at("cycles"));
}

TEST(Rtl, StallsChangeTimeOnly) {
  const Folder folder;
  const nlohmann::json calm = run(folder, "rtl");
  const std::string memory = read(folder.file("rtl.memory"));
  const nlohmann::json stalled = run(folder, "rtl", {"--stalls", "200", "--stall-seed", "3"});
  ASSERT_TRUE(calm.is_object() && stalled.is_object());
  EXPECT_EQ(calm.at("tokens"), stalled.at("tokens"));
  EXPECT_TRUE(memory == read(folder.file("rtl.memory")));
  EXPECT_GT(stalled.at("cycles").get<std::uint64_t>(), calm.at("cycles").get<std::uint64_t>());
}

TEST(Rtl, CycleLimitEndsTheRun) {
  const Folder folder;
  const Outcome outcome = heddle({"run", model(), "--prompt", "It is", "--config", "edge", "--cycle-limit",
                                  "1000", "--json", folder.file("r.json")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("watchdog"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("pc"), std::string::npos) << outcome.err;
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace heddle::cli_test
