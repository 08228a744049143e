// The same words and the same cycles through the Xilinx Runtime, and in a SystemC platform, as from the
// simulator directly.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

// The DRAM has rows and banks, so that cycles tell where in memory a model lies.
nlohmann::json run(const Folder& folder, const std::string& model, const std::string& target,
                   const std::string& emulated = "") {
  std::vector<std::string> arguments = {"run",           model,
                                        "--prompt",      "Once upon a time",
                                        "--tokens",      "8",
                                        "--config",      "tiny",
                                        "--target",      target,
                                        "--memory",      "DDR4-2400",
                                        "--json",        folder.file("out.json"),
                                        "--dump-memory", folder.file(target + ".memory")};
  if (!emulated.empty()) arguments.insert(arguments.end(), {"--emulate", emulated});
  const Outcome outcome = heddle(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return outcome.status == 0 ? read_json(folder.file("out.json")) : nlohmann::json();
}

void expect_same(const std::string& model) {
  const Folder folder;
  const std::string devices = heddle({"devices"}).out;
  if (devices.find("rtl        yes") == std::string::npos) GTEST_SKIP() << "the rtl target is not available";
  const nlohmann::json rtl = run(folder, model, "rtl");
  ASSERT_TRUE(rtl.is_object());
  struct Other {
    std::string target, emulated;
  };
  for (const auto& [target, emulated] : {Other{"systemc", ""}, Other{"xrt", ""}, Other{"opencl", ""},
                                         Other{"xrt", "fast"}, Other{"opencl", "fast"}}) {
    if (devices.find("\n" + target + std::string(11 - target.size(), ' ') + "yes") == std::string::npos) {
      GTEST_SKIP() << "the " << target << " target is not available";
    }
    SCOPED_TRACE(target + " " + emulated);
    const nlohmann::json other = run(folder, model, target, emulated);
    ASSERT_TRUE(other.is_object());
    EXPECT_EQ(other.at("tokens"), rtl.at("tokens")) << target;
    EXPECT_EQ(other.at("counters"), rtl.at("counters")) << target;
    EXPECT_GT(other.at("cycles").get<std::uint64_t>(), 0u);
    EXPECT_TRUE(read(folder.file(target + ".memory")) == read(folder.file("rtl.memory"))) << target;
  }
}

TEST(ThroughTheRuntime, OwnModel) { expect_same(model()); }

TEST(ThroughTheRuntime, Stories) {
  if (stories().empty()) GTEST_SKIP() << "the shared test models are absent";
  expect_same(stories());
}

TEST(ThroughTheRuntime, OptionsThatDoNotApply) {
  const Outcome hls = heddle({"run", model(), "--prompt", "It", "--target", "hls", "--xclbin", "x"});
  EXPECT_EQ(hls.status, 1);
  EXPECT_NE(hls.err.find("xclbin"), std::string::npos) << hls.err;
  const Outcome none =
      heddle({"run", model(), "--prompt", "It", "--target", "xrt", "--xclbin", "/nonexistent/x"});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("/nonexistent/x"), std::string::npos) << none.err;
}

TEST(Emulate, WantsAProgramOrAFile) {
  EXPECT_EQ(heddle({"emulate"}).status, 2);
  EXPECT_EQ(heddle({"emulate", "--emulate", "hls", "--", "/nonexistent/program"}).status, 1);
}

TEST(Emulate, PassesTheStatusOn) {
  const Outcome outcome =
      heddle({"emulate", "--emulate", "hls", "--", "sh", "-c", "test -s \"$HEDDLE_XCLBIN\" && exit 5"});
  if (outcome.err.find("not available") != std::string::npos) GTEST_SKIP() << outcome.err;
  EXPECT_EQ(outcome.status, 5) << outcome.err;
}

TEST(Emulate, WritesTheFile) {
  const Folder folder;
  const Outcome outcome = heddle({"emulate", "--emulate", "hls", "-o", folder.file("tiny.xclbin")});
  if (outcome.err.find("not available") != std::string::npos) GTEST_SKIP() << outcome.err;
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(read(folder.file("tiny.xclbin")).substr(0, 7), "xclbin2");
  const Outcome used = heddle({"run", model(), "--prompt", "It is", "--tokens", "2", "--config", "tiny",
                               "--target", "xrt", "--xclbin", folder.file("tiny.xclbin")});
  EXPECT_EQ(used.status, 0) << used.err;
}

}  // namespace
}  // namespace heddle::cli_test
