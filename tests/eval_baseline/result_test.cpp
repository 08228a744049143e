// The results file: what comes back as it was written, and what is refused with file and field.
#include "eval/baseline/result.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace heddle::eval {
namespace {

using Json = nlohmann::ordered_json;

BaselineRun run() {
  BaselineRun run;
  run.date = utc_date(1763777400);
  run.command = "heddle baseline";
  run.host = {"box", "Linux", "cpu"};
  run.device = {"RTX 4090", "NVIDIA", "gpu", "550", "OpenCL 3.0", 25'000'000'000, 128, 2.5e9};
  run.software = {"opencl", "3.0", {{"heddle", "1"}}, "a label"};
  run.chip = "RTX 4090";
  BaselineResult result;
  result.workload = make_workload(WorkloadClass::kGemm, Format::kFp16, {64, 128, 256});
  result.implementation = "tiles";
  result.kernel_seconds = Spread{2e-6, 1e-6, 3e-6, 1e-6, 4e-6};
  result.wall_seconds = {5e-6, 4e-6, 6e-6, 3e-6, 9e-6};
  result.repetitions = 20;
  result.warm_up = 2;
  result.check = {8192, 0.5, 1e-5, "small"};
  result.power = MeasuredPower{300, 1.01};
  run.results = {result};
  run.skipped = {{make_workload(WorkloadClass::kNorm, Format::kBf16, {2, 3}), "no bf16"}};
  return run;
}

std::string refusal(const std::function<void(Json&)>& change) {
  Json json = results_to_json({run()});
  change(json);
  try {
    results_from_json(json.dump(), "r.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Results, ComeBack) {
  const Json json = results_to_json({run(), run()});
  const std::vector<BaselineRun> back = results_from_json(json.dump(), "r.json");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(results_to_json(back).dump(2), json.dump(2));
  EXPECT_EQ(json["runs"][0]["date"], "2025-11-22T02:10:00Z");
  EXPECT_EQ(json["runs"][0]["grade"], "measured_here");
  const Json& result = json["runs"][0]["results"][0];
  EXPECT_DOUBLE_EQ(result["flops_per_second"].get<double>(), 2.0 * 64 * 128 * 256 / 2e-6);
  EXPECT_GT(result["compute_share"]["value"].get<double>(), 0);
}

TEST(Results, DerivedFieldsAreNotBelieved) {
  Json json = results_to_json({run()});
  json["runs"][0]["results"][0]["flops_per_second"] = 1e30;
  EXPECT_EQ(results_to_json(results_from_json(json.dump(), "r.json")).dump(),
            results_to_json({run()}).dump());
}

TEST(Results, RefusedWithFileAndField) {
  const auto first = [](Json& json) -> Json& { return json["runs"][0]["results"][0]; };
  EXPECT_EQ(refusal([](Json&) {}), "");
  EXPECT_EQ(refusal([](Json& json) { json["schema_version"] = 2; }),
            "r.json: field 'schema_version' is 2; this program reads 1: measure again, or use the program "
            "that wrote it");
  EXPECT_EQ(refusal([](Json& json) { json.erase("runs"); }), "r.json: field 'runs' is missing");
  EXPECT_EQ(refusal([&](Json& json) {
              first(json)["wall_seconds"]["median"] = -1;
            }).find("r.json: field 'runs[0].results[0].wall_seconds.median' is -1"),
            0u);
  EXPECT_EQ(refusal([&](Json& json) { first(json)["wall_seconds"]["maximum"] = 1e-9; }),
            "r.json: field 'runs[0].results[0].wall_seconds' is not in the order minimum, quartile_1, "
            "median, quartile_3, "
            "maximum");
  EXPECT_EQ(refusal([&](Json& json) { first(json)["flops"] = 1; }),
            "r.json: field 'runs[0].results[0].flops' is 1; the shape makes it 4194304");
  EXPECT_EQ(refusal([&](Json& json) { first(json)["shape"].erase("k"); }),
            "r.json: field 'runs[0].results[0].shape' lacks 'k'");
  EXPECT_EQ(refusal([&](Json& json) { first(json)["shape"]["rows"] = 3; }),
            "r.json: field 'runs[0].results[0].shape' has more than the sizes of gemm: m, n, k");
  EXPECT_NE(refusal([&](Json& json) { first(json)["shape"]["k"] = 0; }).find("results[0].shape.k'"),
            std::string::npos);
  EXPECT_NE(refusal([&](Json& json) { first(json)["check"]["worst"] = 1.5; }).find("check.worst' is 1.5"),
            std::string::npos);
  EXPECT_NE(refusal([&](Json& json) { first(json)["check"]["elements"] = 9000; }).find("the result has 8192"),
            std::string::npos);
  EXPECT_NE(refusal([&](Json& json) { first(json)["format"] = "fp64"; }).find("results[0].format'"),
            std::string::npos);
  EXPECT_NE(
      refusal([&](Json& json) { first(json)["class"] = "norm"; }).find("results[0].shape' lacks 'rows'"),
      std::string::npos);
  EXPECT_NE(refusal([](Json& json) { json["runs"][0]["date"] = "yesterday"; }).find("runs[0].date'"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& json) {
              json["runs"][0]["chip"] = "RTX 4091";
            }).find("'runs[0].chip' chip 'RTX 4091'"),
            std::string::npos);
  EXPECT_NE(refusal([](Json& json) { json["runs"][0]["note"] = "x"; }).find("note"), std::string::npos);
  EXPECT_NE(refusal([](Json& json) {
              json["runs"][0]["results"] = Json::array();
              json["runs"][0]["skipped"] = Json::array();
            }).find("nothing was measured"),
            std::string::npos);
}

TEST(Results, NotJson) {
  for (const char* text : {"", "{", "[]", "null", "{\"schema_version\": \"one\", \"runs\": []}"}) {
    EXPECT_THROW(results_from_json(text, "r.json"), std::runtime_error) << text;
  }
}

}  // namespace
}  // namespace heddle::eval
