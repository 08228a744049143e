// Local addresses of MATRIX and VECTOR: base plus strides along loops, modulo 2^16.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>

namespace heddle::sim::fast {

/// One loop of an address: `count` steps (at least one) that are `stride` apart.
struct Stride {
  std::uint32_t count;
  std::uint16_t stride;
};

/// The least and the greatest address, if no address wraps; else an interval that leaves the memory.
/// A stride of 2^15 and more is a step back: modulo 2^16 that is the same.
struct AddressRange {
  std::int64_t low, high;

  AddressRange(std::uint16_t base, std::initializer_list<Stride> strides) : low(base), high(base) {
    for (const Stride& s : strides) {
      const std::int64_t reach =
          static_cast<std::int64_t>(static_cast<std::int16_t>(s.stride)) * (s.count - 1);
      (reach < 0 ? low : high) += reach;
    }
  }
  /// Whether every address is below `limit`; false also where that is not certain.
  bool below(std::uint32_t limit) const { return low >= 0 && high < static_cast<std::int64_t>(limit); }
};

}  // namespace heddle::sim::fast
