#include "compiler/emit/compile_static.hpp"

#include <algorithm>
#include <utility>

#include "compiler/emit/arena.hpp"

namespace heddle::emit {
namespace {

isa::Binding binding_of(const tiles::StaticTensor& tensor, const std::string& name, std::uint64_t segment) {
  isa::Binding out;
  out.name = name;
  const bool flags = tensor.dtype == graph::DType::kBool;
  out.dtype = tensor.form != tiles::Form::kFloat ? "i8" : flags ? "bool" : "f32";
  if (tensor.form == tiles::Form::kFloat) {
    if (!flags || tensor.rows > 1) out.shape.push_back(static_cast<std::uint64_t>(tensor.rows));
    out.shape.push_back(static_cast<std::uint64_t>(tensor.cols));
    out.row_stride = tensor.row_stride;
  } else {
    out.shape.push_back(tensor.bytes);
    out.row_stride = 1;
  }
  out.offset = segment + tensor.offset;
  out.bytes = tensor.bytes;
  return out;
}

/// Everything but the constants of the graph, which are zeros.
isa::Image image_of(const tiles::StaticProgram& program, const ArenaLayout& layout, const std::string& name) {
  const tiles::StaticPlan& plan = program.plan;
  const tiles::Module& module = program.module;
  isa::Image image;
  image.config = plan.config;
  image.model.name = name;
  image.model.architecture = "static";
  image.readonly_bytes = layout.readonly_bytes;
  image.arena_bytes = layout.arena_bytes;
  image.operations = module.operations;
  image.constants.resize(layout.readonly_bytes);
  place_programs(module, layout, &image);
  const auto segment = [&](const char* name) {
    return layout.segments[static_cast<std::size_t>(module.segment(name))];
  };
  for (std::size_t i = 0; i < plan.tensors.size(); ++i) {
    const tiles::StaticTensor& tensor = plan.tensors[i];
    if (tensor.constant || tensor.on_chip) continue;
    const int index = static_cast<int>(i);
    const bool named = std::count(plan.inputs.begin(), plan.inputs.end(), index) +
                           std::count(plan.outputs.begin(), plan.outputs.end(), index) >
                       0;
    image.bindings.push_back(binding_of(tensor, named ? tensor.name : "intermediate/" + tensor.name,
                                        segment(tiles::kStaticState)));
  }
  image.bindings.push_back(
      {tiles::kStaticRecord,
       "u32",
       {64},
       isa::kBytesPerWord,
       segment(tiles::kStaticRecord),
       module.segments[static_cast<std::size_t>(module.segment(tiles::kStaticRecord))].bytes});
  return image;
}

}  // namespace

StaticImage compile_static(const graph::Graph& graph, const isa::Config& config,
                           const tiles::ConstantReader& read, const MeasureImage& measure,
                           const tiles::StaticTiling* tiling) {
  const auto layout_of = [&](const tiles::StaticProgram& program) {
    return lay_out_arena(program.module, "graph " + graph.name);
  };
  tiles::MeasureStatic measure_static;
  if (measure) {
    measure_static = [&](const tiles::StaticProgram& program) {
      return measure(image_of(program, layout_of(program), graph.name));
    };
  }
  StaticImage out;
  tiles::StaticPlan plan = tiles::fuse_static(graph, config);
  out.program = tiling != nullptr ? tiles::lower_static(std::move(plan), *tiling)
                                  : tiles::lower_static(std::move(plan), measure_static);
  const ArenaLayout layout = layout_of(out.program);
  out.image = image_of(out.program, layout, graph.name);
  if (read) {
    const tiles::Module& module = out.program.module;
    const auto segment = static_cast<std::size_t>(module.segment(tiles::kStaticConstants));
    tiles::pack_static(out.program, read, layout.segments[segment], &out.image.constants);
  }
  return out;
}

}  // namespace heddle::emit
