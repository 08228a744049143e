#include "compiler/emit/compile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/emit/arena.hpp"
#include "compiler/tiles/lower.hpp"
#include "compiler/tiles/pack.hpp"

namespace heddle::emit {
namespace {

isa::ImageModel describe(const graph::LanguageModel& model, std::uint32_t context) {
  const graph::ModelShape& shape = model.shape;
  isa::ImageModel out;
  out.name = model.name;
  out.architecture = shape.architecture;
  out.vocab_size = static_cast<std::uint32_t>(shape.vocab);
  out.context = context;
  out.hidden_size = static_cast<std::uint32_t>(shape.hidden);
  out.layers = static_cast<std::uint32_t>(shape.layers);
  out.parameters = static_cast<std::uint64_t>(shape.parameters());
  const std::int64_t attention = shape.hidden * (2 * shape.q_size() + 2 * shape.kv_size());
  const std::int64_t mlp = 3 * shape.hidden * shape.intermediate;
  out.macs_per_token =
      static_cast<std::uint64_t>(shape.layers * (attention + mlp) + shape.vocab * shape.hidden);
  out.macs_per_context = static_cast<std::uint64_t>(2 * shape.layers * shape.q_size());
  return out;
}

std::vector<isa::Binding> bindings(const tiles::Plan& plan, const tiles::Module& module,
                                   const ArenaLayout& layout) {
  const auto place = [&](const char* name, const char* dtype, std::vector<std::uint64_t> shape,
                         std::uint64_t row) {
    const auto segment = static_cast<std::size_t>(module.segment(name));
    return isa::Binding{
        name, dtype, std::move(shape), row, layout.segments[segment], module.segments[segment].bytes};
  };
  const auto context = static_cast<std::uint64_t>(plan.shape.context);
  const std::uint64_t cache = module.segments[static_cast<std::size_t>(module.segment("kv_cache"))].bytes;
  const auto sequences = static_cast<std::uint64_t>(plan.sequences());
  const std::uint64_t ids = std::max(context, sequences);
  std::vector<isa::Binding> out = {place("token_ids", "u32", {ids}, 4), place("record", "u32", {64}, 4),
                                   place("logits", "f32",
                                         {static_cast<std::uint64_t>(plan.memory.logits_rows),
                                          static_cast<std::uint64_t>(plan.shape.vocab)},
                                         plan.memory.logits_row)};
  if (sequences > 1) {
    out.push_back(
        place("kv_cache", "i8", {sequences, plan.memory.cache_sequence}, plan.memory.cache_sequence));
    out.push_back(place("positions", "u32", {sequences}, 4));
  } else {
    out.push_back(place("kv_cache", "i8", {cache}, 1));
  }
  return out;
}

isa::Image build(const tiles::Plan& plan, const tiles::Module& module, const graph::LanguageModel& model) {
  const ArenaLayout layout = lay_out_arena(module, "model " + model.name);
  isa::Image image;
  image.config = module.config;
  image.model = describe(model, static_cast<std::uint32_t>(plan.shape.context));
  image.readonly_bytes = layout.readonly_bytes;
  image.arena_bytes = layout.arena_bytes;
  image.operations = module.operations;
  image.bindings = bindings(plan, module, layout);
  image.constants.resize(model.has_weights() ? layout.readonly_bytes : layout.programs_end);
  place_programs(module, layout, &image);
  if (model.has_weights()) tiles::pack_constants(model, plan, layout.segments, &image.constants);
  return image;
}

tiles::PlanOptions plan_options(const CompileOptions& options) {
  return {options.context, options.rows, options.batch};
}

}  // namespace

tiles::Module compile_to_tiles(const graph::LanguageModel& model, const isa::Config& config,
                               const CompileOptions& options) {
  return tiles::lower(tiles::plan_model(model, config, plan_options(options)));
}

isa::Image compile(const graph::LanguageModel& model, const isa::Config& config,
                   const CompileOptions& options) {
  const tiles::Plan plan = tiles::plan_model(model, config, plan_options(options));
  return build(plan, tiles::lower(plan), model);
}

isa::Image compile_from_tiles(const tiles::Module& module, const graph::LanguageModel& model,
                              const CompileOptions& options) {
  const tiles::Plan plan = tiles::plan_model(model, module.config, plan_options(options));
  if (module.segments != plan.segments) {
    throw std::runtime_error(
        fmt::format("the tile program's memory segments are not those of model {} with these "
                    "options: only operations, regions and registers may be edited",
                    model.name));
  }
  for (const char* name : {"prefill", "decode"}) module.program(name);
  if (plan.sequences() > 1) module.program("decode_batch");
  return build(plan, module, model);
}

}  // namespace heddle::emit
