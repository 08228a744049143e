// Where programs, constants and state lie in the device's arena.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/tiles/program.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

/// Offsets in bytes. Programs come first, then constants, then state.
struct ArenaLayout {
  std::vector<std::uint64_t> programs, segments;  // of headers, of the module's segments
  std::uint64_t programs_end = 0, readonly_bytes = 0, arena_bytes = 0;
};

/// Throws std::runtime_error when the configuration's memory is too small; `what` is too big for it then.
ArenaLayout lay_out_arena(const tiles::Module& module, const std::string& what);

/// Assembles the module's programs into the image's constants, which hold at least `programs_end` bytes, and
/// lists them.
void place_programs(const tiles::Module& module, const ArenaLayout& layout, isa::Image* image);

}  // namespace heddle::emit
