#include "isa/image_start.hpp"

namespace heddle::isa {

StartArguments start_arguments(const Image& image, const ImageProgram& program, std::uint64_t arena) {
  StartArguments out;
  out.program = arena + program.offset;
  out.record = arena + image.binding("record").offset;
  out.window_base[0] = arena;
  out.window_size[0] = image.readonly_bytes | kWindowReadOnly;
  out.window_base[1] = arena + image.readonly_bytes;
  out.window_size[1] = image.arena_bytes - image.readonly_bytes;
  out.argument[kArgumentArena] = arena;
  return out;
}

}  // namespace heddle::isa
