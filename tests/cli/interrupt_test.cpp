// Ctrl-C ends a long run with a message, its own status, and no half-written file.
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

using Arguments = std::vector<std::string>;

void expect_ended(Arguments arguments, int signal, int status) {
  const Folder folder;
  arguments.insert(arguments.end(), {"--json", folder.file("out.json")});
  // The file's temporary name stands there before the long work begins.
  const Outcome outcome = heddle_signalled(arguments, folder.file("out.json.part"), signal);
  const std::string call = ::testing::PrintToString(arguments);
  EXPECT_EQ(outcome.status, status) << call << outcome.err;
  EXPECT_EQ(outcome.err, "heddle: interrupted\n") << call;
  EXPECT_EQ(folder.names(), Arguments{}) << call;
}

Arguments run(const std::string& target) {
  return {"run", model(), "--prompt", "It is", "--tokens", "500", "--target", target};
}

TEST(Interrupt, EndsRunsOfEveryKind) {
  expect_ended(run("reference"), SIGINT, 130);
  expect_ended(run("hls"), SIGINT, 130);
  expect_ended(run("fast"), SIGINT, 130);
  expect_ended(run("hls"), SIGTERM, 143);
  expect_ended({"bench", "model", "smollm2-135m", "--phase", "prefill"}, SIGINT, 130);
  expect_ended({"perplexity", model(), "--text", model() + "/heldout.txt", "--target", "hls"}, SIGINT, 130);
}

TEST(Interrupt, EndsARunInAProcessOfItsOwn) {
  Arguments arguments = run("systemc");
  arguments.insert(arguments.end(), {"--platform-model", "loose"});
  if (heddle({"devices"}).out.find("apt-get install libsystemc-dev") != std::string::npos)
    GTEST_SKIP() << "SystemC is not installed";
  expect_ended(arguments, SIGINT, 130);
}

}  // namespace
}  // namespace heddle::cli_test
