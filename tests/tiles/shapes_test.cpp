// Random models of odd shapes, from their files to logits, on the golden device of several configurations.
#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/emit/compile.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/graph/reference.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"
#include "tests/tiles/device.hpp"

namespace heddle::test {
namespace {

struct Shape {
  const char* name;
  TinyModel model;
  int prompt, steps;  // tokens of the prompt, then tokens one by one
  std::vector<const char*> configs = {"tiny", "edge", "core", "rect"};
};

TinyModel model(bool qwen, int layers, int hidden, int wide, int heads, int kv_heads, int head_dim, int vocab,
                int context) {
  TinyModel m;
  m.architecture = qwen ? "Qwen2ForCausalLM" : "LlamaForCausalLM";
  m.layers = layers;
  m.hidden = hidden;
  m.intermediate = wide;
  m.heads = heads;
  m.kv_heads = kv_heads;
  m.head_dim = head_dim;
  m.vocab = vocab;
  m.context = context;
  m.byte_level = false;
  m.seed = static_cast<std::uint64_t>(hidden * 131 + heads);
  return m;
}

TinyModel untied_with_output_bias() {
  TinyModel m = model(false, 2, 40, 52, 5, 5, 8, 99, 48);
  m.tied = false;
  m.attention_bias = true;
  return m;
}

std::vector<Shape> shapes() {
  return {
      {"odd_sizes",
       model(true, 2, 36, 100, 3, 1, 12, 77, 64),
       11,
       4,
       {"tiny", "edge", "core", "server", "rect", "flat", "narrow"}},
      {"one_layer", model(false, 1, 16, 24, 2, 2, 8, 64, 40), 7, 3},
      {"one_head", model(false, 3, 20, 20, 1, 1, 20, 70, 40), 9, 3},
      {"group_of_seven", model(true, 2, 56, 60, 7, 1, 8, 90, 48), 10, 3},
      {"group_of_six", model(true, 2, 48, 30, 12, 2, 4, 90, 48), 10, 3},
      {"group_of_five", model(false, 2, 30, 64, 5, 1, 6, 90, 48), 10, 3},
      {"many_kv_heads", model(true, 2, 64, 80, 8, 8, 8, 111, 48), 10, 3},
      {"head_of_64", model(true, 2, 128, 96, 4, 2, 64, 130, 48), 10, 3, {"edge", "core", "rect"}},
      {"wide_head", model(false, 2, 24, 40, 2, 1, 40, 80, 48), 10, 3},
      {"blocks", model(true, 2, 32, 48, 4, 2, 8, 80, 400), 250, 12, {"tiny", "edge", "server", "rect"}},
      {"block_edge", model(false, 2, 24, 28, 3, 3, 8, 80, 300), 127, 4},
      {"untied_output_bias",
       untied_with_output_bias(),
       12,
       3,
       {"tiny", "edge", "core", "rect", "flat", "narrow"}},
      {"sums_in_parts", model(false, 2, 24, 1500, 3, 1, 8, 80, 40), 6, 3, {"tiny", "edge", "flat", "narrow"}},
      {"many_chunks", model(true, 2, 200, 300, 4, 2, 8, 3001, 40), 5, 3, {"tiny", "edge", "flat", "narrow"}},
      {"steps_and_blocks",
       model(true, 1, 32, 48, 8, 8, 4, 80, 300),
       140,
       5,
       {"tiny", "narrow", "rect", "flat"}},
  };
}

class Shapes : public ::testing::TestWithParam<Shape> {};

TEST_P(Shapes, LogitsAreRightAndTheSameEverywhere) {
  const Shape& shape = GetParam();
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), shape.model);
  const graph::LanguageModel model = graph::import_huggingface(folder.path());
  const auto vocab = static_cast<std::size_t>(shape.model.vocab);
  const std::vector<std::uint32_t> tokens =
      random_tokens(static_cast<std::size_t>(shape.prompt + shape.steps), shape.model.vocab, 7);
  const std::vector<std::uint32_t> prompt(tokens.begin(), tokens.begin() + shape.prompt);
  graph::ReferenceModel reference(model);
  const std::vector<float> expected = reference.run(tokens, 0, graph::LogitRows::kAll);

