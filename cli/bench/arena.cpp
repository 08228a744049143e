#include "cli/bench/arena.hpp"

#include <fmt/format.h>

namespace heddle::cli {

std::string arena_difference(const isa::Image& image, const std::vector<std::uint8_t>& expected,
                             const std::vector<std::uint8_t>& actual) {
  const isa::Binding& record = image.binding("record");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == actual[i] || (i >= record.offset && i - record.offset < record.bytes)) continue;
    for (const isa::Binding& binding : image.bindings) {
      if (i < binding.offset || i - binding.offset >= binding.bytes) continue;
      return fmt::format("byte {} of {} is {}, expected {}", i - binding.offset, binding.name, actual[i],
                         expected[i]);
    }
    return fmt::format("byte {} of the arena is {}, expected {}", i, actual[i], expected[i]);
  }
  return {};
}

}  // namespace heddle::cli
