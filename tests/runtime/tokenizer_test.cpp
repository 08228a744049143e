// Tokenizers of both kinds against ids made by Hugging Face's own library.
#include "runtime/host/tokenizer/tokenizer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace heddle::runtime {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::uint32_t>;
using nlohmann::json;

const fs::path kSource = HEDDLE_SOURCE_DIR;
const fs::path kStories = kSource.parent_path() / "shared" / "models" / "stories260K";
const fs::path kAusten = kSource / "models" / "austen-1.5m";

struct Sample {
  const char* text;
  Ids ids;              // without what opens a text
  const char* decoded;  // where special tokens are left out
};

const char* const kMixed = "It's 1815,  I'VE <|endoftext|>a_b __ 12 \r\n\n  caf\u00e9!!\n\n ok ";
const char* const kMarks = "No. 5's \u00bd \u0301e\u00a0 \u2003y";

void check(const Tokenizer& tokenizer, const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    EXPECT_EQ(tokenizer.encode(sample.text, false), sample.ids) << sample.text;
    EXPECT_EQ(tokenizer.decode(sample.ids), sample.decoded);
  }
}

TEST(ByteFallback, MatchesHuggingFace) {
  if (!fs::exists(kStories)) GTEST_SKIP() << kStories << " is absent";
  const Tokenizer tokenizer = Tokenizer::load(kStories.string());
  check(tokenizer,
        {{"Once upon a time", {403, 407, 261, 378}, "Once upon a time"},
         {kMixed,
          {359, 413, 439, 419, 410, 475, 487, 475, 480, 432, 410, 359, 439, 470, 459, 410, 504, 506,
           367, 414, 431, 413, 411, 444, 413, 506, 505, 412, 98,  430, 410, 98,  98,  410, 475, 479,
           410, 16,  13,  13,  410, 280, 412, 431, 485, 443, 443, 13,  13,  334, 433, 410},
          kMixed},
         {" leading  double", {410, 278, 411, 380, 299, 410, 279, 277, 430, 305}, " leading  double"},
         {"\u4f60\u597d, \U0001f600!\tx",
          {410, 231, 192, 163, 232, 168, 192, 432, 410, 243, 162, 155, 131, 443, 12, 444},
          "\u4f60\u597d, \U0001f600!\tx"},
         {"a<s>b</s> c", {261, 1, 268, 2, 410, 280}, "a b  c"},
         {"", {}, ""},
         {"\n", {410, 13}, "\n"},
         {kMarks,
          {410, 458, 414, 426, 410, 480, 439, 419, 410, 197, 192,
           410, 207, 132, 411, 498, 410, 229, 131, 134, 422},
          kMarks}});
}

TEST(ByteFallback, ReferenceTextOfStories) {
  if (!fs::exists(kStories)) GTEST_SKIP() << kStories << " is absent";
  const Tokenizer tokenizer = Tokenizer::load(kStories.string());
  EXPECT_EQ(tokenizer.size(), 512u);
  EXPECT_EQ(tokenizer.bos(), 1u);
  EXPECT_EQ(tokenizer.eos(), Ids{2});
  std::ifstream file(kStories / "reference.json");
  const json reference = json::parse(file);
  const auto prompt = reference.at("prompt").get<std::string>();
  EXPECT_EQ(tokenizer.encode(prompt), reference.at("prompt_ids").get<Ids>());
  EXPECT_EQ(tokenizer.encode("Once upon a time"), (Ids{1, 403, 407, 261, 378}));
  std::string text = reference.at("text").get<std::string>();
  for (std::size_t at = 0; (at = text.find("<0x0A>", at)) != std::string::npos;) text.replace(at, 6, "\n");
  EXPECT_EQ(tokenizer.decode(reference.at("greedy_ids").get<Ids>()), text);
}

TEST(ByteFallback, WholeFileComesBack) {
  if (!fs::exists(kStories)) GTEST_SKIP() << kStories << " is absent";
  const Tokenizer tokenizer = Tokenizer::load(kStories.string());
  std::ifstream file(kStories / "text.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Ids ids = tokenizer.encode(text);
  EXPECT_EQ(tokenizer.decode(ids), text);
}

TEST(ByteLevel, MatchesHuggingFace) {
  const Tokenizer tokenizer = Tokenizer::load(kAusten.string());
  EXPECT_FALSE(tokenizer.bos().has_value());
  check(tokenizer,
        {{"Once upon a time", {46, 1020, 873, 258, 579}, "Once upon a time"},
         {kMixed,
          {1422, 373, 220, 16, 23,  16,  20,  11,  220, 301, 6,  53,  36,  220, 1535, 64,  62,  65, 220, 62,
           62,   220, 16,  17, 220, 201, 314, 220, 277, 64,  69, 127, 102, 0,   0,    314, 263, 74, 220},
          "It's 1815,  I'VE a_b __ 12 \r\n\n  caf\u00e9!!\n\n ok "},
         {" leading  double", {426, 360, 279, 220, 286, 264, 609}, " leading  double"},
         {"\u4f60\u597d, \U0001f600!\tx",
          {160, 121, 254, 161, 98, 121, 11, 220, 172, 253, 246, 222, 0, 197, 87},
          "\u4f60\u597d, \U0001f600!\tx"},
         {"a<s>b</s> c", {64, 27, 82, 29, 65, 27, 14, 82, 29, 277}, "a<s>b</s> c"},
         {"", {}, ""},
         {"\n", {198}, "\n"},
         {kMarks,
          {45, 78, 13, 220, 20, 373, 220, 126, 121, 220, 136, 223, 68, 126, 254, 220, 158, 222, 225, 88},
          kMarks}});
}

TEST(ByteLevel, StreamHoldsUnfinishedCharactersBack) {
  const Tokenizer tokenizer = Tokenizer::load(kAusten.string());
  TextStream stream(tokenizer);
  const Ids face = {172, 253, 246, 222};  // the four bytes of U+1F600
  EXPECT_EQ(stream.push(face[0]), "");
  EXPECT_EQ(stream.push(face[1]), "");
  EXPECT_EQ(stream.push(face[2]), "");
  EXPECT_EQ(stream.push(face[3]), "\U0001f600");
  EXPECT_EQ(stream.push(face[0]), "");
  EXPECT_EQ(stream.push(64), "\ufffda");  // "a": the character will never be finished
  EXPECT_EQ(stream.push(face[0]), "");
  EXPECT_EQ(stream.finish(), "\ufffd");
}

TEST(Utf8, RefusesWhatIsNotUtf8) {
  EXPECT_TRUE(valid_utf8("caf\u00e9 \U0001f600"));
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xF0\x9F"}) {
    EXPECT_FALSE(valid_utf8(bad));
  }
  Utf8Stream stream;
  // One replacement for each longest prefix that a character could have had.
  EXPECT_EQ(stream.push("a\xF0\x9F\x92"
                        "b\x80\xC3"),
            "a\ufffdb\ufffd");
  EXPECT_EQ(stream.finish(), "\ufffd");
  EXPECT_EQ(stream.finish(), "");
}

}  // namespace
}  // namespace heddle::runtime
