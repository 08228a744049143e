// Small tokenizers made here: the parts that the models at hand do not use, and what is refused.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/host/tokenizer/tokenizer.hpp"

namespace heddle::runtime {
namespace {

using Ids = std::vector<std::uint32_t>;
using nlohmann::json;

json small() {
  return json::parse(R"({
    "added_tokens": [{"id": 9, "content": "<s>", "special": true}, {"id": 10, "content": "<x>", "special": false,
                      "normalized": false}],
    "normalizer": {"type": "NFC"}, "pre_tokenizer": null, "post_processor": null,
    "decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}]},
    "model": {"type": "BPE", "dropout": null, "unk_token": null,
              "vocab": {"a": 0, "b": 1, "ab": 2, "abab": 3, "1": 4, "2": 5, "12": 6, "\u2581": 7, "\u2581a": 8},
              "merges": [["a", "b"], ["ab", "ab"], "1 2", "\u2581 a"]}})");
}

Ids encode(const json& tokenizer, const std::string& text, const json& config = json::object(),
           const json& tokenizer_config = json::object()) {
  return Tokenizer(tokenizer, config, tokenizer_config).encode(text);
}

std::string failure(const json& tokenizer, const std::string& text = "") {
  try {
    encode(tokenizer, text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

#define EXPECT_FAILURE(tokenizer, part)                                                 \
  do {                                                                                  \
    const std::string message = failure(tokenizer);                                     \
    EXPECT_NE(message.find(part), std::string::npos) << "message: '" << message << "'"; \
  } while (false)

TEST(Bpe, MergesByRankThenLeftmost) {
  EXPECT_EQ(encode(small(), "ababab"), (Ids{3, 2}));
  EXPECT_EQ(encode(small(), "aabb"), (Ids{0, 2, 1}));
  EXPECT_EQ(encode(small(), "12ab"), (Ids{6, 2}));
}

TEST(Bpe, LongPieceIsFast) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "ab";
  EXPECT_EQ(encode(small(), text).size(), 100000u);
}

TEST(Bpe, IgnoreMergesTakesWholePieces) {
  json tokenizer = small();
  tokenizer["model"]["merges"] = {"a b", "1 2"};
  EXPECT_EQ(encode(tokenizer, "abab"), (Ids{2, 2}));
  tokenizer["model"]["ignore_merges"] = true;
  EXPECT_EQ(encode(tokenizer, "abab"), (Ids{3}));
}

TEST(Bpe, UnknownCharacters) {
  EXPECT_NE(failure(small(), "aZ").find("no token for 'Z'"), std::string::npos);
  json tokenizer = small();
  tokenizer["model"]["unk_token"] = "2";
  EXPECT_EQ(encode(tokenizer, "aZZ"), (Ids{0, 5, 5}));
  tokenizer["model"]["fuse_unk"] = true;
  EXPECT_EQ(encode(tokenizer, "aZZ"), (Ids{0, 5}));
}

TEST(AddedTokens, AreFoundInTheText) {
  EXPECT_EQ(encode(small(), "ab<s>ab<x>a"), (Ids{2, 9, 2, 10, 0}));
  json tokenizer = small();
  tokenizer["added_tokens"][0]["lstrip"] = true;
  tokenizer["added_tokens"][0]["rstrip"] = true;
  EXPECT_EQ(encode(tokenizer, "ab  <s> a"), (Ids{2, 9, 0}));
  tokenizer["added_tokens"][1]["content"] = "1";
  tokenizer["added_tokens"][1]["single_word"] = true;
  EXPECT_EQ(encode(tokenizer, "12"), (Ids{6}));
  EXPECT_EQ(encode(tokenizer, "1"), (Ids{10}));
}

TEST(AddedTokens, OnlySpecialOnesAreLeftOutOfText) {
  const Tokenizer tokenizer(small(), json::object(), json::object());
  EXPECT_EQ(tokenizer.decode({2, 9, 10, 0}), "ab<x>a");
  EXPECT_EQ(tokenizer.size(), 11u);
  EXPECT_EQ(tokenizer.decode({2, 4000000000u, 0}), "aba");  // padding of the vocabulary stands for nothing
}

TEST(PreTokenizers, DigitsSplitAndMetaspace) {
  json tokenizer = small();
  tokenizer["pre_tokenizer"] = {{"type", "Digits"}, {"individual_digits", true}};
  EXPECT_EQ(encode(tokenizer, "ab12"), (Ids{2, 4, 5}));
  tokenizer["pre_tokenizer"] = {{"type", "Digits"}};
  EXPECT_EQ(encode(tokenizer, "ab12"), (Ids{2, 6}));
  tokenizer["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "1"}}}, {"behavior", "Removed"}};
  EXPECT_EQ(encode(tokenizer, "ab12a"), (Ids{2, 5, 0}));
  tokenizer["pre_tokenizer"]["invert"] = true;
  EXPECT_EQ(encode(tokenizer, "ab12a"), (Ids{4}));
  tokenizer["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"String", "b"}}}, {"behavior", "Isolated"}};
  EXPECT_EQ(encode(tokenizer, "ab12"), (Ids{0, 1, 6}));
  tokenizer["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "first"}};
  EXPECT_EQ(encode(tokenizer, "a a<s>a"), (Ids{8, 8, 9, 0}));
  tokenizer["pre_tokenizer"]["prepend_scheme"] = "always";
  EXPECT_EQ(encode(tokenizer, "a<s>a"), (Ids{8, 9, 8}));
}

TEST(PostProcessor, TemplateDecidesAboutBos) {
  json tokenizer = small();
  const json config = json::parse(R"({"bos_token_id": 9, "eos_token_id": [3, 4]})");
  EXPECT_EQ(encode(tokenizer, "a", config), (Ids{0}));  // byte-level kinds open with nothing
  EXPECT_EQ(encode(tokenizer, "a", config, {{"add_bos_token", true}}), (Ids{9, 0}));
  tokenizer["post_processor"] = json::parse(R"({"type": "Sequence", "processors": [{"type": "ByteLevel"},
    {"type": "TemplateProcessing",
     "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "<e>", "type_id": 0}}],
     "special_tokens": {"<s>": {"id": "<s>", "ids": [9], "tokens": ["<s>"]},
                        "<e>": {"id": "<e>", "ids": [3, 4], "tokens": ["x", "y"]}}}]})");
  EXPECT_EQ(encode(tokenizer, "a", config, {{"add_bos_token", true}}), (Ids{9, 0, 3, 4}));
  EXPECT_EQ(Tokenizer(tokenizer, config, json::object()).eos(), (Ids{3, 4}));
}

TEST(Errors, NameTheField) {
  json tokenizer = small();
  tokenizer["model"]["type"] = "Unigram";
  EXPECT_FAILURE(tokenizer, "model.type: 'Unigram' is not supported");
  tokenizer = small();
  tokenizer.erase("model");
  EXPECT_FAILURE(tokenizer, "model: is missing");
  tokenizer = small();
  tokenizer["model"]["dropout"] = 0.1;
  EXPECT_FAILURE(tokenizer, "model.dropout");
  tokenizer = small();
  tokenizer["model"]["vocab"] = json::object();
  EXPECT_FAILURE(tokenizer, "model.vocab");
  tokenizer = small();
  tokenizer["model"]["vocab"]["a"] = -1;
  EXPECT_FAILURE(tokenizer, "model.vocab: the id of 'a' is -1");
  tokenizer = small();
  tokenizer["model"]["vocab"]["a"] = 1ull << 40;
  EXPECT_FAILURE(tokenizer, "model.vocab: the id of 'a'");
  tokenizer = small();
  tokenizer["model"]["merges"].push_back("b b");
  EXPECT_FAILURE(tokenizer, "model.merges[4]: \"b b\"");
  tokenizer = small();
  tokenizer["model"]["byte_fallback"] = true;
  EXPECT_FAILURE(tokenizer, "lacks <0x00>");
  tokenizer = small();
  tokenizer["normalizer"] = {{"type", "Lowercase"}};
  EXPECT_FAILURE(tokenizer, "normalizer: type 'Lowercase'");
  tokenizer = small();
  tokenizer["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  EXPECT_FAILURE(tokenizer, "pre_tokenizer: type 'BertPreTokenizer'");
  tokenizer["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "("}}}, {"behavior", "Isolated"}};
  EXPECT_FAILURE(tokenizer, "regular expression '('");
  tokenizer["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"String", "b"}}}, {"behavior", "MergedWithNext"}};
  EXPECT_FAILURE(tokenizer, "MergedWithNext");
  tokenizer = small();
  tokenizer["decoder"] = {{"type", "WordPiece"}};
  EXPECT_FAILURE(tokenizer, "decoder: ");
  tokenizer = small();
  tokenizer["post_processor"] = {{"type", "BertProcessing"}};
  EXPECT_FAILURE(tokenizer, "post_processor: type 'BertProcessing'");
  EXPECT_NE(failure(small(), "\xC3").find("not valid UTF-8"), std::string::npos);
}

TEST(Errors, NameTheFile) {
  try {
    Tokenizer::load("/nonexistent");
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "/nonexistent/tokenizer.json: cannot be read");
  }
}

}  // namespace
}  // namespace heddle::runtime
