// A model whose products a simulated board makes, and the self-test, by the heddle program.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::boards {
namespace {

using cli_test::Folder;
using cli_test::heddle;
using cli_test::Outcome;
using cli_test::read_json;

TEST(RunOnBoard, TellsWhatTheGoldenModelTells) {
  const Folder folder;
  test::TinyModel model;
  model.layers = 1;
  test::write_tiny_model(folder.path(), model);
  const auto run = [&](const std::string& target) {
    const std::string json = folder.file(target + ".json");
    const Outcome outcome = heddle({"run", folder.path(), "--target", target, "--config", "tiny",
                                    "--prompt-ids", "5,9,2", "--tokens", "3", "--json", json});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    if (target == "serial") {
      EXPECT_NE(outcome.out.find("on this computer: all else"), std::string::npos) << outcome.out;
      EXPECT_NE(outcome.out.find("tokens a second"), std::string::npos) << outcome.out;
    }
    return read_json(json);
  };
  const auto board = run("serial"), golden = run("hls");
  EXPECT_EQ(board.at("tokens"), golden.at("tokens"));
  // All of the array's work, and nothing else, was the board's.
  EXPECT_EQ(board.at("line").at("board_macs"), golden.at("counters").at("macs"));
  EXPECT_FALSE(golden.contains("line"));
}

TEST(RunOnBoard, ErrorsSayWhatToDo) {
  const Folder folder;
  test::write_tiny_model(folder.path(), {});
  const auto error_of = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"run", folder.path(), "--prompt-ids", "5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = heddle(arguments);
    EXPECT_EQ(outcome.status, 1);
    return outcome.err;
  };
  EXPECT_NE(error_of({"--target", "serial", "--config", "tiny", "--port", "/dev/no-such-port"})
                .find("is the board plugged in?"),
            std::string::npos);
  EXPECT_NE(error_of({"--target", "serial", "--config", "nano"}).find("needs a complete machine"),
            std::string::npos);
  EXPECT_NE(error_of({"--target", "hls", "--port", "/dev/ttyUSB1"}).find("for target serial"),
            std::string::npos);
}

TEST(SelfTest, PassesOnANoisyLine) {
  const Folder folder;
  const Outcome outcome = heddle({"selftest", "icebreaker", "--noise", "0.001", "--memory", "4096",
                                  "--programs", "1", "--json", folder.file("s.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("icebreaker at /dev/pts/"), std::string::npos) << outcome.out;
  const auto json = read_json(folder.file("s.json"));
  EXPECT_EQ(json.at("memory_bytes"), 4096);
  EXPECT_EQ(json.at("programs"), 2);
  EXPECT_GT(json.at("layer_products"), 6);
  EXPECT_GT(json.at("sent_again"), 0);
}

}  // namespace
}  // namespace heddle::boards
