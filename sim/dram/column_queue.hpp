// The column commands of the last bursts of a channel, as far back as its queue reaches: who asks for the
// command that makes room in the queue gets its time.
#pragma once
#include <cstdint>
#include <vector>

namespace heddle::sim::dram {

class ColumnQueue {
 public:
  using Time = std::int64_t;  // clocks of the memory

  /// `depth`: bursts that the queue holds; `pace`: clocks between two of a run.
  ColumnQueue(std::uint32_t depth, Time pace) : depth_(depth), pace_(pace) {
    std::size_t ring = 2;
    while (ring < depth + 2) ring *= 2;
    runs_.resize(ring);
    reset();
  }

  void reset() {
    runs_.assign(runs_.size(), Run());
    newest_ = leaving_ = 0;
    bursts_ = 0;
    next_ = kNone;
  }

  /// Bursts so far.
  std::uint64_t bursts() const { return bursts_; }

  /// `count` more commands at the pace, the first at `first`.
  void push(Time first, std::uint32_t count) {
    if (first != next_) begin_run(first);
    bursts_ += count;
    next_ = first + count * pace_;
  }

  /// The command that made room for the burst that comes next, if one had to: else a time long ago.
  Time leaves() {
    if (bursts_ < depth_) return kNone;
    const std::uint64_t burst = bursts_ - depth_;
    while (leaving_ != newest_ && at(leaving_ + 1).begin <= burst) ++leaving_;
    return at(leaving_).column + static_cast<Time>(burst - at(leaving_).begin) * pace_;
  }

 private:
  static constexpr Time kNone = -(Time{1} << 40);

  // Commands at the pace: neither more than the ring holds, since each has a burst of the last depth_ + 1.
  struct Run {
    std::uint64_t begin = 0;  // number of its first burst
    Time column = kNone;
  };

  Run& at(std::size_t run) { return runs_[run & (runs_.size() - 1)]; }
  void begin_run(Time first) {
    if (newest_ + 1 - leaving_ == runs_.size()) leaves();  // forgets what has left
    at(++newest_) = {bursts_, first};
  }

  std::uint64_t depth_;
  Time pace_;
  std::vector<Run> runs_;                 // a ring, a power of two
  std::size_t newest_ = 0, leaving_ = 0;  // modulo the ring; leaving_: the run that leaves() found last
  std::uint64_t bursts_ = 0;
  Time next_ = kNone;  // the command that would go on with the newest run
};

}  // namespace heddle::sim::dram
