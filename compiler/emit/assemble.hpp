// Tile program to instructions: structured control becomes branches, regions and segments become addresses.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/tiles/program.hpp"

namespace heddle::emit {

/// Code of a program, HALT included, without its header. `segments[i]` is the offset of segment i in the
/// arena.
std::vector<std::uint8_t> assemble(const tiles::Module& module, const tiles::Program& program,
                                   const std::vector<std::uint64_t>& segments);
/// Bytes that assemble() will return; they do not depend on offsets.
std::uint64_t code_bytes(const tiles::Program& program);

}  // namespace heddle::emit
