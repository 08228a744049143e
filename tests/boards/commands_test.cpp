// heddle build and heddle flash: what they print and what they refuse. Nothing is built here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "isa/config_file.hpp"
#include "tests/cli/program.hpp"

namespace heddle::boards {
namespace {

using cli_test::Folder;
using cli_test::heddle;
using cli_test::Outcome;
namespace fs = std::filesystem;

TEST(Build, PrintedCommandsNameFilesThatExist) {
  for (const char* board : {"icebreaker", "icesugar"}) {
    const Outcome outcome = heddle({"build", board, "--print"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const std::regex quoted("['\"]([^'\"]+\\.(sv|pcf))['\"]");
    int files = 0;
    for (std::sregex_iterator at(outcome.out.begin(), outcome.out.end(), quoted), end; at != end; ++at) {
      const std::string path = (*at)[1];
      if (path.find("heddle_config_pkg") != std::string::npos) continue;  // written by the build
      EXPECT_TRUE(fs::is_regular_file(path)) << path;
      ++files;
    }
    EXPECT_GT(files, 10);
    EXPECT_FALSE(fs::exists(std::string("build-") + board));
  }
}

TEST(Build, RefusesAnUnknownBoard) {
  const Outcome outcome = heddle({"build", "zx81"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("there are icebreaker, icesugar"), std::string::npos) << outcome.err;
}

/// A folder as `heddle build` leaves it, and a listing of one USB device.
class Flash : public testing::Test {
 protected:
  void left_by_build(const std::string& board, double achieved, const std::string& hash = current_hash()) {
    std::ofstream(folder.file("icebreaker.bin")) << "bits";
    std::ofstream(folder.file("build.json"))
        << "{\"board\": \"" << board << "\", \"config_hash\": \"" << hash
        << "\", \"clock_mhz\": 12, \"achieved_mhz\": " << achieved << "}";
  }
  void plugged_in(const std::string& product) {
    const fs::path device = fs::path(folder.file("usb")) / "1-1";
    fs::create_directories(device);
    std::ofstream(device / "idVendor") << "0403\n";
    std::ofstream(device / "idProduct") << "6010\n";
    std::ofstream(device / "product") << product << "\n";
  }
  std::string refusal() {
    fs::create_directories(folder.file("usb"));
    const Outcome outcome =
        heddle({"flash", "icebreaker", "--output", folder.file("."), "--usb", folder.file("usb")});
    EXPECT_EQ(outcome.status, 1);
    return outcome.err;
  }
  static std::string current_hash() {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(isa::config_hash(isa::load_config("nano").config)));
    return text;
  }
  const Folder folder;
};

TEST_F(Flash, RefusesWhatMustNotBeLoaded) {
  EXPECT_NE(refusal().find("run `heddle build icebreaker"), std::string::npos);
  left_by_build("icesugar", 20);
  EXPECT_NE(refusal().find("the bitstream of board icesugar"), std::string::npos);
  left_by_build("icebreaker", 11.9);
  EXPECT_NE(refusal().find("missed its timing"), std::string::npos);
  left_by_build("icebreaker", 20, "0123456789abcdef");
  EXPECT_NE(refusal().find("another version of configuration nano"), std::string::npos);
}

TEST_F(Flash, WantsTheBoardItself) {
  if (heddle({"flash", "icebreaker", "--print"}).out.find("openFPGALoader --board") == std::string::npos)
    FAIL();
  left_by_build("icebreaker", 20);
  if (std::system("command -v openFPGALoader > /dev/null") != 0) {
    EXPECT_NE(refusal().find("apt-get install openfpgaloader"), std::string::npos);
    GTEST_SKIP() << "openFPGALoader is not installed: what it would be given is not looked at";
  }
  EXPECT_NE(refusal().find("plug it in"), std::string::npos);
  plugged_in("Dual RS232-HS");
  EXPECT_NE(refusal().find("another one: 'Dual RS232-HS'; nothing was written"), std::string::npos);
}

/// A loader of the test's own instead of openFPGALoader.
TEST_F(Flash, LoadsAndNamesTheSelfTest) {
  left_by_build("icebreaker", 20);
  plugged_in("iCEBreaker V1.0e");
  const std::string loader = folder.file("openFPGALoader");
  const std::string before = std::getenv("PATH");
  setenv("PATH", (folder.path().string() + ":" + before).c_str(), 1);
  const auto flash = [&](const std::string& script) {
    std::ofstream(loader) << script;
    fs::permissions(loader, fs::perms::owner_all);
    return heddle({"flash", "icebreaker", "--output", folder.file("."), "--usb", folder.file("usb"), "--json",
                   folder.file("flash.json")});
  };
  const Outcome loaded = flash("#!/bin/sh\necho \"$@\" > " + folder.file("called") + "\n");
  EXPECT_EQ(cli_test::read_json(folder.file("flash.json")).at("loaded"), true);
  fs::remove(folder.file("flash.json"));
  const Outcome failed = flash("#!/bin/sh\nexit 1\n");
  EXPECT_FALSE(fs::exists(folder.file("flash.json")));
  setenv("PATH", before.c_str(), 1);
  EXPECT_EQ(loaded.status, 0) << loaded.err;
  EXPECT_NE(loaded.out.find("heddle selftest icebreaker --port"), std::string::npos) << loaded.out;
  EXPECT_NE(cli_test::read(folder.file("called")).find("--write-flash --verify"), std::string::npos);
  EXPECT_EQ(failed.status, 1);
  EXPECT_NE(failed.err.find("udev rules"), std::string::npos) << failed.err;
}

}  // namespace
}  // namespace heddle::boards
