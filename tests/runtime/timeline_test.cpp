// Which operation spent which cycles: totals over runs, and the trace that people open.
#include "runtime/host/timeline.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace heddle::runtime {
namespace {

isa::Image image() {
  isa::Image image;
  image.operations = {"", "scores", "norm"};
  image.config.clock_mhz = 500;
  return image;
}

Timeline two_runs(bool keep) {
  Timeline timeline(keep);
  timeline.add({isa::kUnitLoad, 1, 10, 0, 4, 9, 5});        // waits 4, works 6, 5 of them busy
  timeline.add({isa::kUnitMatrix, 1, 14, 10, 10, 19, 10});  // works 10
  timeline.end_run("prefill", 30);
  timeline.add({isa::kUnitVector, 2, 18, 1, 6, 6, 1});  // waits 5, works 1
  timeline.add({isa::kUnitLoad, 1, 10, 0, 0, 1, 2});    // works 2
  timeline.end_run("decode", 20);
  return timeline;
}

TEST(Timeline, TotalsOfOperationsLongestFirst) {
  const Timeline timeline = two_runs(false);
  EXPECT_EQ(timeline.cycles(), 50u);
  const std::vector<OperationCycles> operations = timeline.operations(image());
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0].name, "scores");
  EXPECT_EQ(operations[0].units[isa::kUnitLoad].busy, 7u);
  EXPECT_EQ(operations[0].units[isa::kUnitLoad].stall, 1u);
  EXPECT_EQ(operations[0].units[isa::kUnitLoad].token, 4u);
  EXPECT_EQ(operations[0].units[isa::kUnitLoad].instructions, 2u);
  EXPECT_EQ(operations[0].units[isa::kUnitMatrix].busy, 10u);
  EXPECT_EQ(operations[0].cycles(), 12u);
  EXPECT_EQ(operations[1].name, "norm");
  EXPECT_EQ(operations[1].units[isa::kUnitVector].token, 5u);
}

TEST(Timeline, TagWithoutAName) {
  Timeline timeline;
  timeline.add({isa::kUnitStore, 7, 0, 0, 0, 0, 1});
  timeline.end_run("decode", 1);
  EXPECT_EQ(timeline.operations(image())[0].name, "(no operation)");
}

TEST(Timeline, TraceHoldsEveryInstructionInItsPlace) {
  const nlohmann::json trace = nlohmann::json::parse(two_runs(true).trace(image()));
  int slices = 0;
  bool vector = false, program = false;
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    ++slices;
    // The second run begins at cycle 30; 500 cycles are a microsecond.
    if (event.at("name") == "norm") {
      vector = true;
      EXPECT_EQ(event.at("tid"), isa::kUnitVector + 1);
      EXPECT_DOUBLE_EQ(event.at("ts").get<double>(), 36.0 / 500);
      EXPECT_DOUBLE_EQ(event.at("dur").get<double>(), 1.0 / 500);
      EXPECT_EQ(event.at("args").at("pc"), 18);
    }
    if (event.at("name") == "decode") {
      program = true;
      EXPECT_EQ(event.at("tid"), 0);
      EXPECT_DOUBLE_EQ(event.at("ts").get<double>(), 30.0 / 500);
    }
  }
  EXPECT_TRUE(vector && program);
  EXPECT_EQ(slices, 2 + 4 + 2);  // programs, instructions, waits
}

TEST(Timeline, TraceShowsWhatMemoryMoves) {
  isa::Image of = image();
  of.config.bus_bytes = 16;
  const nlohmann::json trace = nlohmann::json::parse(two_runs(true).trace(of));
  double bytes = 0, now = 0, since = 0;
  for (const nlohmann::json& event : trace.at("traceEvents")) {
    if (event.at("ph") != "C") continue;
    EXPECT_EQ(event.at("name"), "memory read");  // nothing is stored
    const double at = event.at("ts").get<double>() * of.config.clock_mhz;
    bytes += now * (at - since);
    since = at;
    now = event.at("args").at("bytes a cycle").get<double>();
  }
  EXPECT_EQ(now, 0);
  EXPECT_DOUBLE_EQ(bytes, 7 * 16.0);  // the beats of both LOADs
}

}  // namespace
}  // namespace heddle::runtime
