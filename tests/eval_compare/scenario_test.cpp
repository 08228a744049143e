// Scenarios as data, and how a service is judged.
#include <gtest/gtest.h>

#include "eval/compare/service.hpp"

namespace heddle::eval {
namespace {

constexpr const char* kScenario =
    R"({"name": "n", "title": "T", "model": "QwQ-32B", "format": "int8", "prompt": 128,
  "output": 64, "criteria": [{"what": "tokens_per_second", "at_least": 10}]})";

std::string error_of(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  try {
    scenario_from_json(text, "s.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Scenario, BadFilesNameFileAndField) {
  EXPECT_EQ(scenario_from_json(kScenario, "s.json").criteria.size(), 1u);
  EXPECT_NE(error_of(kScenario, "\"title\": \"T\", ", "").find("s.json: field 'title'"), std::string::npos);
  EXPECT_NE(error_of(kScenario, "int8", "int3").find("s.json: field 'format'"), std::string::npos);
  EXPECT_NE(error_of(kScenario, "\"prompt\": 128", "\"prompt\": 0").find("s.json: field 'prompt'"),
            std::string::npos);
  EXPECT_NE(error_of(kScenario, "tokens_per_second", "speed").find("field 'criteria[0].what'"),
            std::string::npos);
  EXPECT_EQ(error_of(kScenario, "\"at_least\": 10", "\"at_least\": 10, \"at_most\": 20"),
            "s.json: field 'criteria[0]' must have one of at_least and at_most");
}

TEST(Scenario, AllFiveLoadByName) {
  EXPECT_EQ(all_scenarios().size(), 5u);
  EXPECT_EQ(load_scenario("Home Chat").title, "Chat at home in 24 GB");
  try {
    load_scenario("moon");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("scenario 'moon' is unknown; known: home-chat"),
              std::string::npos);
  }
}

Service with_speed(const Range& speed) {
  Service s;
  s.scenario = scenario_from_json(kScenario, "s.json");
  s.single.tokens_per_second = {speed, Grade::kModelled};
  return s;
}

TEST(Judge, TheWholeRangeDecides) {
  EXPECT_EQ(judge(with_speed({20, 10, 30})).judgement, Judgement::kPass);
  EXPECT_EQ(judge(with_speed({20, 9.9, 30})).judgement, Judgement::kUndecided);
  EXPECT_EQ(judge(with_speed({5, 2, 9.9})).judgement, Judgement::kFail);
}

TEST(Judge, OneFailureFailsAndOneUnknownLeavesUndecided) {
  Service s = with_speed({20, 15, 30});
  s.scenario.criteria.push_back({"wall_watts", std::nullopt, 10});
  EXPECT_EQ(judge(s).judgement, Judgement::kUndecided);
  EXPECT_EQ(judge(s).criteria[1].figure, "not known");
  s.single.watts[Boundary::kWall] = {Range(20, 15, 30), Grade::kModelled};
  EXPECT_EQ(judge(s).judgement, Judgement::kFail);
}

TEST(Judge, SeveralDevicesOnAnUnknownLinkAreUndecided) {
  Service s = with_speed({20, 15, 30});
  s.devices = 4;
  EXPECT_EQ(judge(s).judgement, Judgement::kUndecided);
  EXPECT_FALSE(judge(s).reason.empty());
  s.devices = 1;
  EXPECT_EQ(judge(s).judgement, Judgement::kPass);
}

TEST(Judge, WhatAChipLacksFailsWhatIsUnknownDoesNot) {
  Service s = with_speed({20, 15, 30});
  s.refused = "lacks int8";
  EXPECT_EQ(judge(s).judgement, Judgement::kFail);
  s.undecided = true;
  EXPECT_EQ(judge(s).judgement, Judgement::kUndecided);
}

}  // namespace
}  // namespace heddle::eval
