// From a static graph to an image.
#pragma once
#include <functional>
#include <string>

#include "compiler/graph/ir.hpp"
#include "compiler/tiles/static_lower.hpp"
#include "compiler/tiles/static_pack.hpp"
#include "compiler/tiles/static_tiling.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

struct StaticImage {
  isa::Image image;
  tiles::StaticProgram program;
};

/// The cycles that the program of an image takes on the device; its constants are zeros.
using MeasureImage = std::function<std::int64_t(const isa::Image&)>;

/// Compiles a verified graph without symbols and states. The image's program is tiles::kStaticProgram; it has
/// a binding for every input that the graph uses and for every output, named as the value ("f32" [rows,
/// cols], a mask [cols]; bool masks are "bool", a byte each), "intermediate/NAME" for what stands in memory
/// between, and "record". Without `read` the constants are left zero. With `measure` the search of tilings
/// ends with measurements (tiles::lower_static); `tiling`, if not null, is taken as it is. Throws
/// std::runtime_error naming the node that cannot be compiled, or what is too big for which memory.
StaticImage compile_static(const graph::Graph& graph, const isa::Config& config,
                           const tiles::ConstantReader& read, const MeasureImage& measure = {},
                           const tiles::StaticTiling* tiling = nullptr);

}  // namespace heddle::emit
