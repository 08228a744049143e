#include "compiler/emit/race_access.hpp"

#include <algorithm>

namespace heddle::emit {
namespace {

bool overlap(const std::vector<ByteRange>& a, const std::vector<ByteRange>& b, ByteRange* where) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint64_t begin = std::max(a[i].begin, b[j].begin), end = std::min(a[i].end, b[j].end);
    if (begin < end) {
      if (where != nullptr) *where = {begin, end};
      return true;
    }
    if (a[i].end < b[j].end)
      ++i;
    else
      ++j;
  }
  return false;
}

bool boxes_meet(const Access& a, const Access& b) {
  const ByteRange x = a.box(), y = b.box();
  return x.begin < y.end && y.begin < x.end;
}

}  // namespace

const char* memory_name(Memory memory) {
  static const char* const names[] = {"A", "W", "C", "V", "S", "accumulators", "device memory"};
  return names[static_cast<int>(memory)];
}

Access::Access(Memory memory_, bool write_, std::uint64_t memory_bytes, int banks)
    : memory(memory_), write(write_), memory_bytes_(memory_bytes), banks_(banks) {}

ByteRange Access::box() const {
  std::uint64_t last = start;
  for (const Dimension& d : dimensions) last += (d.count - 1) * d.stride;
  if (last >= wrap) return {0, wrap * unit};  // wraps somewhere
  return {start * unit + offset, last * unit + offset + length};
}

void Access::make() const {
  if (made_) return;
  made_ = true;
  // Dimensions that continue the bytes before them become part of the length; those that repeat drop out.
  std::uint64_t run = length;
  std::vector<Dimension> loops;
  std::vector<Dimension> sorted = dimensions;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Dimension& a, const Dimension& b) { return a.stride < b.stride; });
  enumerated_ = length;
  for (const Dimension& d : sorted) enumerated_ *= d.count;
  const ByteRange bounds = box();
  const bool wraps = bounds.begin == 0 && bounds.end == wrap * unit;
  for (const Dimension& d : sorted) {
    if (d.count == 1 || d.stride == 0) continue;
    if (!wraps && loops.empty() && d.stride * unit <= run) {
      run = (d.count - 1) * d.stride * unit + run;
    } else {
      loops.push_back(d);
    }
  }
  std::vector<std::uint64_t> index(loops.size(), 0);
  const std::uint64_t total_bytes = wrap * unit;
  while (true) {
    std::uint64_t at = start;
    for (std::size_t i = 0; i < loops.size(); ++i) at += index[i] * loops[i].stride;
    const std::uint64_t begin = at % wrap * unit + offset, end = begin + run;
    if (end > total_bytes && unit > 1) {  // the block after the last is the first
      ranges_.push_back({begin, total_bytes});
      ranges_.push_back({0, end - total_bytes});
    } else {
      ranges_.push_back({begin, end});
    }
    std::size_t level = 0;
    while (level < loops.size() && ++index[level] == loops[level].count) index[level++] = 0;
    if (level == loops.size()) break;
  }
  const auto before = [](const ByteRange& a, const ByteRange& b) { return a.begin < b.begin; };
  if (!std::is_sorted(ranges_.begin(), ranges_.end(), before))
    std::sort(ranges_.begin(), ranges_.end(), before);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < ranges_.size(); ++i) {
    if (ranges_[i].begin <= ranges_[kept].end) {
      ranges_[kept].end = std::max(ranges_[kept].end, ranges_[i].end);
    } else {
      ranges_[++kept] = ranges_[i];
    }
  }
  ranges_.resize(kept + 1);
}

const std::vector<ByteRange>& Access::ranges() const {
  make();
  return ranges_;
}

std::uint32_t Access::banks() const {
  if (banks_ == 0) return 0;
  const std::uint64_t size = memory_bytes_ / static_cast<std::uint64_t>(banks_);
  const auto mask_of = [&](const ByteRange& range) {
    std::uint32_t mask = 0;
    for (std::uint64_t b = range.begin / size;
         b <= (range.end - 1) / size && b < static_cast<std::uint64_t>(banks_); ++b) {
      mask |= 1u << b;
    }
    return mask;
  };
  const std::uint32_t rough = mask_of(box());
  if ((rough & (rough - 1)) == 0) return rough;
  std::uint32_t exact = 0;
  for (const ByteRange& range : ranges()) exact |= mask_of(range);
  return exact;
}

bool Access::inside() const { return box().end <= memory_bytes_ || ranges().back().end <= memory_bytes_; }

bool Access::overlaps_itself() const {
  std::uint64_t merged = 0;
  for (const ByteRange& range : ranges()) merged += range.end - range.begin;
  return merged != enumerated_;
}

bool share_bytes(const Access& a, const Access& b, ByteRange* where) {
  return a.memory == b.memory && boxes_meet(a, b) && overlap(a.ranges(), b.ranges(), where);
}

}  // namespace heddle::emit
