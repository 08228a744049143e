#include "cli/bench/decode_image.hpp"

#include <cstring>

#include "compiler/emit/arena.hpp"
#include "compiler/emit/compile.hpp"
#include "compiler/tiles/lower.hpp"
#include "compiler/tiles/pack_random.hpp"

namespace heddle::cli {

isa::Image random_decode_image(const graph::LanguageModel& model, const isa::Config& config,
                               std::int64_t context, int batch, std::uint64_t seed) {
  emit::CompileOptions compile;
  compile.context = context;
  compile.batch = batch;
  isa::Image image = emit::compile(model, config, compile);
  const tiles::Plan plan = tiles::plan_model(model, config, {context, 0, batch});
  const emit::ArenaLayout layout = emit::lay_out_arena(tiles::lower(plan), "model " + model.name);
  image.constants.resize(image.arena_bytes);
  tiles::pack_random(plan, layout.segments, seed, &image.constants);
  const auto write = [&](const char* binding, int row, std::int64_t value) {
    const auto word = static_cast<std::uint32_t>(value);
    std::memcpy(&image.constants[image.binding(binding).offset + 4 * static_cast<std::uint64_t>(row)], &word,
                sizeof word);
  };
  for (int sequence = 0; sequence < batch; ++sequence) {
    write("token_ids", sequence, (sequence + 1) % model.shape.vocab);
    if (batch > 1) write("positions", sequence, context - 1);
  }
  return image;
}

std::vector<std::uint64_t> decode_arguments(std::int64_t context, int batch) {
  return {0, static_cast<std::uint64_t>(context - 1), static_cast<std::uint64_t>(batch), 0};
}

}  // namespace heddle::cli
