// heddle baseline: end to end on an OpenCL device, and what it refuses.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool has_device() {
  const Folder folder;
  const Outcome outcome = heddle({"baseline", "--list", "--json", folder.file("list.json")});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return !read_json(folder.file("list.json")).at("devices").empty();
}

#define NEED_DEVICE()                                                       \
  if (!has_device())                                                        \
  GTEST_SKIP() << "no OpenCL device is here (for the CPU: apt-get install " \
                  "pocl-opencl-icd)"

TEST(BaselineCommand, MeasuresEveryClassAndReadsItBack) {
  NEED_DEVICE();
  const Folder folder;
  std::vector<std::string> join = {"baseline", "-o", folder.file("all.json")};
  int results = 0;
  for (const auto& [what, shape] :
       std::vector<std::pair<std::string, std::string>>{{"gemm", "33,65,70"},
                                                        {"gemv", "2,65,70"},
                                                        {"attention_prefill", "1,20,4,2,32"},
                                                        {"attention_decode", "2,40,4,2,32"},
                                                        {"norm", "3,100"},
                                                        {"copy", "5000"},
                                                        {"triad", "5000"}}) {
    const std::string file = folder.file(what + ".json");
    const Outcome outcome = heddle(
        {"baseline", "--class", what, "--shape", shape, "--repeat", "4", "-o", file, "--chip", "RTX 4090"});
    ASSERT_EQ(outcome.status, 0) << what << outcome.err;
    EXPECT_TRUE(holds(outcome.out, "OpenCL, not the vendor's best; measured_here")) << outcome.out;
    const auto json = read_json(file);
    const auto& run = json.at("runs").at(0);
    EXPECT_EQ(run.at("chip"), "RTX 4090");
    for (const char* field : {"name", "vendor", "driver", "version"}) {
      EXPECT_FALSE(run.at("device").at(field).get<std::string>().empty()) << field;
    }
    EXPECT_TRUE(holds(run.at("command"), "--shape '" + shape + "'"));
    for (const auto& result : run.at("results")) {
      ++results;
      EXPECT_EQ(result.at("repetitions"), 4);
      EXPECT_LE(result.at("check").at("worst"), 1.0);
      EXPECT_GT(result.at("bytes_per_second"), 0.0);
      EXPECT_GT(result.at("bandwidth_share").at("value"), 0.0);
    }
    join.insert(join.end(), {"--measured", file});
  }
  EXPECT_EQ(results, 3 + 3 + 2 + 2 + 2 + 1 + 1);  // formats of each
  const Outcome joined = heddle(join);
  ASSERT_EQ(joined.status, 0) << joined.err;
  EXPECT_EQ(read_json(folder.file("all.json")).at("runs").size(), 7u);
}

TEST(BaselineCommand, DevicesByNumberAndName) {
  NEED_DEVICE();
  const Folder folder;
  heddle({"baseline", "--list", "--json", folder.file("list.json")});
  const std::string name = read_json(folder.file("list.json")).at("devices").at(0).at("name");
  const auto measure = [](const std::string& device) {
    return heddle({"baseline", "--class", "copy", "--shape", "100", "--repeat", "1", "--device", device});
  };
  EXPECT_EQ(measure("0").status, 0);
  EXPECT_EQ(measure("999").err.find("heddle: error: device 999 is not there: there are "), 0u);
  EXPECT_TRUE(holds(measure("no such device").err, "device 'no such device' fits none"));
  EXPECT_TRUE(holds(measure(name).out, name));
}

TEST(BaselineCommand, WhatADeviceLacksIsSaid) {
  NEED_DEVICE();
  const Outcome outcome =
      heddle({"baseline", "--class", "gemm", "--shape", "8,8,8", "--format", "bf16", "--device", "0"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err,
            "heddle: error: gemm bf16 (m 8, n 8, k 8): OpenCL C has no bf16; the script of --emit torch "
            "measures it\n");
}

TEST(BaselineCommand, BadArguments) {
  const auto error = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"baseline", "--emit", "torch"});
    const Outcome outcome = heddle(arguments);
    EXPECT_EQ(outcome.status, 1);
    return outcome.err;
  };
  EXPECT_TRUE(holds(error({"--class", "gemn"}), "class 'gemn' is not known: use gemm, gemv"));
  EXPECT_EQ(error({"--class", "gemm", "--shape", "1,2"}),
            "heddle: error: gemm of shape 1,2: needs 3 sizes: m,n,k\n");
  EXPECT_EQ(error({"--class", "norm", "--format", "int8"}),
            "heddle: error: class norm is not measured in int8\n");
  EXPECT_EQ(heddle({"baseline", "--emit", "torch", "--shape", "1,2,3"}).status, 2);  // of which class?
  EXPECT_EQ(heddle({"baseline", "--format", "fp64"}).status, 2);
  EXPECT_EQ(heddle({"baseline", "--repeat", "0"}).status, 2);
  EXPECT_EQ(heddle({"baseline", "--emit", "tensorflow"}).status, 2);
  EXPECT_EQ(heddle({"baseline", "--list", "--measured", "x.json"}).status, 2);
}

TEST(BaselineCommand, MeasuredFilesAreChecked) {
  const Folder folder;
  const Outcome missing = heddle({"baseline", "--measured", folder.file("none.json")});
  EXPECT_EQ(missing.status, 1);
  EXPECT_TRUE(holds(missing.err, "none.json: cannot be read"));
  write(folder.file("bad.json"), R"({"schema_version": 1, "runs": [{"date": 3}]})");
  const Outcome bad =
      heddle({"baseline", "--measured", folder.file("bad.json"), "-o", folder.file("out.json")});
  EXPECT_EQ(bad.status, 1);
  EXPECT_TRUE(holds(bad.err, "bad.json: field 'runs[0]")) << bad.err;
  EXPECT_EQ(folder.names(), std::vector<std::string>{"bad.json"});  // nothing half-written
}

}  // namespace
}  // namespace heddle::cli_test
