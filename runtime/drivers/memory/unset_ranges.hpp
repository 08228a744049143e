// Which bytes of an allocation nobody has written yet. A board's memory holds what the last program left, and
// an allocation reads as zeros; writing them only where they can be seen saves writing them all.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>

namespace heddle::runtime {

class UnsetRanges {
 public:
  explicit UnsetRanges(std::uint64_t bytes = 0) {
    if (bytes != 0) ranges_[0] = bytes;
  }

  /// [begin, end) holds what was meant to be there.
  void mark(std::uint64_t begin, std::uint64_t end) {
    visit(begin, end, [](std::uint64_t, std::uint64_t) {});
  }

  /// Calls action(begin, end) for each unset piece of [begin, end), and marks it.
  template <typename Action>
  void visit(std::uint64_t begin, std::uint64_t end, Action action) {
    auto range = ranges_.upper_bound(begin);
    if (range != ranges_.begin()) --range;
    while (range != ranges_.end() && range->first < end) {
      const auto [first, last] = *range;
      if (last <= begin || begin >= end) {
        ++range;
        continue;
      }
      range = ranges_.erase(range);
      if (first < begin) ranges_[first] = begin;
      if (end < last) ranges_[end] = last;
      action(std::max(first, begin), std::min(last, end));
    }
  }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // begin -> end, disjoint
};

}  // namespace heddle::runtime
