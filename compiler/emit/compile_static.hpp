// From a static graph to an image.
#pragma once
#include <string>

#include "compiler/graph/ir.hpp"
#include "compiler/tiles/static_lower.hpp"
#include "compiler/tiles/static_pack.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

struct StaticImage {
  isa::Image image;
  tiles::StaticProgram program;
};

/// Compiles a verified graph without symbols and states. The image's program is tiles::kStaticProgram; it has
/// a binding for every input that the graph uses and for every output, named as the value ("f32" [rows,
/// cols], a mask [cols]; bool masks are "bool", a byte each), "intermediate/NAME" for what stands in memory
/// between, and "record". Without `read` the constants are left zero. Throws std::runtime_error naming the
/// node that cannot be compiled, or what is too big for which memory.
StaticImage compile_static(const graph::Graph& graph, const isa::Config& config,
                           const tiles::ConstantReader& read);

}  // namespace heddle::emit
