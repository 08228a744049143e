// Damaged model directories are either refused with an error or still mean something; they never crash. Built
// with sanitizers, this is the check of every reader here. A failure prints the seed of its trial, and
// HEDDLE_CORRUPTION_SEED=n runs that trial alone; HEDDLE_CORRUPTION_TRIALS=n runs that many.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "compiler/graph/reference.hpp"
#include "compiler/graph/text.hpp"
#include "compiler/graph/verifier.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

unsigned environment(const char* name, unsigned fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// Truncates, flips bits, or overwrites, duplicates or removes a stretch.
std::string damage(std::string bytes, std::mt19937& random) {
  if (bytes.empty()) return bytes;
  // Half of the hits go to the first bytes, where lengths and headers are.
  const std::size_t reach = random() % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 600);
  const std::size_t at = random() % reach,
                    length = std::min<std::size_t>(1 + random() % 24, bytes.size() - at);
  switch (random() % 6) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      for (unsigned i = 0; i < 1 + random() % 3; ++i) {
        char& byte = bytes[random() % reach];
        byte = static_cast<char>(byte ^ (1 << (random() % 8)));
      }
      break;
    case 2:
      bytes.insert(at, bytes.substr(random() % bytes.size(), length));
      break;
    case 3:
      bytes.erase(at, length);
      break;
    case 4: {
      static const char* const kPieces[] = {
          "-1", "0", "18446744073709551615", "1e308", "null", "\"", "{", "[", "}", "\\u0000"};
      bytes.insert(at, kPieces[random() % 10]);
      break;
    }
    default:
      // A digit for another: the damage that JSON does not notice.
      for (std::size_t i = at; i < reach; ++i) {
        if (bytes[i] >= '0' && bytes[i] <= '9') {
          bytes[i] = static_cast<char>('0' + random() % 10);
          break;
        }
      }
  }
  return bytes;
}

/// Everything that a user of the importer would do. Returns whether the model was accepted.
bool use(const std::string& directory) {
  try {
    const LanguageModel model = import_huggingface(directory);
    const std::string text = print_graph(model.graph);
    const Graph again = parse_graph(text);
    verify(again);
    EXPECT_EQ(print_graph(again), text);
    ReferenceModel reference(model);
    const std::vector<std::uint32_t> tokens = {0, 1, 2};
    const auto vocab = static_cast<std::size_t>(model.shape.vocab);
    EXPECT_EQ(reference.run(tokens, 0, LogitRows::kAll).size(), 3 * vocab);
    EXPECT_EQ(reference.run({0}, 3).size(), vocab);
  } catch (const std::runtime_error& error) {
    EXPECT_STRNE(error.what(), "");
    return false;
  }
  return true;
}

TEST(Corruption, NeverCrashes) {
  test::TemporaryDirectory whole, damaged;
  test::TinyModel description{
      .layers = 1, .hidden = 4, .intermediate = 6, .heads = 2, .kv_heads = 1, .vocab = 60};
  const unsigned only = environment("HEDDLE_CORRUPTION_SEED", 0);
  const unsigned first = only != 0 ? only : 1,
                 trials = only != 0 ? 1 : environment("HEDDLE_CORRUPTION_TRIALS", 3000);
  unsigned accepted = 0;
  for (unsigned seed = first; seed < first + trials; ++seed) {
    SCOPED_TRACE("HEDDLE_CORRUPTION_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    for (const char* folder : {whole.path().c_str(), damaged.path().c_str()}) {
      for (const auto& entry : std::filesystem::directory_iterator(folder))
        std::filesystem::remove(entry.path());
    }
    description.shards = seed % 3 == 0 ? 2 : 1;
    description.dtype = seed % 2 == 0 ? "F32" : "BF16";
    description.architecture = seed % 5 < 2 ? "Qwen2ForCausalLM" : "LlamaForCausalLM";
    test::write_tiny_model(whole.path(), description);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(whole.path())) {
      const std::string name = entry.path().filename().string();
      if (name != "tokenizer.json") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    const std::size_t victim = random() % names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string bytes = test::read_file(whole.file(names[i]));
      test::write_file(damaged.file(names[i]), i == victim ? damage(bytes, random) : bytes);
    }
    accepted += use(damaged.path()) ? 1 : 0;
    if (HasFailure()) break;
  }
  if (only == 0 && trials >= 100) {
    EXPECT_GT(accepted, 0u) << "damage to weights alone must be accepted now and then";
    EXPECT_LT(accepted, trials * 3 / 4);
  }
  RecordProperty("accepted", static_cast<int>(accepted));
}

}  // namespace
}  // namespace heddle::graph
