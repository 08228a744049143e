// Plans: every weight is loaded once, nothing overlaps, and what does not fit is refused with its size.
#include "compiler/tiles/plan.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <stdexcept>

#include "compiler/emit/compile.hpp"
#include "compiler/tiles/decoder.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"
#include "tests/tiles/device.hpp"

namespace heddle::test {
namespace {

/// A model of any size, its weights not read.
graph::LanguageModel unweighted(const nlohmann::json& changes) {
  TemporaryDirectory folder;
  nlohmann::json config = {{"architectures", {"Qwen2ForCausalLM"}},
                           {"model_type", "qwen2"},
                           {"hidden_size", 896},
                           {"intermediate_size", 4864},
                           {"num_hidden_layers", 24},
                           {"num_attention_heads", 14},
                           {"num_key_value_heads", 2},
                           {"vocab_size", 151936},
                           {"max_position_embeddings", 32768},
                           {"rms_norm_eps", 1e-6},
                           {"rope_theta", 1000000.0},
                           {"hidden_act", "silu"},
                           {"tie_word_embeddings", true},
                           {"use_sliding_window", false},
                           {"torch_dtype", "bfloat16"}};
  if (!changes.is_null()) config.update(changes);
  write_file(folder.file("config.json"), config.dump());
  graph::ImportOptions options;
  options.load_weights = false;
  return graph::import_huggingface(folder.path(), options);
}

const nlohmann::json kThirtyTwoBillion = {{"hidden_size", 5120},         {"intermediate_size", 27648},
                                          {"num_hidden_layers", 64},     {"num_attention_heads", 40},
                                          {"num_key_value_heads", 8},    {"vocab_size", 152064},
                                          {"tie_word_embeddings", false}};

void check_chunks(const tiles::Plan& plan, const std::vector<tiles::Chunk>& chunks,
                  const std::vector<tiles::Projection>& products, std::uint64_t end) {
  const std::size_t slots = plan.chunks.slots.size();
  EXPECT_EQ(chunks.size() % slots, 0u);
  std::uint64_t at = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const tiles::Chunk& chunk = chunks[i];
    EXPECT_LE(chunk.w_words, plan.chunks.slots[i % slots].w_words);
    EXPECT_LE(chunk.c_blocks, plan.chunks.slots[i % slots].c_blocks);
    if (chunk.segments.empty()) continue;
    EXPECT_GE(chunk.c_memory, at);
    EXPECT_GE(chunk.w_memory, chunk.c_memory + std::uint64_t{chunk.c_blocks} * plan.config.block_bytes());
    EXPECT_EQ(chunk.w_memory % plan.config.bus_bytes, 0u);
    at = chunk.w_memory + std::uint64_t{chunk.w_words} * plan.config.w_word_bytes();
  }
  EXPECT_LE(at, end);
  for (const tiles::Projection product : products) {
    const tiles::TileCount tiles = plan.shape.tiles(plan.config, product);
    int n = 0, k = 0;
    for (const tiles::Chunk& chunk : chunks) {
      for (const tiles::ChunkSegment& segment : chunk.segments) {
        if (segment.projection != product) continue;
        // Segments come in the order of n, and of k within it.
        EXPECT_EQ(segment.n0, n);
        EXPECT_EQ(segment.k0, k);
        EXPECT_EQ(segment.first, k == 0);
        EXPECT_EQ(segment.last, k + segment.k == tiles.k);
        EXPECT_EQ(segment.k0 * static_cast<int>(plan.config.rows) % static_cast<int>(plan.config.columns), 0);
        k += segment.k;
        if (k < tiles.k) continue;
        k = 0;
        n += segment.n;
      }
    }
    EXPECT_EQ(n, tiles.n);
    EXPECT_EQ(k, 0);
  }
}

struct PlanCase {
  const char* config;
  nlohmann::json changes;
};

TEST(Plan, LoadsEveryWeightOnce) {
  const std::vector<PlanCase> cases = {
      {"edge", {}},
      {"core", {}},
      {"server", {}},
      {"rect", {}},
      {"server", kThirtyTwoBillion},
      {"edge", {{"hidden_size", 84}, {"intermediate_size", 172}, {"vocab_size", 512}}},
      {"tiny",
       {{"hidden_size", 64},
        {"intermediate_size", 172},
        {"num_attention_heads", 8},
        {"num_key_value_heads", 4},
        {"vocab_size", 512}}}};
  for (const PlanCase& item : cases) {
    SCOPED_TRACE(std::string(item.config) + " " + item.changes.dump());
    const tiles::Plan plan =
        tiles::plan_model(unweighted(item.changes), config_named(item.config).config, {});
    using tiles::Projection;
    check_chunks(
        plan, plan.chunks.layer,
        {tiles::kKvProj, tiles::kQProj, tiles::kOProj, tiles::kGateProj, tiles::kUpProj, tiles::kDownProj},
        plan.memory.layer);
    check_chunks(plan, plan.chunks.head, {tiles::kLogitsProj}, plan.memory.head);
    std::set<std::uint32_t> words, blocks;
    for (const tiles::Slot& slot : plan.chunks.slots) {
      for (std::uint32_t i = 0; i < slot.w_words; ++i) EXPECT_TRUE(words.insert(slot.w_base + i).second);
      for (std::uint32_t i = 0; i < slot.c_blocks; ++i) EXPECT_TRUE(blocks.insert(slot.c_base + i).second);
      EXPECT_GE(slot.w_base, 2 * plan.chip.kv_words);
      EXPECT_LE(slot.w_base + slot.w_words, plan.config.w_words());
      EXPECT_LE(slot.c_base + slot.c_blocks, plan.config.c_blocks());
    }
  }
}

TEST(Plan, SmallLayersAreLoadedAWholeLayerAhead) {
  const nlohmann::json small = {{"hidden_size", 64},        {"intermediate_size", 172},
                                {"num_attention_heads", 8}, {"num_key_value_heads", 4},
                                {"vocab_size", 512},        {"max_position_embeddings", 512}};
  const tiles::Plan plan = tiles::plan_model(unweighted(small), config_named("edge").config, {});
  EXPECT_EQ(plan.chunks.layer.size(), plan.chunks.slots.size());
}

TEST(Plan, LoopsOverChunksAlike) {
  const tiles::Plan plan = tiles::plan_model(unweighted({}), config_named("edge").config, {});
  const std::size_t slots = plan.chunks.slots.size();
  const tiles::Roll roll = tiles::find_roll(plan.chunks.head, 0, slots, slots);
  ASSERT_GT(roll.passes, 100u);
  // What a loop takes and fetches lies within the chunks, a step apart.
  ASSERT_LE(roll.passes * roll.period + slots, plan.chunks.head.size());
  for (std::size_t pass = 0; pass < roll.passes; ++pass) {
    for (std::size_t i = 0; i < roll.period + slots; ++i) {
      const tiles::Chunk& first = plan.chunks.head[i];
      const tiles::Chunk& chunk = plan.chunks.head[pass * roll.period + i];
      ASSERT_EQ(chunk.w_memory - first.w_memory, pass * roll.memory_step);
      ASSERT_EQ(chunk.c_memory - first.c_memory, pass * roll.memory_step);
      ASSERT_EQ(chunk.segments[0].n0 - first.segments[0].n0, static_cast<int>(pass) * roll.n_step);
      ASSERT_EQ(chunk.segments[0].n, first.segments[0].n);
      ASSERT_EQ(chunk.segments[0].k0, first.segments[0].k0);
    }
  }
}

TEST(Compile, ProgramsDoNotGrowWithLayersOrContext) {
  const isa::Config config = config_named("server").config;
  const auto bytes = [&](int layers, int context) {
    const isa::Image image = emit::compile(
        unweighted({{"num_hidden_layers", layers}, {"max_position_embeddings", context}}), config);
    return image.program("prefill").bytes + image.program("decode").bytes;
  };
  EXPECT_EQ(bytes(2, 256), bytes(40, 32768));
}

TEST(Compile, ABigModelWithoutWeightsTakesSeconds) {
  const auto start = std::chrono::steady_clock::now();
  const isa::Image image = emit::compile(unweighted(kThirtyTwoBillion), config_named("server").config);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(seconds.count(), 10.0);
  EXPECT_GT(image.readonly_bytes, 32'000'000'000ull);
  EXPECT_LT(image.constants.size(), 4'000'000u);  // programs alone
  EXPECT_LT(image.program("decode").bytes, 65536u);
}

void expect_refused(const nlohmann::json& changes, const char* config, const emit::CompileOptions& options,
                    const std::vector<std::string>& parts) {
  try {
    emit::compile(unweighted(changes), config_named(config).config, options);
    ADD_FAILURE() << "compiled";
  } catch (const std::runtime_error& error) {
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(Compile, RefusesWhatDoesNotFit) {
  expect_refused(kThirtyTwoBillion, "core", {},
                 {"is too big: it needs", "bytes of device memory", "the configuration has 17179869184"});
  expect_refused(kThirtyTwoBillion, "edge", {},
                 {"does not fit on the chip", "bank 0 of memory v holds 65536 bytes"});
  expect_refused({}, "tiny", {},
                 {"does not fit on the chip", "4096 bytes, rows of activations would need 4864 bytes"});
  expect_refused({{"hidden_size", 64},
                  {"num_attention_heads", 1},
                  {"num_key_value_heads", 1},
                  {"intermediate_size", 64},
                  {"vocab_size", 100}},
                 "tiny", {}, {"keys and values of 128 positions of one head need 16384 of 16384 bytes of W"});
  emit::CompileOptions options;
  options.context = 40000;
  expect_refused({}, "edge", options, {"a context of 40000 positions is asked for, the model has 32768"});
}

TEST(Compile, ContextAndRowsAreOptions) {
  emit::CompileOptions options;
  options.context = 100;
  options.rows = 3;
  const isa::Image image = emit::compile(unweighted({}), config_named("edge").config, options);
  EXPECT_EQ(image.model.context, 100u);
  EXPECT_EQ(image.binding("token_ids").shape, std::vector<std::uint64_t>{100});
  EXPECT_LT(image.arena_bytes, emit::compile(unweighted({}), config_named("edge").config).arena_bytes);
}

TEST(Decoder, RefusesOtherGraphs) {
  graph::LanguageModel model = unweighted({{"num_hidden_layers", 1}});
  const tiles::DecoderGraph decoder = tiles::match_decoder(model.graph);
  ASSERT_EQ(decoder.layers.size(), 1u);
  EXPECT_EQ(decoder.layers[0].k_bias, "model.layers.0.self_attn.k_proj.bias");
  EXPECT_EQ(decoder.layers[0].o_bias, "");
  EXPECT_EQ(decoder.output, "model.embed_tokens.weight");
  for (graph::Node& node : model.graph.nodes) {
    if (node.op == graph::Op::kSiluMul) node.op = graph::Op::kAdd;
  }
  try {
    tiles::match_decoder(model.graph);
    ADD_FAILURE() << "matched";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("node layers.0.silu_mul is add where a decoder has silu_mul"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace heddle::test
