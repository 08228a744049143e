// The emitted script: complete in itself; where Python and torch are here, run and read back.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool succeeds(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

TEST(TorchScript, ListsTheWorkloads) {
  const Outcome outcome =
      heddle({"baseline", "--emit", "torch", "--class", "gemv", "--shape", "2,48,64", "--format", "fp32"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.find("#!/usr/bin/env python3\n"), 0u);
  EXPECT_NE(
      outcome.out.find(R"({"class":"gemv","format":"fp32","shape":{"m":2,"n":48,"k":64},"flops":12288.0,)"),
      std::string::npos);
  EXPECT_EQ(outcome.out.find("_VERSION@"), std::string::npos);  // every mark is replaced
  EXPECT_EQ(outcome.out.find("@WORKLOADS@"), std::string::npos);
}

TEST(TorchScript, RunsAndIsReadBack) {
  std::string python;
  for (const char* candidate : {"python3", "/usr/bin/python3"}) {
    if (python.empty() && succeeds(std::string(candidate) + " -c 'import torch'")) python = candidate;
  }
  if (python.empty()) GTEST_SKIP() << "no python3 with torch is here (apt-get install python3-torch)";
  const Folder folder;
  for (const auto& [what, shape] :
       std::vector<std::pair<std::string, std::string>>{{"gemm", "9,20,33"},
                                                        {"attention_prefill", "1,20,4,2,32"},
                                                        {"attention_decode", "2,40,4,2,32"},
                                                        {"norm", "3,100"},
                                                        {"triad", "1000"}}) {
    const std::string script = folder.file(what + ".py"), results = folder.file(what + ".json");
    ASSERT_EQ(heddle({"baseline", "--emit", "torch", "--class", what, "--shape", shape, "-o", script}).status,
              0);
    ASSERT_TRUE(succeeds(python + " " + script + " --device cpu --repeat 3 --output " + results)) << what;
    const Outcome outcome = heddle({"baseline", "--measured", results});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("torch's kernels on this device; measured_here"), std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find(what + " "), std::string::npos);
    EXPECT_FALSE(read_json(results).at("runs").at(0).at("results").empty()) << what;
  }
}

}  // namespace
}  // namespace heddle::cli_test
