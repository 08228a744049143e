// Decoding in batches: each sequence gets, bit for bit, what decoding it alone gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "compiler/emit/compile.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/tiles/text.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"
#include "tests/tiles/device.hpp"

namespace heddle::test {
namespace {

struct Case {
  const char* name;
  const char* config;
  std::vector<std::uint32_t> positions;  // of the first step, one for each sequence
  int heads = 4, kv_heads = 2, head_dim = 8;
};

std::vector<Case> cases() {
  return {{"tiny_two", "tiny", {127, 0}},
          {"tiny_three", "tiny", {128, 126, 5}},
          {"edge_eight", "edge", {127, 128, 129, 0, 1, 255, 256, 40}},
          {"core_eight", "core", {129, 3, 127, 254, 128, 0, 255, 126}, 6, 2, 40},
          {"rect_two", "rect", {126, 255}, 6, 2, 40},
          {"rect_eight", "rect", {0, 127, 128, 129, 63, 64, 65, 250}},
          {"narrow_three", "narrow", {127, 128, 30}, 4, 4, 8},
          {"flat_three", "flat", {0, 127, 255}, 8, 8, 4},
          {"server_three", "server", {255, 127, 1}, 2, 1, 64}};
}

TinyModel model_of(const Case& item) {
  TinyModel m;
  m.architecture = "Qwen2ForCausalLM";
  m.layers = 2;
  m.hidden = 40;
  m.intermediate = 52;
  m.heads = item.heads;
  m.kv_heads = item.kv_heads;
  m.head_dim = item.head_dim;
  m.vocab = 83;
  m.context = 300;
  m.byte_level = false;
  m.seed = 11;
  return m;
}

class Batch : public ::testing::TestWithParam<Case> {};

TEST_P(Batch, SequencesGetWhatTheyGetAlone) {
  const Case& item = GetParam();
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), model_of(item));
  const graph::LanguageModel model = graph::import_huggingface(folder.path());
  const isa::NamedConfig config = config_named(item.config);
  const std::size_t batch = item.positions.size(), vocab = 83;
  constexpr std::size_t kSteps = 2;
  emit::CompileOptions options;
  options.batch = static_cast<int>(batch);
  CompiledModel together(config, emit::compile(model, config.config, options));

  std::vector<std::vector<float>> expected(kSteps);  // [step], rows by sequence
  std::vector<std::vector<std::uint8_t>> caches;
  std::vector<std::vector<std::uint32_t>> tokens;
  for (std::size_t b = 0; b < batch; ++b) {
    const auto position = static_cast<int>(item.positions[b]);
    tokens.push_back(random_tokens(static_cast<std::size_t>(position) + kSteps, static_cast<int>(vocab),
                                   static_cast<std::uint32_t>(b)));
    const std::vector<std::uint32_t> prompt(tokens[b].begin(), tokens[b].end() - kSteps);
    CompiledModel one(config, emit::compile(model, config.config));
    together.use_sequence(static_cast<int>(b));
    if (!prompt.empty()) {
      const std::vector<float> logits = one.prefill(prompt, 0, false);
      EXPECT_TRUE(together.prefill(prompt, 0, false) == logits) << "prefill of sequence " << b;
    }
    for (std::size_t step = 0; step < kSteps; ++step) {
      const std::vector<float> logits =
          one.decode(tokens[b][prompt.size() + step], position + static_cast<int>(step));
      expected[step].insert(expected[step].end(), logits.begin(), logits.end());
    }
    caches.push_back(one.binding_bytes("kv_cache"));
  }
  together.use_sequence(0);
  for (std::size_t step = 0; step < kSteps; ++step) {
    std::vector<std::uint32_t> ids, positions;
    for (std::size_t b = 0; b < batch; ++b) {
      positions.push_back(item.positions[b] + static_cast<std::uint32_t>(step));
      ids.push_back(tokens[b][positions[b]]);
    }
    const std::vector<float> logits = together.decode_batch(ids, positions);
    for (std::size_t b = 0; b < batch; ++b) {
      EXPECT_TRUE(std::equal(&logits[b * vocab], &logits[b * vocab] + vocab, &expected[step][b * vocab]))
          << "step " << step << ", sequence " << b;
    }
    EXPECT_EQ(together.races("decode_batch", ids, 0, false), "") << "step " << step;
  }
  const std::vector<std::uint8_t> cache = together.binding_bytes("kv_cache");
  const std::uint64_t stride = together.image().binding("kv_cache").row_stride;
  for (std::size_t b = 0; b < batch; ++b) {
    ASSERT_LE(caches[b].size(), stride);
    EXPECT_EQ(std::memcmp(&cache[b * stride], caches[b].data(), caches[b].size()), 0) << "sequence " << b;
  }
  // A sequence of a batch goes on alone.
  const std::size_t last = batch - 1;
  together.use_sequence(static_cast<int>(last));
  const int next = static_cast<int>(item.positions[last] + kSteps) - 1;
  const std::vector<float> row = together.decode(tokens[last].back(), next);
  EXPECT_TRUE(std::equal(row.begin(), row.end(), &expected[kSteps - 1][last * vocab]));
}

INSTANTIATE_TEST_SUITE_P(Models, Batch, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BatchPlan, WhatDoesNotFitIsRefused) {
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), model_of({"", "tiny", {}}));
  const graph::LanguageModel model = graph::import_huggingface(folder.path());
  const auto failure = [&](int batch) -> std::string {
    emit::CompileOptions options;
    options.batch = batch;
    try {
      emit::compile(model, config_named("tiny").config, options);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(failure(64).find("in a batch of 64 sequences"), std::string::npos) << failure(64);
  EXPECT_NE(failure(100000).find("batch of 100000"), std::string::npos) << failure(100000);
}

TEST(BatchPlan, TextOfTheProgramGoesRound) {
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), model_of({"", "edge", {}}));
  const graph::LanguageModel model = graph::import_huggingface(folder.path());
  const isa::Config config = config_named("edge").config;
  emit::CompileOptions options;
  options.batch = 4;
  const std::string text = tiles::print(emit::compile_to_tiles(model, config, options));
  const isa::Image image = emit::compile(model, config, options);
  EXPECT_TRUE(emit::compile_from_tiles(tiles::parse(text, "text"), model, options).constants ==
              image.constants);
  EXPECT_NE(emit::disassemble(image).find("decode_batch"), std::string::npos);
  // Without the option the segments are others.
  EXPECT_THROW(emit::compile_from_tiles(tiles::parse(text, "text"), model), std::runtime_error);
}

TEST(BatchPlan, OneSequenceNeedsNoProgramOfItsOwn) {
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), model_of({"", "tiny", {}}));
  const graph::LanguageModel model = graph::import_huggingface(folder.path());
  const isa::Config config = config_named("edge").config;
  emit::CompileOptions one;
  one.batch = 1;
  const isa::Image image = emit::compile(model, config, one);
  EXPECT_EQ(image.programs.size(), 2u);
  EXPECT_TRUE(image.constants == emit::compile(model, config).constants);
}

}  // namespace
}  // namespace heddle::test
