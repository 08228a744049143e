// A real language model, where the folder of test models is at hand, and the project's own.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "compiler/emit/compile.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/graph/reference.hpp"
#include "tests/support/temporary.hpp"
#include "tests/tiles/device.hpp"

namespace heddle::test {
namespace {

void check_model(const std::string& directory, std::size_t steps, std::size_t same, double least_cosine) {
  const graph::LanguageModel model = graph::import_huggingface(directory);
  const nlohmann::json expected = nlohmann::json::parse(read_file(directory + "/reference.json"));
  const std::vector<std::uint32_t> prompt = expected.at("prompt_ids"), greedy = expected.at("greedy_ids");
  ASSERT_GE(greedy.size(), prompt.size() + steps);
  std::vector<float> first;
  for (const char* name : {"tiny", "edge", "core", "rect"}) {
    SCOPED_TRACE(name);
    const isa::NamedConfig config = config_named(name);
    const auto start = std::chrono::steady_clock::now();
    isa::Image image = emit::compile(model, config.config);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), 1.0);
    const std::size_t vocab = image.model.vocab_size;
    CompiledModel device(config, std::move(image));
    EXPECT_EQ(device.races("prefill", prompt, 0, false), "");
    std::vector<std::uint32_t> ids = prompt;
    std::vector<float> row = device.prefill(prompt, 0, false), all = row;
    for (std::size_t i = 0; i < steps; ++i) {
      ids.push_back(static_cast<std::uint32_t>(argmax(row.data(), vocab)));
      row = device.decode(ids.back(), static_cast<int>(ids.size()) - 1);
      all.insert(all.end(), row.begin(), row.end());
    }
    EXPECT_TRUE(std::equal(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(prompt.size() + same),
                           greedy.begin()));
    graph::ReferenceModel reference(model);
    const std::vector<float> exact = reference.run(ids, 0, graph::LogitRows::kAll);
    double sum = 0;
    for (std::size_t i = 0; i <= steps; ++i) {
      sum += cosine(&all[i * vocab], &exact[(prompt.size() - 1 + i) * vocab], vocab);
    }
    EXPECT_GT(sum / static_cast<double>(steps + 1), least_cosine);
    if (first.empty()) first = all;
    EXPECT_TRUE(all == first) << "logits differ between configurations";
  }
}

TEST(Stories, TheSharedModelSpeaks) {
  const std::string directory = shared_path("models/stories260K");
  if (directory.empty()) GTEST_SKIP() << "the folder of shared test models is not here";
  check_model(directory, 64, 64, 0.999);
}

TEST(Stories, TheProjectsModelSpeaks) {
  check_model(std::string(HEDDLE_SOURCE_DIR) + "/models/austen-1.5m", 48, 24, 0.9995);
}

}  // namespace
}  // namespace heddle::test
