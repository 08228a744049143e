// The memory of every simulator: DRAM channels behind a first-come first-served controller, in core cycles.
//
// Event style: a request is submitted once, in order of time, and the model says at once when its data are
// there. Integer arithmetic only, no clock to step, nothing random: the same requests give the same cycles in
// every simulator. Headers only, C++17.
#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/dram/channel.hpp"
#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {

struct Request {
  bool write;
  std::uint64_t address;  // bytes, any alignment
  std::uint64_t bytes;    // at least 1
  std::uint64_t arrival;  // core cycle from whose start the request, with its data, is in the controller
};

/// Core cycles from whose start data can be used, or in which a write can be answered.
struct Completion {
  std::uint64_t first;  // the first byte
  std::uint64_t last;   // all bytes
};

class MemoryModel {
 public:
  /// `core_mhz`: the clock of the cycles below. The parameters must have passed check_timing().
  MemoryModel(const Timing& timing, std::uint32_t core_mhz) : timing_(timing) {
    if (core_mhz == 0) throw std::runtime_error("the core clock must not be 0 MHz");
    const std::uint32_t divisor = std::gcd(core_mhz, timing.clock_mhz);
    memory_ratio_ = timing.clock_mhz / divisor;
    core_ratio_ = core_mhz / divisor;
    const auto bits = [](std::uint64_t ratio) {
      return (ratio & (ratio - 1)) == 0 ? log2(static_cast<std::uint32_t>(ratio)) : 64;
    };
    memory_ratio_bits_ = bits(memory_ratio_);
    core_ratio_bits_ = bits(core_ratio_);
    if (timing.ideal == 0) {
      channels_.assign(timing.channels, Channel(timing));
      burst_bits_ = log2(timing.burst_bytes());
      interleave_bits_ = log2(timing.interleave_bytes);
      channel_bits_ = log2(timing.channels);
      group_bits_ = log2(timing.bank_groups);
      column_bits_ = log2(timing.row_bytes / timing.burst_bytes());
      bank_bits_ = log2(timing.banks_per_group);
    }
  }

  /// Closed banks, nothing under way, and the refresh calendar at its beginning: state at START.
  /// `start`: the core cycle that counts as 0; cycles are given and returned on the caller's count.
  void reset(std::uint64_t start = 0) {
    start_ = last_arrival_ = start;
    last_clock_ = 0;
    ideal_counters_ = Counters();
    for (Channel& channel : channels_) channel.reset();
  }

  /// Bytes that one access moves: one column command's; where memory is ideal, a unit of accounting.
  std::uint64_t burst_bytes() const { return std::uint64_t{1} << burst_bits_; }

  /// Places the burst that holds `address`; returns when its data are there (read), or written and
  /// acknowledged (write). Throws std::logic_error when `arrival` lies before an earlier burst's.
  std::uint64_t access(bool write, std::uint64_t address, std::uint64_t arrival) {
    arrive(arrival);
    if (timing_.ideal != 0) {
      (write ? ideal_counters_.write_bytes : ideal_counters_.read_bytes) += burst_bytes();
      return to_core(last_clock_ + timing_.latency);
    }

    // Address, from the top: row, bank, column, bank group, channel; the lowest bits within the interleave.
    const std::uint64_t channel = address >> interleave_bits_ & mask(channel_bits_);
    const std::uint64_t within = address & mask(interleave_bits_);
    std::uint64_t burst =
        (address >> (interleave_bits_ + channel_bits_) << interleave_bits_ | within) >> burst_bits_;
    const std::uint64_t group = burst & mask(group_bits_);
    burst >>= group_bits_ + column_bits_;
    const std::uint64_t bank = (burst & mask(bank_bits_)) << group_bits_ | group;
    const std::uint64_t row = burst >> bank_bits_;
    const std::int64_t end =
        channels_[channel].place(write, static_cast<std::uint32_t>(bank), static_cast<std::int64_t>(row),
                                 static_cast<std::int64_t>(last_clock_ + timing_.frontend));
    return to_core(static_cast<std::uint64_t>(end) + timing_.backend);
  }

  /// Places `count` bursts, the first at `address` (a multiple of burst_bytes()), as access() would one after
  /// the other: to the end of their part of the interleave, then `step` parts further on, and so forth (1:
  /// they follow each other). `step` is a power of two, at most the number of channels; 1 where memory is
  /// ideal. ready[i]: as access() returns it for burst i.
  void access_run(bool write, std::uint64_t address, std::uint32_t count, std::uint32_t step,
                  std::uint64_t arrival, std::uint64_t* ready) {
    arrive(arrival);
    if (timing_.ideal != 0) {
      (write ? ideal_counters_.write_bytes : ideal_counters_.read_bytes) += count * burst_bytes();
      std::fill_n(ready, count, to_core(last_clock_ + timing_.latency));
      return;
    }
    spread(write, address, count, step, [&](std::uint32_t i, std::int64_t end) {
      ready[i] = to_core(static_cast<std::uint64_t>(end) + timing_.backend);
    });
  }

