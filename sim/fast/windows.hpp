// The windows that the host opened for a run, as rtl/control/heddle_window_check.sv checks them.
#pragma once
#include <cstdint>

#include "isa/registers.hpp"

namespace heddle::sim::fast {

constexpr std::uint64_t kNever = ~std::uint64_t{0};                   // a cycle that does not come
constexpr std::uint64_t kAddressMask = (std::uint64_t{1} << 48) - 1;  // of the device's addresses

struct Windows {
  std::uint64_t base[isa::kWindows];
  std::uint64_t size[isa::kWindows];  // bytes, | kWindowReadOnly

  /// Whether [address, address + bytes) lies in one open window, one that may be written if `write`.
  bool allow(std::uint64_t address, std::uint32_t bytes, bool write) const {
    if (bytes == 0) return true;
    for (int w = 0; w < isa::kWindows; ++w) {
      const std::uint64_t length = size[w] & ~isa::kWindowReadOnly;
      if (write && (size[w] & isa::kWindowReadOnly) != 0) continue;
      if (address < base[w] || base[w] > kAddressMask) continue;
      if (length >> 49 != 0 || base[w] + length >= address + bytes) return true;
    }
    return false;
  }
};

}  // namespace heddle::sim::fast
