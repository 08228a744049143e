// What the device reads of memory while it is timed: quads of the program, and words that programs load.
#pragma once
#include <cstdint>
#include <cstring>

namespace heddle::sim::fast {

struct ProgramMemory {
  const std::uint8_t* data = nullptr;
  std::uint64_t bytes = 0;

  /// Copies `count` bytes; zeros where there is no memory.
  void copy(std::uint64_t address, void* to, std::uint64_t count) const {
    if (count > bytes || address > bytes - count)
      std::memset(to, 0, count);
    else
      std::memcpy(to, data + address, count);
  }
};

}  // namespace heddle::sim::fast
