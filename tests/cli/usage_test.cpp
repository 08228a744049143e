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
      {"estimate"},
      {"estimate", "QwQ-32B"},
      {"estimate", "--chip", "H100"},
      {"estimate", "QwQ-32B", "--all"},
      {"estimate", "--chip", "H100", "--check-published"},
      {"estimate", "QwQ-32B", "--chip", "H100", "--context", "99999999999999999999"},
      {"emulate"},
      {"bench", "nonsense"},
      {"bench", "model", "smollm2-135m", "--rows", "8"},
      {"bench", "model", "smollm2-135m", "--phase", "prefill", "--rows", "129"},
      {"selftest", "icebreaker", "--memory", "-4"},
      {"run", model(), "--seed", "-1"},
      {"run", model(), "--watchdog", "-1"},
      {"run", model(), "--context", "0"},
  };
  for (const auto& call : calls) {
    const Outcome outcome = heddle(call);
    EXPECT_EQ(outcome.status, 2) << ::testing::PrintToString(call) << outcome.err;
    EXPECT_FALSE(outcome.err.empty()) << ::testing::PrintToString(call);
    EXPECT_LT(outcome.err.size(), 300u) << outcome.err;
    EXPECT_EQ(outcome.out, "") << ::testing::PrintToString(call);
  }
}

TEST(Usage, MessagesNameTheCulprit) {
  const auto expect = [](const std::vector<std::string>& call, const std::string& part) {
    const std::string err = heddle(call).err;
    EXPECT_NE(err.find(part), std::string::npos) << err;
  };
  expect({"nonsense"}, "unknown subcommand 'nonsense' of heddle: there are run, bench");
  expect({"bench", "nonsense"}, "unknown subcommand 'nonsense' of bench: there are gemm");
  expect({"run", model(), "--context", "0"}, "--context: 0 is not positive");
  expect({"run", model(), "--cycle-limit", "-1"}, "--cycle-limit: must not be negative");
}

TEST(Usage, VersionNamesTheContract) {
  const Outcome outcome = heddle({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("contract "), std::string::npos) << outcome.out;
}

TEST(Usage, HelpExitsWithZero) {
  for (const char* command :
       {"run", "build", "flash", "selftest", "compile", "disassemble", "perplexity", "configs", "devices",
        "emulate", "chips", "estimate", "baseline", "compare", "report", "reproduce"}) {
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
