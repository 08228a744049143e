#include "compiler/graph/reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/graph/expect_error.hpp"
#include "tests/graph/naive_model.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::graph {
namespace {

using test::TinyModel;

std::vector<std::uint32_t> random_tokens(const TinyModel& model, int count) {
  std::mt19937_64 random(model.seed + 100);
  std::vector<std::uint32_t> tokens;
  for (int i = 0; i < count; ++i)
    tokens.push_back(static_cast<std::uint32_t>(random() % static_cast<unsigned>(model.vocab)));
  return tokens;
}

std::vector<TinyModel> models() {
  return {
      {},
      {.layers = 1, .hidden = 8, .intermediate = 5, .heads = 1, .kv_heads = 1, .vocab = 13, .seed = 2},
      {.hidden = 23,
       .intermediate = 31,
       .heads = 3,
       .kv_heads = 1,
       .head_dim = 10,
       .vocab = 61,
       .tied = false,
       .dtype = "BF16",
       .seed = 3},
      {.architecture = "Qwen2ForCausalLM",
       .hidden = 36,
       .intermediate = 52,
       .heads = 6,
       .kv_heads = 3,
       .rope_theta = 1e6,
       .dtype = "F16",
       .shards = 2,
       .seed = 4},
      {.architecture = "Qwen2ForCausalLM",
       .layers = 3,
       .hidden = 16,
       .intermediate = 70,
       .heads = 8,
       .kv_heads = 8,
       .vocab = 97,
       .tied = false,
       .seed = 5},
      {.hidden = 30,
       .heads = 5,
       .kv_heads = 5,
       .head_dim = 2,
       .rms_eps = 1e-2,
       .attention_bias = true,
       .seed = 6},
  };
}

class Reference : public ::testing::TestWithParam<TinyModel> {
 protected:
  Reference()
      : tensors_(test::write_tiny_model(directory_.path(), GetParam())),
        model_(import_huggingface(directory_.path())) {}

  test::TemporaryDirectory directory_;
  test::Tensors tensors_;
  LanguageModel model_;
};

TEST_P(Reference, AgreesWithTheDefinition) {
  const auto tokens = random_tokens(GetParam(), 21);
  const auto expected = test::naive_logits(GetParam(), tensors_, tokens);
  ReferenceModel reference(model_);
  const std::vector<float> found = reference.run(tokens, 0, LogitRows::kAll);
  const auto vocab = static_cast<std::size_t>(GetParam().vocab);
  ASSERT_EQ(found.size(), tokens.size() * vocab);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    for (std::size_t n = 0; n < vocab; ++n)
      ASSERT_NEAR(found[t * vocab + n], expected[t][n], 2e-4) << t << " " << n;
  }
}

TEST_P(Reference, IsTheSameHoweverTheTokensAreCut) {
  const auto tokens = random_tokens(GetParam(), 40);
  const auto vocab = static_cast<std::size_t>(GetParam().vocab);
  ReferenceModel whole(model_), parts(model_, 2);
  const std::vector<float> all = whole.run(tokens, 0, LogitRows::kAll);
  std::mt19937 random(5);
  for (int trial = 0; trial < 3; ++trial) {
    for (std::size_t at = 0; at < tokens.size();) {
      const std::size_t count = trial == 0 ? 1 : std::min<std::size_t>(1 + random() % 17, tokens.size() - at);
      const std::vector<std::uint32_t> piece(tokens.begin() + static_cast<long>(at),
                                             tokens.begin() + static_cast<long>(at + count));
      const std::vector<float> last = parts.run(piece, static_cast<std::int64_t>(at));
      at += count;
      const auto row = all.begin() + static_cast<long>((at - 1) * vocab);
      ASSERT_EQ(last, std::vector<float>(row, row + static_cast<long>(vocab))) << "up to position " << at;
    }
    if (trial == 1) parts.reset();  // the third trial overwrites
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Reference, ::testing::ValuesIn(models()));

TEST(ReferenceModel, RefusesWhatIsOutOfRange) {
  test::TemporaryDirectory directory;
  test::write_tiny_model(directory.path(), {});
  ReferenceModel reference(import_huggingface(directory.path()));
  EXPECT_EQ(reference.vocab(), 300);
  EXPECT_EQ(reference.context(), 48);
  const auto refuse = [&](const std::vector<std::uint32_t>& tokens, std::int64_t start,
                          const std::string& part) {
    test::expect_error([&] { reference.run(tokens, start); }, {part});
  };
  refuse({}, 0, "no tokens");
  refuse({1, 300}, 0, "id 300 of token 1 is out of range: the vocabulary has 300");
  refuse({1}, 1, "position 1 does not follow the 0 positions");
  refuse({1}, -1, "position -1 does not follow");
  refuse(std::vector<std::uint32_t>(49, 1), 0, "49 tokens at position 0 go beyond the context of 48");
  reference.run(std::vector<std::uint32_t>(48, 1), 0);
  refuse({1}, 48, "1 tokens at position 48 go beyond the context of 48");
  reference.run({1}, 47);
  reference.reset();
  refuse({1}, 47, "position 47 does not follow the 0 positions");
}

TEST(ReferenceModel, NeedsWeights) {
  test::TemporaryDirectory directory;
  test::write_tiny_model(directory.path(), {});
  const LanguageModel model = import_huggingface(directory.path(), {.load_weights = false});
  test::expect_error([&] { ReferenceModel reference(model); },
                     {directory.path(), "imported without weights"});
}

}  // namespace
}  // namespace heddle::graph
