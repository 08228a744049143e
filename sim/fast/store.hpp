// STORE in the cycles of rtl/memory/heddle_store.sv. Its data are never held back: the ports take a beat a
// cycle, so that the beats of a burst leave at fixed times after its request.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sim/fast/axi_path.hpp"
#include "sim/fast/dma.hpp"

namespace heddle::sim::fast {

class Store {
 public:
  explicit Store(const isa::Config& config) : config_(config), bursts_(config, true) {}

  void reset() {
    busy_ = error_ = false;
    pending_ = 0;
    done_ = kNever;
    send_begin_ = read_end_ = last_before_ = 0;
    beats_begin_ = kNever;
    beats_end_ = 1;
    bursts_.reset();
  }
  /// In the cycle in which the unit starts; after step() of that cycle.
  void start(const isa::TileInstruction& instruction, std::uint64_t base, std::uint64_t cycle) {
    const DmaFields fields = decode_dma(config_, instruction, base, true);
    busy_ = !fields.refused && !fields.empty;
    error_ = false;
    status_ = fields.refused ? isa::kStatusIllegal : isa::kStatusOk;
    bytes_ = 0;
    if (busy_)
      bursts_.start(fields);
    else
      done_ = cycle + 1;
  }

  std::uint64_t done() const { return done_; }
  std::uint32_t status() const { return status_; }
  std::uint32_t bytes() const { return bytes_; }
  /// Whether data of a burst that was asked for have not all been read in `cycle`, and the first cycle in
  /// which that is over, if no more bursts come.
  bool sending(std::uint64_t cycle) const { return cycle > send_begin_ && cycle <= read_end_; }
  std::uint64_t sent() const { return read_end_ + 1; }
  /// The last cycle up to `cycle` in which a beat was given to the bus; 0 if none was.
  std::uint64_t last_beat(std::uint64_t cycle) const {
    std::uint64_t last = last_before_;
    if (beats_begin_ <= cycle) last = std::max(last, std::min(cycle, beats_end_));
    return last;
  }

  /// Whether an answer is only counted by step(), and nothing goes on for it.
  bool only_counts(bool error) const { return !error && pending_ > 1 && pending_ != kBursts; }
  void count_answer() { --pending_; }

  /// The end of a cycle. `answered`: the memory answers a burst, `error`: with an error. `beats` counts those
  /// that are given to the bus. Returns whether anything changed.
  bool step(const Windows& windows, std::uint64_t cycle, bool abort, bool answered, bool error, AxiPath& path,
            std::uint64_t* beats) {
    const bool finished = busy_ && bursts_.idle() && pending_ == 0;
    const bool request = pending_ != kBursts && bursts_.request();
    if (request) {
      // Lengths of bursts wait in a queue; a beat is read from the buffer each cycle, is there a cycle later,
      // waits a cycle in a queue, and leaves through a register slice.
      if (cycle > read_end_) send_begin_ = cycle;
      const std::uint64_t first = std::max(cycle + 1, read_end_ + 1);
      read_end_ = first + bursts_.request_beats() - 1;
      path.write(bursts_.request_address(), bursts_.request_beats(), read_end_ + 3);
      *beats += bursts_.request_beats();
      if (first > beats_end_ - 1) {  // not joined with the burst before
        last_before_ = beats_end_;
        beats_begin_ = first + 2;
      }
      beats_end_ = read_end_ + 2;
    }
    bool changed = bursts_.step(windows, abort || error_, request, request) || request;
    // Of the answers only these let something go on.
    changed |= answered && (error || pending_ == kBursts || pending_ == 1);
    pending_ = pending_ + request - answered;
    if (answered && error) error_ = true;
    if (finished) {
      busy_ = false;
      done_ = cycle + 1;
      status_ = error_ ? isa::kStatusBus : bursts_.status();
      bytes_ = status_ != isa::kStatusOk ? 0 : bursts_.bytes();
      changed = true;
    }
    return changed;
  }

 private:
  static constexpr std::uint32_t kBursts = 16;  // under way

  const isa::Config& config_;
  DmaBursts bursts_;
  bool busy_ = false, error_ = false;
  std::uint32_t pending_ = 0, status_ = 0, bytes_ = 0;
  std::uint64_t done_ = kNever;
  // Bursts without a pause between them: the first was asked for, the last beat so far is read.
  std::uint64_t send_begin_ = 0, read_end_ = 0;
  // Runs of cycles with a beat on the bus, for the watchdog.
  std::uint64_t last_before_ = 0, beats_begin_ = kNever, beats_end_ = 1;
};

}  // namespace heddle::sim::fast
