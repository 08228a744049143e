// The C interface: statuses, messages, results.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/capi/heddle.h"
#include "tests/cli/program.hpp"

namespace {

using namespace heddle::cli_test;

class CInterface : public ::testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome =
        heddle::cli_test::heddle({"compile", model(), "--config", "tiny", "--context", "64", "-o", file_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    ASSERT_EQ(heddle_open("hls", "tiny", nullptr, &device_), HEDDLE_OK) << heddle_last_error();
  }
  void TearDown() override { heddle_close(device_); }
  Folder folder_;
  std::string file_ = folder_.file("model.image");
  heddle_device* device_ = nullptr;
};

TEST_F(CInterface, GeneratesWhatTheProgramGenerates) {
  heddle_model* model_handle = nullptr;
  ASSERT_EQ(heddle_load(device_, file_.c_str(), &model_handle), HEDDLE_OK) << heddle_last_error();
  EXPECT_EQ(heddle_context(model_handle), 64u);
  const std::vector<std::uint32_t> prompt = {1422, 364};
  std::vector<std::uint32_t> tokens(5);
  std::size_t count = 0;
  ASSERT_EQ(heddle_generate(model_handle, prompt.data(), prompt.size(), tokens.data(), tokens.size(), &count),
            HEDDLE_OK)
      << heddle_last_error();
  ASSERT_EQ(count, 5u);
  const Outcome outcome = heddle::cli_test::heddle({"run", model(), "--prompt-ids", "1422,364", "--tokens",
                                                    "5", "--config", "tiny", "--context", "64", "--target",
                                                    "hls", "--json", folder_.file("run.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto theirs = read_json(folder_.file("run.json")).at("tokens").get<std::vector<std::uint32_t>>();
  EXPECT_EQ(std::vector<std::uint32_t>(theirs.begin() + 2, theirs.end()), tokens);

  std::vector<float> logits(heddle_vocabulary(model_handle));
  EXPECT_EQ(heddle_run(model_handle, prompt.data(), 2, 0, logits.data(), logits.size()), HEDDLE_OK);
  EXPECT_EQ(std::max_element(logits.begin(), logits.end()) - logits.begin(), tokens[0]);
  EXPECT_EQ(heddle_run(model_handle, tokens.data(), 1, 2, logits.data(), logits.size()), HEDDLE_OK);
  EXPECT_EQ(std::max_element(logits.begin(), logits.end()) - logits.begin(), tokens[1]);

  bool counted = false;
  for (std::size_t i = 0; i < heddle_counters(); ++i) {
    counted |=
        std::string(heddle_counter_name(i)) == "matrix_instructions" && heddle_counter(model_handle, i) > 0;
  }
  EXPECT_TRUE(counted);
  EXPECT_EQ(heddle_counter_name(heddle_counters()), nullptr);
  EXPECT_EQ(heddle_counter(model_handle, heddle_counters()), 0u);

  EXPECT_EQ(heddle_run(model_handle, prompt.data(), 2, 0, logits.data(), 3), HEDDLE_ERROR_ARGUMENT);
  EXPECT_EQ(heddle_run(model_handle, prompt.data(), 2, 63, logits.data(), logits.size()),
            HEDDLE_ERROR_FAILED);
  EXPECT_NE(std::string(heddle_last_error()).find("context"), std::string::npos) << heddle_last_error();
  heddle_unload(model_handle);
}

TEST_F(CInterface, Errors) {
  heddle_device* none = device_;
  EXPECT_EQ(heddle_open("hls", "no-such-config", nullptr, &none), HEDDLE_ERROR_FAILED);
  EXPECT_EQ(none, nullptr);
  EXPECT_NE(std::string(heddle_last_error()).find("no-such-config"), std::string::npos)
      << heddle_last_error();
  EXPECT_EQ(heddle_open("no-such-target", "tiny", nullptr, &none), HEDDLE_ERROR_FAILED);
  EXPECT_EQ(heddle_open(nullptr, "tiny", nullptr, &none), HEDDLE_ERROR_ARGUMENT);
  heddle_model* no_model = nullptr;
  EXPECT_EQ(heddle_load(device_, "/nonexistent/file", &no_model), HEDDLE_ERROR_FAILED);
  EXPECT_NE(std::string(heddle_last_error()).find("/nonexistent/file"), std::string::npos)
      << heddle_last_error();
  EXPECT_EQ(heddle_load(nullptr, file_.c_str(), &no_model), HEDDLE_ERROR_ARGUMENT);
  EXPECT_EQ(heddle_vocabulary(nullptr), 0u);
  heddle_unload(nullptr);
  heddle_close(nullptr);
}

}  // namespace
