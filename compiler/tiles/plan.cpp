#include "compiler/tiles/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"
#include "isa/config_file.hpp"

namespace heddle::tiles {
namespace {

// Pieces of memory begin where every bus has a beat and every fetch line begins.
constexpr std::uint64_t kAlign = 512;
constexpr std::uint64_t kMostLogits = 64ull << 20;  // bytes that the logits of one run may take
constexpr std::uint64_t kRecordBytes = 256;
constexpr std::int64_t kMostBatch = 256;  // far beyond what on-chip memories hold

/// Gives each chunk its place behind `start`; returns the end.
std::uint64_t place_chunks(std::vector<Chunk>& chunks, const isa::Config& config, std::uint64_t start) {
  std::uint64_t at = start;
  for (Chunk& chunk : chunks) {
    chunk.c_memory = at;
    at += std::uint64_t{chunk.c_blocks} * config.block_bytes();
    chunk.w_memory = at;
    at = round_up(at + std::uint64_t{chunk.w_words} * config.w_word_bytes(),
                  std::max<std::uint64_t>(config.bus_bytes, 64));
  }
  return round_up(at, kAlign);
}

void plan_constants(Plan& plan) {
  const isa::Config& config = plan.config;
  const PaddedShape& shape = plan.shape;
  MemoryPlan& memory = plan.memory;
  const std::uint64_t block = config.block_bytes();
  memory.layer = place_chunks(plan.chunks.layer, config, plan_parameters(shape).blocks * block);
  memory.head =
      place_chunks(plan.chunks.head, config, static_cast<std::uint64_t>(shape.hidden_blocks) * block);
  // Offsets within a layer and the next one are 32 bits.
  for (const std::uint64_t bytes : {2 * memory.layer, memory.head}) {
    if (bytes > 0xFFFFFFFFull) {
      throw std::runtime_error(
          fmt::format("model {}: the weights of two layers, or of the output layer, take {} "
                      "bytes; the limit is {} bytes",
                      plan.model, bytes, 0xFFFFFFFFull));
    }
  }
  memory.embedding_scale = round_up(static_cast<std::uint64_t>(shape.hidden_blocks) * config.columns,
                                    std::uint64_t{config.bus_bytes});
  memory.embedding_row = memory.embedding_scale + config.bus_bytes;
  memory.rope_row = static_cast<std::uint64_t>(shape.planes) * block;
}

void plan_state(Plan& plan) {
  const PaddedShape& shape = plan.shape;
  MemoryPlan& memory = plan.memory;
  memory.cache_plane = std::uint64_t{kAttentionBlock} * plan.config.columns;
  memory.cache_scales = static_cast<std::uint64_t>(shape.kv_blocks()) * memory.cache_plane;
  memory.cache_block =
      memory.cache_scales + 2ull * static_cast<std::uint64_t>(shape.kv_heads) * kAttentionBlock * 4;
  memory.cache_layer = memory.cache_block * static_cast<std::uint64_t>(shape.context_blocks);
  memory.cache_sequence = memory.cache_layer * static_cast<std::uint64_t>(shape.layers);
  if (memory.cache_block > 0xFFFFFFFFull) {
    throw std::runtime_error(fmt::format("model {}: {} positions of the cache take {} bytes, the limit is {}",
                                         plan.model, kAttentionBlock, memory.cache_block, 0xFFFFFFFFull));
  }
  memory.logits_row = static_cast<std::uint64_t>(shape.vocab_blocks) * plan.config.block_bytes();
  memory.logits_rows =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(kMostLogits / memory.logits_row), 1, shape.context);
  memory.logits_rows = std::max<std::int64_t>(memory.logits_rows, plan.sequences());
}

void plan_segments(Plan& plan) {
  const PaddedShape& shape = plan.shape;
  const MemoryPlan& memory = plan.memory;
  const auto count = [](int n) { return static_cast<std::uint64_t>(n); };
  const auto add = [&](const char* name, std::uint64_t bytes, bool state) {
    plan.segments.push_back({name, round_up(bytes, kAlign), state});
  };
  add("layers", memory.layer * count(shape.layers), false);
  add("output", memory.head, false);
  add("embedding", memory.embedding_row * count(shape.vocab), false);
  add("rope", memory.rope_row * count(shape.context), false);
  add("ones", count(shape.planes) * plan.config.block_bytes(), false);
  add("token_ids", 4 * count(std::max(shape.context, plan.sequences())), true);
  add("record", kRecordBytes, true);
  add("logits", memory.logits_row * static_cast<std::uint64_t>(memory.logits_rows), true);
  add("kv_cache", memory.cache_sequence * count(plan.sequences()), true);
  if (plan.sequences() > 1) add("positions", 4 * count(plan.sequences()), true);
}

}  // namespace

Plan plan_model(const graph::LanguageModel& model, const isa::Config& config, const PlanOptions& options) {
  const char* field = nullptr;
  if (const char* problem = isa::check_config(config, &field)) {
    throw std::runtime_error(fmt::format("configuration: {} {}", field, problem));
  }
  isa::require_all_parts(config, "compiling a model");
  Plan plan;
  plan.config = config;
  plan.model = model.name;
  plan.decoder = match_decoder(model.graph);
  const std::int64_t context = options.context > 0 ? options.context : model.shape.context;
  if (context > model.shape.context) {
    throw std::runtime_error(fmt::format("model {}: a context of {} positions is asked for, the model has {}",
                                         model.name, context, model.shape.context));
  }
  if (options.batch > kMostBatch) {
    throw std::runtime_error(
        fmt::format("model {}: a batch of {} sequences is asked for, at most {} are taken", model.name,
                    options.batch, kMostBatch));
  }
  plan.shape = pad_shape(model.shape, context, config);
  plan.chip = plan_onchip(plan.shape, config, options.rows, options.batch);
  plan.chunks = plan_chunks(plan.shape, config, plan.chip.chunks);
  plan_constants(plan);
  plan_state(plan);
  plan_segments(plan);
  return plan;
}

}  // namespace heddle::tiles
