#include "compiler/emit/compile_gemm.hpp"

#include <fmt/core.h>

#include "compiler/emit/arena.hpp"

namespace heddle::emit {

isa::Image compile_gemm(const tiles::GemmPlan& plan) {
  const auto m = static_cast<std::uint64_t>(plan.shape.m), n = static_cast<std::uint64_t>(plan.shape.n),
             k = static_cast<std::uint64_t>(plan.shape.k);
  const std::string name = fmt::format("gemm {}x{}x{}", m, n, k);
  const tiles::Module module = tiles::lower_gemm(plan);
  const ArenaLayout layout = lay_out_arena(module, name);
  isa::Image image;
  image.config = plan.config;
  image.model.name = name;
  image.model.architecture = tiles::kGemmProgram;
  image.readonly_bytes = layout.readonly_bytes;
  image.arena_bytes = layout.arena_bytes;
  image.operations = module.operations;
  image.constants.resize(layout.readonly_bytes);
  place_programs(module, layout, &image);
  const auto bind = [&](const char* segment, const char* dtype, std::vector<std::uint64_t> shape,
                        std::uint64_t row) {
    const auto index = static_cast<std::size_t>(module.segment(segment));
    image.bindings.push_back(
        {segment, dtype, std::move(shape), row, layout.segments[index], module.segments[index].bytes});
  };
  bind(tiles::kGemmActivations, "i8", {m, k}, plan.layout.a_row);
  bind(tiles::kGemmRowScales, "f32", {m}, isa::kBytesPerWord);
  bind(tiles::kGemmWeights, "i8", {static_cast<std::uint64_t>(plan.layout.n_tiles) * plan.layout.w_column},
       1);
  bind(tiles::kGemmColumnScales, "f32", {n}, isa::kBytesPerWord);
  bind(tiles::kGemmOutput, "i8", {m, n}, plan.layout.d_row);
  bind(tiles::kGemmOutputScales, "f32", {m}, isa::kBytesPerWord);
  bind("record", "u32", {64}, isa::kBytesPerWord);
  return image;
}

}  // namespace heddle::emit
