// What the device reads of memory while it is timed: quads of the program, and words that programs load.
#pragma once
#include <cstdint>
#include <cstring>

namespace heddle::sim::fast {

/// A memory of somebody else's instead of a region of bytes and a DRAM model: asked for everything that the
/// device itself reads, and for the time of every burst.
class ExternalMemory {
 public:
  virtual ~ExternalMemory() = default;
  /// Copies `count` bytes of the program, or of a word that it loads; zeros where there is no memory.
  virtual void copy(std::uint64_t address, void* to, std::uint64_t count) = 0;
  /// The part of a burst that goes through `port`, at the port's `address`: a read whose address is taken in
  /// `cycle`, or a write whose last beat is. Calls come in the order of time. ready[i]: the cycle from which
  /// beat i can be delivered; of a write ready[0]: from which it can be answered. Returns whether the answer
  /// is an error.
  virtual bool access(bool write, std::uint32_t port, std::uint64_t address, std::uint32_t beats,
                      std::uint64_t cycle, std::uint64_t* ready) = 0;
};

struct ProgramMemory {
  const std::uint8_t* data = nullptr;
  std::uint64_t bytes = 0;
  ExternalMemory* external = nullptr;  // instead of them

  /// Copies `count` bytes; zeros where there is no memory.
  void copy(std::uint64_t address, void* to, std::uint64_t count) const {
    if (external != nullptr)
      external->copy(address, to, count);
    else if (count > bytes || address > bytes - count)
      std::memset(to, 0, count);
    else
      std::memcpy(to, data + address, count);
  }
};

}  // namespace heddle::sim::fast
