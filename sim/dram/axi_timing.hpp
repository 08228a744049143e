// The memory as one AXI4 port sees it: when its beats and answers come. Time only; the data are the caller's.
//
// Two views of the same rules, which give the same cycles:
//  - AxiTiming, for a simulator that works cycle by cycle and knows each handshake when it happens;
//  - AxiForecast, for one that works event by event and whose device takes every beat when it is offered.
//
// The rules:
//  - A handshake in cycle c reaches the controller at the start of cycle c + 1.
//  - A read burst goes to memory when its address is taken; a write burst when its last beat is taken.
//  - In one cycle lower ports go first, and a port's read before its write: the order of the calls.
//  - A beat of data is offered once all bursts of memory that it covers have come, in the order of the
//    addresses, at most one beat a cycle. A write is answered once all its bytes are in memory, in order, at
//    most one answer a cycle.
//  - A port has at most kAxiOutstanding reads (from address to last beat) and as many writes (from address to
//    answer) under way; the address ready is low while it has.
//  - The bus may be cut into several ports: port p of P carries bytes [p * width, (p + 1) * width) of every
//    bus word, and its addresses count its own bytes only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/dram/memory_model.hpp"

namespace heddle::sim::dram {

constexpr std::size_t kAxiOutstanding = 32;

/// Where a port's bytes lie in memory, and when its beats are there. Common to both views.
class AxiPortMap {
 public:
  /// Port `port` of `ports`, each `port_bytes` wide (powers of two). `memory` is shared by all ports.
  AxiPortMap(MemoryModel& memory, std::uint32_t port, std::uint32_t ports, std::uint32_t port_bytes)
      : memory_(&memory), port_(port), ports_(ports), width_(port_bytes) {
    while (std::uint64_t{1} << width_bits_ < width_) ++width_bits_;
    const Timing& timing = memory.timing();
    runs_ =
        width_ <= kMaxBurstsOfBeat * memory.burst_bytes() && memory.burst_bytes() <= kBeats * width_ &&
        (ports == 1 || (timing.ideal == 0 && width_ == timing.interleave_bytes && ports <= timing.channels));
  }

  /// The address in memory of the beat that holds `address` of the port.
  std::uint64_t physical(std::uint64_t address) const {
    return ((address >> width_bits_) * ports_ + port_) << width_bits_;
  }

  /// Sends `beats` beats from `address` on to memory in `cycle`; calls done(core cycle) for each, in order.
  template <class Done>
  void access(bool write, std::uint64_t address, std::uint32_t beats, std::uint64_t cycle, Done done) const {
    const std::uint64_t step = memory_->burst_bytes();
    if (!runs_) {
      single(write, address, beats, cycle, done);
      return;
    }
    // Bursts of several beats, or beats of several bursts, whose parts of the interleave are `ports` apart.
    for (std::uint32_t b = 0; b < beats;) {
      const std::uint64_t begin = physical(address + std::uint64_t{b} * width_), within = begin & (step - 1);
      const auto skipped = static_cast<std::uint32_t>(within >> width_bits_);
      const std::uint32_t count = std::min(beats - b, kBeats - skipped);  // to the end of a burst
      const auto bursts = static_cast<std::uint32_t>((within + count * width_ + step - 1) / step);
      std::uint64_t ready[kBeats * kMaxBurstsOfBeat];
      memory_->access_run(write, begin - within, bursts, static_cast<std::uint32_t>(ports_), cycle + 1,
                          ready);
      for (std::uint32_t i = 0; i < count; ++i) {
        std::uint64_t last = 0;
        const std::uint64_t from = within + i * width_;
        for (std::uint64_t at = from & ~(step - 1); at < from + width_; at += step)
          last = std::max(last, ready[at / step]);
        done(last);
      }
      b += count;
    }
  }

 private:
  static constexpr std::uint32_t kBeats = 16, kMaxBurstsOfBeat = 16;

  template <class Done>
  void single(bool write, std::uint64_t address, std::uint32_t beats, std::uint64_t cycle, Done done) const {
    const std::uint64_t step = memory_->burst_bytes();
    std::uint64_t last_burst = ~std::uint64_t{0}, last_ready = 0;  // neighbouring beats share bursts
    for (std::uint32_t b = 0; b < beats; ++b) {
      const std::uint64_t begin = physical(address + std::uint64_t{b} * width_);
      std::uint64_t ready = 0;
      for (std::uint64_t burst = begin & ~(step - 1); burst < begin + width_; burst += step) {
        if (burst != last_burst) {
          last_burst = burst;
          last_ready = memory_->access(write, burst, cycle + 1);
        }
        ready = std::max(ready, last_ready);
      }
      done(ready);
    }
  }

  MemoryModel* memory_;
  std::uint64_t port_, ports_, width_;
  std::uint32_t width_bits_ = 0;
  bool runs_ = false;
};

/// One port, handshake by handshake.
class AxiTiming {
 public:
  AxiTiming(MemoryModel& memory, std::uint32_t port, std::uint32_t ports, std::uint32_t port_bytes)
      : map_(memory, port, ports, port_bytes) {}

  /// Nothing under way. The memory is reset by its owner, once for all ports.
  void reset() {
    beats_.clear();
    writes_.clear();
    answers_.clear();
    reads_ = 0;
    next_beat_ = next_answer_ = 0;
  }

