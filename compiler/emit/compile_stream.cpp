#include "compiler/emit/compile_stream.hpp"

#include <fmt/core.h>

#include "compiler/emit/arena.hpp"
#include "compiler/tiles/stream.hpp"

namespace heddle::emit {

isa::Image compile_stream(std::uint64_t bytes, const isa::Config& config) {
  const tiles::Module module = tiles::lower_stream(bytes, config);
  isa::Image image;
  image.config = config;
  image.model.name = fmt::format("stream of {} bytes", module.segments.front().bytes);
  image.model.architecture = tiles::kStreamProgram;
  const ArenaLayout layout = lay_out_arena(module, image.model.name);
  image.readonly_bytes = layout.readonly_bytes;
  image.arena_bytes = layout.arena_bytes;
  image.operations = module.operations;
  image.constants.resize(layout.readonly_bytes);
  place_programs(module, layout, &image);
  for (std::size_t i = 0; i < module.segments.size(); ++i) {
    const tiles::Segment& segment = module.segments[i];
    image.bindings.push_back({segment.name, "u8", {segment.bytes}, 1, layout.segments[i], segment.bytes});
  }
  return image;
}

}  // namespace heddle::emit
