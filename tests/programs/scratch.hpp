// On-chip memories of a random program: where it works, and which bytes have been written.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "compiler/emit/race_footprint.hpp"
#include "isa/config.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests {

/// A piece of a memory, in its address units (blocks; words of W and S).
struct Arena {
  std::uint32_t begin = 0, count = 0;
};

/// Where the rows of an operand lie. In address units; strides and start wrap at 16 bits.
struct Placement {
  std::uint16_t start = 0, row_stride = 0, outer_stride = 0;
  bool fits = false;
};

class Scratch {
 public:
  Scratch(const isa::Config& config, RandomSource& random);

  /// One of the arenas of a memory; V and A have one in each bank or two, so that operands can avoid each
  /// other.
  const Arena& arena(emit::Memory memory);
  /// Finds room for outer x rows pieces of `length` units. `repeat`: strides of zero are allowed.
  Placement place(const Arena& arena, std::uint32_t length, std::uint32_t rows, std::uint32_t outer,
                  bool repeat);

  void mark_written(const emit::Footprint& footprint);
  /// The smallest ranges to write, at most a few, before every on-chip byte that `footprint` reads is
  /// written.
  std::vector<std::pair<emit::Memory, emit::ByteRange>> unwritten(const emit::Footprint& footprint) const;
  /// All written bytes of a memory.
  std::vector<emit::ByteRange> written(emit::Memory memory) const;

 private:
  const isa::Config& config_;
  RandomSource& random_;
  std::array<std::vector<Arena>, 6> arenas_;
  std::array<std::vector<std::uint8_t>, 6> written_;
};

}  // namespace heddle::tests