  std::vector<float> first;  // of the first configuration
  for (const char* name : shape.configs) {
    SCOPED_TRACE(name);
    const isa::NamedConfig config = config_named(name);
    CompiledModel device(config, emit::compile(model, config.config));
    EXPECT_EQ(device.races("prefill", prompt, 0, true), "");
    std::vector<float> logits = device.prefill(prompt, 0, true);
    for (int i = 0; i < shape.steps; ++i) {
      const int position = shape.prompt + i;
      if (i < 2) {
        EXPECT_EQ(device.races("decode", {tokens[static_cast<std::size_t>(position)]}, position, false), "");
      }
      const std::vector<float> row = device.decode(tokens[static_cast<std::size_t>(position)], position);
      logits.insert(logits.end(), row.begin(), row.end());
    }
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      EXPECT_GT(cosine(&logits[t * vocab], &expected[t * vocab], vocab), 0.995) << "position " << t;
    }
    if (first.empty()) first = logits;
    EXPECT_TRUE(logits == first) << "logits differ between configurations";

    // The same tokens in one run, and in runs of other lengths: the same bits, and the same cache.
    const std::vector<std::uint8_t> cache = device.binding_bytes("kv_cache");
    EXPECT_TRUE(device.prefill(tokens, 0, true) == logits) << "prefill and decode differ";
    EXPECT_TRUE(device.binding_bytes("kv_cache") == cache) << "prefill and decode leave different caches";
    for (std::size_t at = 0, length = 1; at < tokens.size(); at += length, length = length % 5 + 2) {
      const std::size_t count = std::min(length, tokens.size() - at);
      const std::vector<std::uint32_t> part(tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                            tokens.begin() + static_cast<std::ptrdiff_t>(at + count));
      const std::vector<float> last = device.prefill(part, static_cast<int>(at), false);
      EXPECT_TRUE(std::equal(last.begin(), last.end(), &logits[(at + count - 1) * vocab]))
          << "from position " << at;
    }
  }
}

// Scales of zero come from rows of zeros: their inverses are infinite, and nothing of that may reach the
// logits.
TEST(Zeros, LeaveLogitsFinite) {
  TinyModel shape = model(true, 2, 32, 48, 4, 2, 8, 80, 300);
  Tensors tensors = tiny_tensors(shape);
  const auto zero = [&](const std::string& name, std::size_t first, std::size_t count) {
    std::vector<float>& values = tensors.at(name).values;
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(first), count, 0.0f);
  };
  for (const char* part : {"v_proj.weight", "v_proj.bias"}) {  // head 0 has no values
    const std::string name = std::string("model.layers.0.self_attn.") + part;
    zero(name, 0, tensors.at(name).values.size() / 2);
  }
  zero("model.embed_tokens.weight", 5 * 32, 32);  // token 5 is nothing
  zero("model.layers.1.mlp.up_proj.weight", 0, 48 * 32);
  for (const char* part : {"q_proj.weight", "q_proj.bias", "k_proj.weight", "k_proj.bias"}) {
    const std::string name = std::string("model.layers.1.self_attn.") + part;
    zero(name, 0, tensors.at(name).values.size());
  }
  TemporaryDirectory folder;
  write_tiny_model(folder.path(), shape);
  write_file(folder.file("model.safetensors"), safetensors_bytes(tensors, "F32"));
  const graph::LanguageModel language_model = graph::import_huggingface(folder.path());
  std::vector<std::uint32_t> tokens = random_tokens(140, 80, 3);
  for (std::size_t i = 0; i < tokens.size(); i += 3) tokens[i] = 5;
  graph::ReferenceModel reference(language_model);
  const std::vector<float> expected = reference.run(tokens, 0, graph::LogitRows::kAll);
  for (const char* name : {"tiny", "edge"}) {
    const isa::NamedConfig config = config_named(name);
    CompiledModel device(config, emit::compile(language_model, config.config));
    const std::vector<float> logits = device.prefill(tokens, 0, true);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      EXPECT_GT(cosine(&logits[t * 80], &expected[t * 80], 80), 0.99) << "position " << t;  // false for NaN
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Shapes, ::testing::ValuesIn(shapes()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace heddle::test