  /// How many bursts read_beats() may place for `beats` beats of 2^beat_bits bytes.
  std::uint32_t bursts_of(std::uint32_t beats, std::uint32_t beat_bits) const {
    return (beats << beat_bits >> burst_bits_) + 2;
  }

  /// A read of `beats` beats, each 2^beat_bits bytes, from `address` (a multiple of them), by a device that
  /// takes one beat a cycle, in order: in the cycle after the whole beat is there, and later than `before`.
  /// Returns in which cycles it takes the first and the last one. `ends`: room for bursts_of() numbers, for
  /// beats_until().
  Completion read_beats(std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits,
                        std::uint64_t arrival, std::uint64_t before, std::int64_t* ends) {
    arrive(arrival);
    if (timing_.ideal != 0) {
      const BeatSpan span(*this, address, beats, beat_bits);
      ideal_counters_.read_bytes += span.bursts * burst_bytes();
      const std::uint64_t ready = to_core(last_clock_ + timing_.latency);
      for (std::uint32_t i = 0; i < span.bursts; ++i)
        ends[i] = static_cast<std::int64_t>(last_clock_ + timing_.latency);
      return {std::max(ready, before) + 1, std::max(ready, before) + beats};
    }
    const BeatSpan span(*this, address, beats, beat_bits);
    spread(false, span.begin, span.bursts, 1, [&](std::uint32_t i, std::int64_t end) {
      ends[i] = end + static_cast<std::int64_t>(timing_.backend);
    });
    // A burst that comes at t and begins with beat b delays the last one to t + beats - b: the greatest of
    // these, rounded up to core cycles once.
    const auto core = static_cast<std::int64_t>(core_ratio_),
               memory = static_cast<std::int64_t>(memory_ratio_);
    std::int64_t latest = 0, first = 0;
    for (std::uint32_t i = 0; i < span.bursts; ++i) {
      const std::uint32_t beat = span.beat(i);
      latest = std::max(latest, ends[i] * core + (beats - beat) * memory);
      if (beat == 0) first = std::max(first, ends[i]);
    }
    return {std::max(to_core(static_cast<std::uint64_t>(first)), before) + 1,
            std::max(scaled_to_core(static_cast<std::uint64_t>(latest)), before + beats)};
  }

  /// How many beats of a read are taken up to `cycle`; the arguments are those of its read_beats().
  std::uint32_t beats_until(std::uint64_t cycle, std::uint64_t address, std::uint32_t beats,
                            std::uint32_t beat_bits, std::uint64_t before, const std::int64_t* ends) const {
    const BeatSpan span(*this, address, beats, beat_bits);
    std::uint32_t burst = 0;
    for (std::uint32_t beat = 0; beat < beats; ++beat) {
      for (; burst < span.bursts && span.beat(burst) <= beat; ++burst)
        before = std::max(before, to_core(static_cast<std::uint64_t>(ends[burst])));
      if (++before > cycle) return beat;
    }
    return beats;
  }

  /// Places all bursts of a request, by rising address.
  Completion submit(const Request& request) {
    const std::uint64_t step = burst_bytes();
    const std::uint64_t begin = request.address & ~(step - 1);
    const std::uint64_t first = access(request.write, begin, request.arrival);
    std::uint64_t last = first;
    for (std::uint64_t at = begin + step; at < request.address + request.bytes; at += step)
      last = std::max(last, access(request.write, at, request.arrival));
    return {first, last};
  }

  /// Counters of everything submitted since START, and of the refreshes due before `cycle`.
  Counters counters(std::uint64_t cycle) const {
    Counters sum = ideal_counters_;
    for (const Channel& channel : channels_) {
      const Counters c = channel.counters(static_cast<std::int64_t>(to_memory(cycle)));
      sum.row_hits += c.row_hits;
      sum.row_misses += c.row_misses;
      sum.row_conflicts += c.row_conflicts;
      sum.refreshes += c.refreshes;
      sum.refresh_clocks += c.refresh_clocks;
      sum.busy_clocks += c.busy_clocks;
      sum.read_bytes += c.read_bytes;
      sum.write_bytes += c.write_bytes;
    }
    return sum;
  }

  /// The first memory clock that does not begin before core cycle `cycle`.
  std::uint64_t to_memory(std::uint64_t cycle) const {
    const std::uint64_t scaled = (cycle - start_) * memory_ratio_ + core_ratio_ - 1;
    return core_ratio_bits_ < 64 ? scaled >> core_ratio_bits_ : scaled / core_ratio_;
  }
  /// The first core cycle that does not begin before memory clock `clock`.
  std::uint64_t to_core(std::uint64_t clock) const { return scaled_to_core(clock * core_ratio_); }

  const Timing& timing() const { return timing_; }

 private:
  static constexpr std::uint32_t kRun = 64;  // bursts that are placed at once, at most

  /// Arrivals never go back in time.
  void arrive(std::uint64_t arrival) {
    if (arrival < last_arrival_) {
      throw std::logic_error("memory: request of cycle " + std::to_string(arrival) +
                             " submitted after one of cycle " + std::to_string(last_arrival_));
    }
    if (arrival != last_arrival_) {
      last_arrival_ = arrival;
      last_clock_ = to_memory(arrival);
    }
  }

