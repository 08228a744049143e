#include "runtime/host/generate.hpp"

#include <gtest/gtest.h>

#include "tests/runtime/fake_model.hpp"

namespace heddle::runtime {
namespace {

using Ids = std::vector<std::uint32_t>;

TEST(Generate, RunsPromptThenTokens) {
  FakeModel model(100, 32, 5.0f);
  Ids seen;
  const Generated out = generate(model, Ids{10, 11}, {.tokens = 3, .end_tokens = {}, .sampling = {}},
                                 [&](std::uint32_t token) { seen.push_back(token); });
  EXPECT_EQ(out.tokens, (Ids{10, 11, 12, 13, 14}));
  EXPECT_EQ(out.prompt_tokens, 2u);
  EXPECT_EQ(out.finish, Finish::kLength);
  EXPECT_EQ(seen, (Ids{12, 13, 14}));
  // The last token is not run: nothing would look at its logits.
  EXPECT_EQ(model.runs, (std::vector<Ids>{{10, 11}, {12}, {13}}));
  EXPECT_EQ(model.starts, (Ids{0, 2, 3}));
}

TEST(Generate, EndsAtAnEndToken) {
  FakeModel model(100, 32, 5.0f);
  const Generated out = generate(model, Ids{10}, {.tokens = 30, .end_tokens = {50, 12}, .sampling = {}});
  EXPECT_EQ(out.tokens, (Ids{10, 11, 12}));
  EXPECT_EQ(out.finish, Finish::kEndToken);
}

TEST(Generate, EndsWhenTheContextIsFull) {
  FakeModel model(100, 4, 5.0f);
  const Generated out = generate(model, Ids{10, 11}, {.tokens = 30, .end_tokens = {}, .sampling = {}});
  EXPECT_EQ(out.tokens, (Ids{10, 11, 12, 13, 14}));  // four were run, the fifth is their prediction
  EXPECT_EQ(out.finish, Finish::kContext);
  EXPECT_EQ(model.starts.back(), 3u);
}

TEST(Generate, RefusesALongPrompt) {
  FakeModel model(100, 4, 5.0f);
  EXPECT_THROW(generate(model, Ids{1, 2, 3, 4, 5}, {}), std::runtime_error);
}

TEST(Generate, NoTokensRunsThePromptOnly) {
  FakeModel model(100, 4, 5.0f);
  EXPECT_EQ(generate(model, Ids{1, 2}, {.tokens = 0, .end_tokens = {}, .sampling = {}}).tokens, (Ids{1, 2}));
}

}  // namespace
}  // namespace heddle::runtime
