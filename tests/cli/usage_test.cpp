// Wrong calls: exit status 2 and a message.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

TEST(Usage, WrongCallsExitWithTwo) {
  const std::vector<std::vector<std::string>> calls = {
      {},
      {"nonsense"},
      {"run"},
      {"run", model(), "more"},
      {"run", model(), "--nonsense"},
      {"run", model(), "--tokens", "many"},
      {"run", model(), "--tokens", "-1"},
      {"run", model(), "--temperature"},
      {"run", model(), "--prompt", "a", "--prompt-ids", "1"},
      {"compile", model()},
      {"disassemble"},
      {"perplexity", model()},
      {"devices", "more"},
  };
  for (const auto& call : calls) {
    const Outcome outcome = heddle(call);
    EXPECT_EQ(outcome.status, 2) << ::testing::PrintToString(call) << outcome.err;
    EXPECT_FALSE(outcome.err.empty()) << ::testing::PrintToString(call);
    EXPECT_EQ(outcome.out, "") << ::testing::PrintToString(call);
  }
}

TEST(Usage, HelpExitsWithZero) {
  for (const char* command : {"run", "compile", "disassemble", "perplexity", "configs", "devices"}) {
    const Outcome outcome = heddle({command, "--help"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.out.find("--json"), std::string::npos) << command;
  }
  const Outcome outcome = heddle({"--help"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("perplexity"), std::string::npos);
}

}  // namespace
}  // namespace heddle::cli_test