  /// The first core cycle that does not begin before `scaled` / core_ratio_ memory clocks.
  std::uint64_t scaled_to_core(std::uint64_t scaled) const {
    scaled += memory_ratio_ - 1;
    return (memory_ratio_bits_ < 64 ? scaled >> memory_ratio_bits_ : scaled / memory_ratio_) + start_;
  }

  /// The bursts of a read, and the first beat that needs each.
  struct BeatSpan {
    std::uint64_t begin;
    std::uint32_t bursts;

    BeatSpan(const MemoryModel& model, std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits)
        : begin(address & ~(model.burst_bytes() - 1)),
          bursts(static_cast<std::uint32_t>(
              (address - begin + (std::uint64_t{beats} << beat_bits) + model.burst_bytes() - 1) >>
              model.burst_bits_)),
          skipped_(static_cast<std::uint32_t>(address - begin)),
          burst_bits_(model.burst_bits_),
          beat_bits_(beat_bits) {}
    std::uint32_t beat(std::uint32_t burst) const {
      return burst == 0 ? 0 : ((burst << burst_bits_) - skipped_) >> beat_bits_;
    }

   private:
    std::uint32_t skipped_, burst_bits_, beat_bits_;
  };

  /// Places the bursts of access_run() in their channels; out(i, end): when burst i is on the pins.
  template <class Out>
  void spread(bool write, std::uint64_t address, std::uint32_t count, std::uint32_t step, Out out) {
    // Parts of one channel lie `period` parts apart, and follow each other in the channel.
    const std::uint32_t part_bits = interleave_bits_ - burst_bits_, period_bits = channel_bits_ - log2(step);
    const std::uint32_t period = 1u << period_bits;
    const std::uint64_t first_part = address >> interleave_bits_;
    const auto offset = static_cast<std::uint32_t>((address & mask(interleave_bits_)) >> burst_bits_);
    const std::uint32_t end = offset + count, parts = ((end - 1) >> part_bits) + 1;
    const std::uint32_t last = (1u << part_bits) - 1;  // burst of a part
    for (std::uint32_t p = 0; p < parts && p < period; ++p) {
      const std::uint64_t part = first_part + std::uint64_t{p} * step;
      Channel& channel = channels_[part & mask(channel_bits_)];
      // Positions count bursts in the order of addresses from the first part's beginning.
      std::uint32_t at = p == 0 ? offset : p << part_bits;
      std::uint32_t left = ((parts - p + period - 1) >> period_bits << part_bits) - (at & last);
      if (((parts - 1 - p) & (period - 1)) == 0) left -= (parts << part_bits) - end;
      std::uint64_t burst = (part >> channel_bits_ << part_bits) + (at & last);
      while (left != 0) {
        const std::uint64_t row_left = (mask(group_bits_ + column_bits_) & ~burst) + 1;
        const auto run = static_cast<std::uint32_t>(std::min(std::min<std::uint64_t>(left, kRun), row_left));
        std::int64_t ends[kRun];
        place(channel, write, burst, run, ends);
        for (std::uint32_t i = 0; i < run; ++i) {
          out(at - offset, ends[i]);
          if ((at++ & last) == last) at += (period - 1) << part_bits;
        }
        burst += run;
        left -= run;
      }
    }
  }

  /// Bursts from number `burst` of the channel on, all in one row.
  void place(Channel& channel, bool write, std::uint64_t burst, std::uint32_t count, std::int64_t* ends) {
    const auto group = static_cast<std::uint32_t>(burst & mask(group_bits_));
    burst >>= group_bits_ + column_bits_;
    channel.place_row(write, static_cast<std::uint32_t>(burst & mask(bank_bits_)), group,
                      static_cast<std::int64_t>(burst >> bank_bits_), count,
                      static_cast<std::int64_t>(last_clock_ + timing_.frontend), ends);
  }

  static std::uint32_t log2(std::uint32_t x) {
    std::uint32_t bits = 0;
    while (x >>= 1) ++bits;
    return bits;
  }
  static constexpr std::uint64_t mask(std::uint32_t bits) { return (std::uint64_t{1} << bits) - 1; }

  Timing timing_;
  std::uint64_t memory_ratio_ = 1, core_ratio_ = 1;  // memory clocks : core cycles, without common divisor
  std::uint32_t memory_ratio_bits_ = 64, core_ratio_bits_ = 64;  // logarithms of powers of two, else 64
  std::uint64_t start_ = 0, last_arrival_ = 0;
  std::uint64_t last_clock_ = 0;  // memory clock of last_arrival_
  std::uint32_t burst_bits_ = 6, interleave_bits_ = 0, channel_bits_ = 0, group_bits_ = 0, column_bits_ = 0,
                bank_bits_ = 0;
  std::vector<Channel> channels_;
  Counters ideal_counters_;
};

}  // namespace heddle::sim::dram
