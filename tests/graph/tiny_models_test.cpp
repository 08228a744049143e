#include "tests/support/tiny_models.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/temporary.hpp"

namespace heddle::test {
namespace {

TEST(TinyModels, TokenizersHaveExactlyTheVocabulary) {
  for (const bool byte_level : {false, true}) {
    for (const int vocab : {8, 37, 255, 256, 257, 260, 300, 301, 512, 1999}) {
      const nlohmann::json tokenizer = tiny_tokenizer(vocab, byte_level);
      std::set<int> ids;
      std::set<std::string> tokens;
      for (const auto& [token, id] : tokenizer["model"]["vocab"].items()) {
        ids.insert(id.get<int>());
        tokens.insert(token);
      }
      for (const auto& added : tokenizer["added_tokens"]) ids.insert(added["id"].get<int>());
      EXPECT_EQ(static_cast<int>(ids.size()), vocab);
      EXPECT_EQ(*ids.begin(), 0);
      EXPECT_EQ(*ids.rbegin(), vocab - 1);
      for (const auto& merge : tokenizer["model"]["merges"]) {
        const auto a = merge[0].get<std::string>(), b = merge[1].get<std::string>();
        EXPECT_TRUE(tokens.count(a) == 1 && tokens.count(b) == 1 && tokens.count(a + b) == 1)
            << a << " " << b;
      }
    }
  }
}

TEST(TinyModels, TheSameDescriptionGivesTheSameBytes) {
  TemporaryDirectory first, second;
  for (TinyModel model : {TinyModel{}, TinyModel{.dtype = "BF16", .seed = 9}}) {
    write_tiny_model(first.path(), model);
    write_tiny_model(second.path(), model);
    for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"}) {
      EXPECT_EQ(read_file(first.file(name)), read_file(second.file(name))) << name;
    }
  }
}

}  // namespace
}  // namespace heddle::test
