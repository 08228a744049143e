#include "compiler/tiles/stream.hpp"

#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/builder.hpp"
#include "compiler/tiles/verify.hpp"
#include "isa/image.hpp"
#include "isa/program.hpp"

namespace heddle::tiles {

std::uint64_t stream_piece(const isa::Config& config) { return config.a_bytes / 2; }

Module lower_stream(std::uint64_t bytes, const isa::Config& config) {
  if (bytes == 0) throw std::runtime_error("a stream has at least one byte");
  const std::uint64_t piece = stream_piece(config), rounds = ceil_div(bytes, 2 * piece);
  Module module;
  module.config = config;
  module.operations = {"", "stream"};
  module.segments = {{kStreamData, rounds * 2 * piece},
                     {kStreamOutput, piece, true},
                     {"record", sizeof(isa::CompletionRecord), true}};

  Builder b(config, kStreamProgram);
  const auto blocks = static_cast<std::uint32_t>(piece / config.columns);
  const int halves[2] = {b.region("even", Memory::kA, 0, blocks),
                         b.region("odd", Memory::kA, blocks, blocks)};
  const Reg place = b.plain_register("place"), left = b.plain_register("left"),
            output = b.plain_register("output");
  b.argument(place, isa::kArgumentArena);
  b.copy(output, place);
  b.scalar(isa::kOpAdd, place, place, 0, module.segment(kStreamData));
  b.scalar(isa::kOpAdd, output, output, 0, module.segment(kStreamOutput));
  b.constant(left, static_cast<std::int64_t>(rounds));
  b.loop(left, [&] {
    for (int half = 0; half < 2; ++half) {
      b.load({.tag = 1,
              .buffer = isa::kBufferA,
              .base = place,
              .row_bytes = static_cast<std::int64_t>(piece),
              .mem_offset = half * static_cast<std::int64_t>(piece),
              .local = b.bytes_of(halves[half])});
    }
    b.scalar(isa::kOpAdd, place, place, 2 * static_cast<std::int64_t>(piece));
  });
  b.fence();
  b.store({.tag = 1,
           .buffer = isa::kBufferA,
           .base = output,
           .row_bytes = static_cast<std::int64_t>(piece),
           .local = b.bytes_of(halves[1])});
  module.programs.push_back(b.take());
  verify(module);
  return module;
}

}  // namespace heddle::tiles
