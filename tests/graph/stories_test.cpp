#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compiler/graph/reference.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::graph {
namespace {

TEST(Stories260K, GreedyContinuationIsTheOneOnRecord) {
  const std::string directory = test::shared_path("models/stories260K");
  if (directory.empty()) GTEST_SKIP() << "models/stories260K is neither in $HEDDLE_SHARED nor in ../shared";
  const auto record = nlohmann::json::parse(test::read_file(directory + "/reference.json"));
  const auto expected = record["greedy_ids"].get<std::vector<std::uint32_t>>();
  auto ids = record["prompt_ids"].get<std::vector<std::uint32_t>>();
  const LanguageModel model = import_huggingface(directory);
  EXPECT_EQ(model.shape.parameters(), 260032);
  ReferenceModel reference(model);
  std::vector<float> logits = reference.run(ids, 0);
  while (ids.size() < expected.size()) {
    ids.push_back(
        static_cast<std::uint32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
    logits = reference.run({ids.back()}, static_cast<std::int64_t>(ids.size()) - 1);
  }
  EXPECT_EQ(ids, expected);
}

}  // namespace
}  // namespace heddle::graph
