// One operand of an instruction: which bytes and banks of a memory it touches.
#pragma once
#include <cstdint>
#include <vector>

namespace heddle::emit {

enum class Memory : int { kA, kW, kC, kV, kS, kAccumulators, kDevice };
const char* memory_name(Memory memory);

/// Bytes [begin, end).
struct ByteRange {
  std::uint64_t begin = 0, end = 0;
};

/// One operand: `length` bytes at unit * (start + sum of i_d * stride_d), for every i_d < count_d; addresses
/// in units wrap at `wrap`. The byte ranges are made when they are first asked for.
class Access {
 public:
  struct Dimension {
    std::uint64_t count, stride;
  };
  Access(Memory memory, bool write, std::uint64_t memory_bytes, int banks);

  Memory memory;
  bool write;
  std::uint64_t unit = 1, start = 0, length = 0, wrap = 0;
  std::uint64_t offset = 0;  // bytes past the unit
  std::vector<Dimension> dimensions;

  /// Sorted, disjoint, not adjacent.
  const std::vector<ByteRange>& ranges() const;
  /// Smallest range that holds all of them, possibly too large.
  ByteRange box() const;
  /// Bit b: touches bank b. Memories without banks: 0.
  std::uint32_t banks() const;
  /// Whether every byte lies in the memory.
  bool inside() const;
  /// Whether two of the elements of the enumeration share a byte.
  bool overlaps_itself() const;
  /// Gives up the ranges; they are made again when needed.
  void forget() const { ranges_.clear(), ranges_.shrink_to_fit(), made_ = false; }

 private:
  void make() const;
  std::uint64_t memory_bytes_;
  int banks_;
  mutable bool made_ = false;
  mutable std::uint64_t enumerated_ = 0;  // bytes before merging
  mutable std::vector<ByteRange> ranges_;
};

/// Whether both touch a byte of the same memory; `where` takes the first bytes that they do.
bool share_bytes(const Access& a, const Access& b, ByteRange* where = nullptr);

}  // namespace heddle::emit
