// The device memory as the units see it: a bus that can answer with an error, behind windows of the host's.
#pragma once
#include <cstdint>
#include <cstring>

#include "isa/registers.hpp"
#include "isa/status.hpp"

namespace heddle {
namespace hls {

constexpr std::uint64_t kAddressMask = (1ull << isa::kScalarBits) - 1;

/// All of device memory. An access at or past `bytes` fails, and touches nothing.
struct Bus {
  std::uint8_t* memory;
  std::uint64_t bytes;

  bool answers(std::uint64_t address, std::uint64_t count) const {
    return count <= bytes && address <= bytes - count;
  }
  bool read(std::uint64_t address, void* to, std::uint32_t count) const {
    if (!answers(address, count)) return false;
    std::memcpy(to, memory + address, count);
    return true;
  }
  bool write(std::uint64_t address, const void* from, std::uint32_t count) {
    if (!answers(address, count)) return false;
    std::memcpy(memory + address, from, count);
    return true;
  }
};

/// The windows that the host opened for this run.
struct Windows {
  std::uint64_t base[isa::kWindows];
  std::uint64_t size[isa::kWindows];

  /// Whether [address, address + count) lies in one open window, one that may be written if `write`.
  bool allow(std::uint64_t address, std::uint64_t count, bool write) const {
  WINDOWS:
    for (int i = 0; i < isa::kWindows; ++i) {
#pragma HLS UNROLL
      const std::uint64_t length = size[i] & ~isa::kWindowReadOnly;
      if (length == 0 || (write && (size[i] & isa::kWindowReadOnly) != 0)) continue;
      if (address >= base[i] && count <= length && address - base[i] <= length - count) return true;
    }
    return false;
  }
};

}  // namespace hls
}  // namespace heddle
