#include "isa/image.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "isa/version.hpp"

namespace heddle::isa {
namespace {

class ImageFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("heddle_image_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
    path_ = (directory_ / "m.heddle").string();
    image_.model = {"m", "LlamaForCausalLM", 10, 20, 4, 1, 100, 90, 8};
    image_.readonly_bytes = 4096;
    image_.arena_bytes = 8192;
    image_.constants.assign(4096, 7);
    image_.programs = {{"prefill", 0, 128}};
    image_.bindings = {{"logits", "f32", {2, 10}, 40, 4096, 80}};
    image_.operations = {"embedding"};
    write_image(path_, image_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string refusal(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    try {
      read_image(path_);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  std::filesystem::path directory_;
  std::string path_;
  Image image_;
};

TEST_F(ImageFile, RoundTrip) {
  const Image read = read_image(path_);
  EXPECT_EQ(read.constants, image_.constants);
  EXPECT_EQ(read.binding("logits").offset, 4096u);
  EXPECT_EQ(read.program("prefill").bytes, 128u);
  EXPECT_EQ(config_hash(read.config), config_hash(image_.config));
  EXPECT_THROW(read.binding("nothing"), std::runtime_error);
}

TEST_F(ImageFile, EveryTruncationIsRefused) {
  const std::string whole = bytes();
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 16)
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
}

TEST_F(ImageFile, LiesAreRefused) {
  std::string text = bytes();
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string copy = text;
    copy.replace(copy.find(from), from.size(), to);
    return copy;
  };
  const std::string version = "\"version\":" + std::to_string(kIsaVersion);
  EXPECT_NE(refusal(replaced(version, "\"version\":9")).find("version 9"), std::string::npos);
  EXPECT_NE(refusal(replaced("\"rows\":16", "\"rows\":32")), "");
  EXPECT_NE(refusal(replaced("\"rows\":16", "\"rows\":08")).find("damaged"), std::string::npos);
  EXPECT_NE(refusal(replaced("\"lanes\":16", "\"lanes\":08").replace(0, 1, "X")).find("not a compiled"),
            std::string::npos);
  EXPECT_NE(refusal(replaced("\"bytes\":128", "\"bytes\":999").c_str()), "");
}

TEST_F(ImageFile, WriteToNowhereLeavesNothing) {
  EXPECT_THROW(write_image((directory_ / "no" / "such" / "m.heddle").string(), image_), std::runtime_error);
}

}  // namespace
}  // namespace heddle::isa
