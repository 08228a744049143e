#include "compiler/emit/arena.hpp"

#include <fmt/core.h>

#include <cstring>
#include <stdexcept>

#include "compiler/emit/assemble.hpp"
#include "compiler/tiles/arithmetic.hpp"
#include "isa/program.hpp"

namespace heddle::emit {
namespace {

constexpr std::uint64_t kAlign = 4096;  // of what the host opens as a window

void check_capacity(const tiles::Module& module, const ArenaLayout& layout, const std::string& what) {
  if (layout.arena_bytes <= module.config.memory_bytes) return;
  std::string parts = fmt::format("programs {}", layout.programs_end);
  for (const tiles::Segment& segment : module.segments)
    parts += fmt::format(", {} {}", segment.name, segment.bytes);
  throw std::runtime_error(
      fmt::format("{} is too big: it needs {} bytes of device memory ({}), the "
                  "configuration has {}: choose a smaller model or context, or a device "
                  "with more memory",
                  what, layout.arena_bytes, parts, module.config.memory_bytes));
}

}  // namespace

ArenaLayout lay_out_arena(const tiles::Module& module, const std::string& what) {
  ArenaLayout out;
  std::uint64_t at = 0;
  for (const tiles::Program& program : module.programs) {
    out.programs.push_back(at);
    at = tiles::round_up(at + sizeof(isa::ProgramHeader) + code_bytes(program), std::uint64_t{64});
  }
  at = tiles::round_up(at, kAlign);
  out.programs_end = at;
  out.segments.resize(module.segments.size());
  for (const bool state : {false, true}) {
    for (std::size_t i = 0; i < module.segments.size(); ++i) {
      if (module.segments[i].state != state) continue;
      out.segments[i] = at;
      at = tiles::round_up(at + module.segments[i].bytes, kAlign);
    }
    if (!state) out.readonly_bytes = at;
  }
  out.arena_bytes = at;
  check_capacity(module, out, what);
  return out;
}

void place_programs(const tiles::Module& module, const ArenaLayout& layout, isa::Image* image) {
  for (std::size_t i = 0; i < module.programs.size(); ++i) {
    const std::vector<std::uint8_t> code = assemble(module, module.programs[i], layout.segments);
    isa::ProgramHeader header;
    header.config_hash = isa::config_hash(module.config);
    header.code_quads = static_cast<std::uint32_t>(code.size() / isa::kQuadBytes);
    std::memcpy(&image->constants[layout.programs[i]], &header, sizeof header);
    std::memcpy(&image->constants[layout.programs[i] + sizeof header], code.data(), code.size());
    image->programs.push_back({module.programs[i].name, layout.programs[i], sizeof header + code.size()});
  }
}

}  // namespace heddle::emit