  /// Whether ARREADY may be high in the coming cycle.
  bool read_ready() const { return reads_ < kAxiOutstanding; }
  /// An address was taken in `cycle`.
  void push_read(std::uint64_t address, std::uint32_t beats, std::uint64_t cycle) {
    map_.access(false, address, beats, cycle, [&](std::uint64_t ready) { beats_.push_back({ready, false}); });
    beats_.back().last = true;
    ++reads_;
  }
  /// The first cycle in which RVALID may be high for the next beat; none when no read is under way.
  std::optional<std::uint64_t> next_read_beat() const {
    if (beats_.empty()) return std::nullopt;
    return std::max(beats_.front().ready, next_beat_);
  }
  /// The beat was taken in `cycle`. Returns whether it was the last of its burst.
  bool pop_read_beat(std::uint64_t cycle) {
    const bool last = beats_.front().last;
    beats_.pop_front();
    next_beat_ = cycle + 1;
    if (last) --reads_;
    return last;
  }

  /// Whether AWREADY may be high in the coming cycle.
  bool write_ready() const { return writes_.size() + answers_.size() < kAxiOutstanding; }
  /// An address was taken.
  void push_write(std::uint64_t address, std::uint32_t beats) { writes_.push_back({address, beats, 0}); }
  /// Whether WREADY may be high in the coming cycle: data follow their address.
  bool write_data_ready() const { return !writes_.empty(); }
  /// A beat of data was taken in `cycle`. Returns whether it was the last of its burst.
  bool push_write_beat(std::uint64_t cycle) {
    Write& write = writes_.front();
    if (++write.taken < write.beats) return false;
    std::uint64_t written = 0;
    map_.access(true, write.address, write.beats, cycle,
                [&](std::uint64_t ready) { written = std::max(written, ready); });
    answers_.push_back(written);
    writes_.pop_front();
    return true;
  }
  /// The first cycle in which BVALID may be high for the next answer; none when no written burst waits for
  /// it.
  std::optional<std::uint64_t> next_write_response() const {
    if (answers_.empty()) return std::nullopt;
    return std::max(answers_.front(), next_answer_);
  }
  /// The answer was taken in `cycle`.
  void pop_write_response(std::uint64_t cycle) {
    answers_.pop_front();
    next_answer_ = cycle + 1;
  }

 private:
  struct Beat {
    std::uint64_t ready;
    bool last;
  };
  struct Write {
    std::uint64_t address;
    std::uint32_t beats, taken;
  };

  AxiPortMap map_;
  std::deque<Beat> beats_;
  std::deque<Write> writes_;
  std::deque<std::uint64_t> answers_;
  std::size_t reads_ = 0;
  std::uint64_t next_beat_ = 0, next_answer_ = 0;  // one beat, one answer a cycle
};

/// One port whose device takes every beat and every answer in the cycle that offers it.
class AxiForecast {
 public:
  AxiForecast(MemoryModel& memory, std::uint32_t port, std::uint32_t ports, std::uint32_t port_bytes)
      : map_(memory, port, ports, port_bytes) {
    reset();
  }

  /// Nothing under way. The memory is reset by its owner, once for all ports.
  void reset() {
    read_ends_.assign(kAxiOutstanding, 0);
    write_ends_.assign(kAxiOutstanding, 0);
    reads_ = writes_ = 0;
    next_beat_ = next_answer_ = 0;
  }

  /// The first cycle in which the next read's address can be taken.
  std::uint64_t read_ready_cycle() const { return read_ends_[reads_ % kAxiOutstanding]; }
  /// An address is taken in `cycle`, not before read_ready_cycle(). Returns when its first and its last beat
  /// are taken. Calls are made in the order of the rules above, across all ports.
  Completion read(std::uint64_t address, std::uint32_t beats, std::uint64_t cycle) {
    beat_cycles_.clear();
    map_.access(false, address, beats, cycle, [&](std::uint64_t ready) {
      next_beat_ = std::max(next_beat_, ready);
      beat_cycles_.push_back(next_beat_++);
    });
    read_ends_[reads_++ % kAxiOutstanding] = next_beat_;
    return {beat_cycles_.front(), beat_cycles_.back()};
  }
  /// The cycles in which the beats of the last read() are taken.
  const std::vector<std::uint64_t>& beat_cycles() const { return beat_cycles_; }

  /// The first cycle in which the next write's address can be taken.
  std::uint64_t write_ready_cycle() const { return write_ends_[writes_ % kAxiOutstanding]; }
  /// The last beat of a write is taken in `cycle`; its address was taken before. Returns when its answer is
  /// taken.
  std::uint64_t write(std::uint64_t address, std::uint32_t beats, std::uint64_t cycle) {
    std::uint64_t written = 0;
    map_.access(true, address, beats, cycle,
                [&](std::uint64_t ready) { written = std::max(written, ready); });
    const std::uint64_t answered = std::max(written, next_answer_);
    next_answer_ = answered + 1;
    write_ends_[writes_++ % kAxiOutstanding] = next_answer_;
    return answered;
  }

 private:
  AxiPortMap map_;
  std::vector<std::uint64_t> read_ends_, write_ends_;  // of the last kAxiOutstanding bursts
  std::uint64_t reads_ = 0, writes_ = 0;
  std::uint64_t next_beat_ = 0, next_answer_ = 0;
  std::vector<std::uint64_t> beat_cycles_;
};

}  // namespace heddle::sim::dram
