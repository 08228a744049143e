// A bounded first-in first-out channel between processes, as hls::stream: one writer, one reader, not copied.
// Elements are whole rows, bursts or instructions, never single values.
#pragma once

namespace heddle {
namespace hls {

template <class T, int kDepth>
class Stream {
 public:
  static_assert(kDepth >= 1, "a stream holds at least one element");
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == kDepth; }
  /// Only when not full.
  void write(const T& element) {
    slots_[(first_ + count_) % kDepth] = element;
    ++count_;
  }
  /// Only when not empty. Returns the oldest element and drops it.
  T read() {
    const int slot = first_;
    first_ = (first_ + 1) % kDepth;
    --count_;
    return slots_[slot];
  }
  /// The oldest element, which stays. Only when not empty.
  const T& front() const { return slots_[first_]; }
  void clear() { first_ = count_ = 0; }

 private:
  T slots_[kDepth];
  int first_ = 0;
  int count_ = 0;
};

}  // namespace hls
}  // namespace heddle
