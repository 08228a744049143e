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

#include "sim/dram/access_plan.hpp"
#include "sim/dram/channel.hpp"
#include "sim/dram/interleave.hpp"
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
    rates_.memory = timing.clock_mhz / divisor;
    rates_.core = core_mhz / divisor;
    const auto bits = [](std::uint64_t ratio) {
      return (ratio & (ratio - 1)) == 0 ? log2(static_cast<std::uint32_t>(ratio)) : 64;
    };
    memory_bits_ = bits(rates_.memory);
    core_bits_ = bits(rates_.core);
    if (timing.ideal != 0) return;
    channels_.assign(timing.channels, Channel(timing));
    interleave_ = Interleave(timing);
    rates_.pace = static_cast<std::uint64_t>(channels_.front().pace());
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
  std::uint64_t burst_bytes() const { return interleave_.burst_bytes(); }

  /// Places the burst that holds `address`; returns when its data are there (read), or written and
  /// acknowledged (write). Throws std::logic_error when `arrival` lies before an earlier burst's.
  std::uint64_t access(bool write, std::uint64_t address, std::uint64_t arrival) {
    arrive(arrival);
    if (timing_.ideal != 0) {
      (write ? ideal_counters_.write_bytes : ideal_counters_.read_bytes) += burst_bytes();
      return to_core(last_clock_ + timing_.latency);
    }

    Channel& channel = channels_[interleave_.channel_of(address)];
    const std::uint64_t burst = interleave_.burst_of(address);
    return to_core(ready_of(write ? channel.place<true>(burst, queue_arrival())
                                  : channel.place<false>(burst, queue_arrival())));
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
    const std::uint32_t step_bits = log2(step);
    const auto fill = [&](const Stretch& stretch, std::uint64_t clock) {
      interleave_.parts(stretch, step_bits, [&](std::uint32_t i, std::uint32_t n) {
        for (; n != 0; --n, clock += rates_.pace) ready[i++] = to_core(clock);
      });
    };
    interleave_.stretches(address, count, step_bits, [&](std::uint64_t channel, const Stretch& stretch) {
      if (write)
        place<true>(channels_[channel], stretch, step_bits, fill);
      else
        place<false>(channels_[channel], stretch, step_bits, fill);
    });
  }

  /// How many numbers read_beats() leaves for beats_until(), at most, of `beats` beats of 2^beat_bits bytes.
  std::uint32_t trace_size(std::uint32_t beats, std::uint32_t beat_bits) const {
    return 2 * ((beats << beat_bits >> interleave_.burst_bits()) + 2);
  }

  /// A read of `beats` beats, each 2^beat_bits bytes, from `address` (a multiple of them), by a device that
  /// takes one beat a cycle, in order: in the cycle after the whole beat is there, and later than `before`.
  /// Returns in which cycles it takes the first and the last one. `trace`: room for trace_size() numbers.
  Completion read_beats(std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits,
                        std::uint64_t arrival, std::uint64_t before, std::uint64_t* trace) {
    arrive(arrival);
    const AccessPlan& plan = plan_of(address, beats, beat_bits);
    if (timing_.ideal != 0) {
      ideal_counters_.read_bytes += plan.span.bursts * burst_bytes();
      *trace = last_clock_ + timing_.latency;
      const std::uint64_t ready = to_core(*trace);
      return {std::max(ready, before) + 1, std::max(ready, before) + beats};
    }
    ReadTimes times;
    std::uint64_t* const bursts =
        trace + plan.shares.size();  // of shares whose bursts do not come at their pace
    for (const AccessPlan::Share& share : plan.shares) {
      Stretch stretch = share.stretch;
      stretch.burst += interleave_.round_burst(address);
      const std::int64_t end =
          channels_[share.channel].stream<false>(stretch.burst, stretch.count, queue_arrival());
      if (end >= 0)
        add(share, *trace = ready_of(end), times);
      else
        *trace = read_share(plan, share, stretch, bursts, times);
      ++trace;
    }
    return {std::max(to_core(times.first), before) + 1,
            std::max(scaled_to_core(times.latest), before + beats)};
  }

  /// A write of `beats` beats, each 2^beat_bits bytes, from `address` (a multiple of them), all of which are
  /// there: returns when it is acknowledged.
  std::uint64_t write_beats(std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits,
                            std::uint64_t arrival) {
    arrive(arrival);
    const AccessPlan& plan = plan_of(address, beats, beat_bits);
    if (timing_.ideal != 0) {
      ideal_counters_.write_bytes += plan.span.bursts * burst_bytes();
      return to_core(last_clock_ + timing_.latency);
    }
    std::uint64_t last = 0;
    for (const AccessPlan::Share& share : plan.shares) {
      Stretch stretch = share.stretch;
      stretch.burst += interleave_.round_burst(address);
      place<true>(channels_[share.channel], stretch, 0, [&](const Stretch& part, std::uint64_t ready) {
        last = std::max(last, ready + (part.count - 1) * rates_.pace);
      });
    }
    return to_core(last);
  }

  /// How many beats of a read are taken up to `cycle`; the arguments are those of its read_beats().
  std::uint32_t beats_until(std::uint64_t cycle, std::uint64_t address, std::uint32_t beats,
                            std::uint32_t beat_bits, std::uint64_t before, const std::uint64_t* trace) {
    const AccessPlan& plan = plan_of(address, beats, beat_bits);
    ends_.assign(plan.span.bursts, *trace);
    const std::uint64_t* const bursts = trace + plan.shares.size();
    for (const AccessPlan::Share& share : plan.shares) {
      std::uint64_t ready = *trace++;
      const bool even = ready != kUneven;
      interleave_.parts(share.stretch, 0, [&](std::uint32_t burst, std::uint32_t n) {
        for (const std::uint32_t stop = burst + n; burst != stop; ++burst, ready += rates_.pace)
          ends_[burst] = even ? ready : bursts[burst];
      });
    }
    std::uint32_t burst = 0;
    for (std::uint32_t beat = 0; beat < beats; ++beat) {
      for (; burst < plan.span.bursts && plan.span.beat(burst) <= beat; ++burst)
        before = std::max(before, to_core(ends_[burst]));
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
    const std::uint64_t scaled = (cycle - start_) * rates_.memory + rates_.core - 1;
    return core_bits_ < 64 ? scaled >> core_bits_ : scaled / rates_.core;
  }
  /// The first core cycle that does not begin before memory clock `clock`.
  std::uint64_t to_core(std::uint64_t clock) const { return scaled_to_core(clock * rates_.core); }

  const Timing& timing() const { return timing_; }

 private:
  static constexpr std::uint32_t kPlans = 1024;
  static constexpr std::uint64_t kUneven = ~std::uint64_t{0};

  /// Arrivals never go back in time.
  void arrive(std::uint64_t arrival) {
    if (arrival == last_arrival_) return;
    if (arrival < last_arrival_) refuse(arrival);
    last_arrival_ = arrival;
    last_clock_ = to_memory(arrival);
  }
  [[noreturn]] void refuse(std::uint64_t arrival) const {
    throw std::logic_error("memory: request of cycle " + std::to_string(arrival) +
                           " submitted after one of cycle " + std::to_string(last_arrival_));
  }

  /// The first core cycle that does not begin before `scaled` / rates_.core memory clocks.
  std::uint64_t scaled_to_core(std::uint64_t scaled) const {
    scaled += rates_.memory - 1;
    return (memory_bits_ < 64 ? scaled >> memory_bits_ : scaled / rates_.memory) + start_;
  }

  /// The plan of an access, which is made when its like comes first.
  const AccessPlan& plan_of(std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits) {
    const std::uint64_t offset = address & interleave_.round_mask();
    AccessPlan& plan = plans_[((offset >> beat_bits) * 64 + beats) % kPlans];
    if (!plan.fits(offset, beats, beat_bits)) plan.make(offset, beats, beat_bits, interleave_, rates_);
    return plan;
  }

  /// A share of a read that does not go on with its channel's stream. Returns the clock at which the first
  /// burst is there if the others come at their pace; else kUneven, and the clock of burst i of the read in
  /// bursts[i].
  [[gnu::noinline]] std::uint64_t read_share(const AccessPlan& plan, const AccessPlan::Share& share,
                                             const Stretch& stretch, std::uint64_t* bursts,
                                             ReadTimes& times) {
    std::uint64_t begin = kUneven;
    place_rows<false>(channels_[share.channel], stretch, 0, [&](const Stretch& part, std::uint64_t ready) {
      if (part.count == stretch.count) {
        add(share, begin = ready, times);
        return;
      }
      interleave_.parts(part, 0, [&](std::uint32_t burst, std::uint32_t n) {
        for (const std::uint32_t stop = burst + n; burst != stop; ++burst, ready += rates_.pace)
          plan.note(burst, bursts[burst] = ready, rates_, times);
      });
    });
    return begin;
  }
  /// A share of a read whose bursts come at their pace, the first one at clock `ready`.
  void add(const AccessPlan::Share& share, std::uint64_t ready, ReadTimes& times) const {
    times.latest = std::max(times.latest, ready * rates_.core + share.times.latest);
    if (share.begins) times.first = std::max(times.first, ready + share.times.first);
  }

  /// Places a stretch in its channel; out(part of it, ready), in their order: the first burst of that part is
  /// there for the port at clock `ready`, and each of the others rates_.pace after the one before.
  template <bool write, class Out>
  void place(Channel& channel, const Stretch& stretch, std::uint32_t step_bits, Out out) {
    const std::int64_t end = channel.stream<write>(stretch.burst, stretch.count, queue_arrival());
    if (end >= 0)
      out(stretch, ready_of(end));
    else
      place_rows<write>(channel, stretch, step_bits, out);
  }
  template <bool write, class Out>
  void place_rows(Channel& channel, Stretch stretch, std::uint32_t step_bits, Out out) {
    while (true) {
      const std::uint32_t run = std::min(stretch.count, channel.row_left(stretch.burst));
      std::uint32_t left = run;
      Stretch part = stretch;
      channel.place_row<write>(stretch.burst, run, queue_arrival(), [&](std::uint32_t n, std::int64_t end) {
        part.count = n;
        out(part, ready_of(end));
        if ((left -= n) != 0) part = interleave_.behind(part, n, step_bits);
      });
      if (run == stretch.count) return;
      stretch = interleave_.behind(stretch, run, step_bits);
    }
  }

  /// When what has arrived last is in the controller's queues.
  std::int64_t queue_arrival() const { return static_cast<std::int64_t>(last_clock_ + timing_.frontend); }
  /// When what is on the pins at `end` is there for the port.
  std::uint64_t ready_of(std::int64_t end) const { return static_cast<std::uint64_t>(end) + timing_.backend; }

  Timing timing_;
  Rates rates_;
  std::uint32_t memory_bits_ = 64, core_bits_ = 64;  // logarithms of its powers of two, else 64
  std::uint64_t start_ = 0, last_arrival_ = 0;
  std::uint64_t last_clock_ = 0;  // memory clock of last_arrival_
  Interleave interleave_;
  std::vector<Channel> channels_;
  std::vector<AccessPlan> plans_ = std::vector<AccessPlan>(kPlans);  // by low bits of what tells them apart
  std::vector<std::uint64_t> ends_;  // of the bursts of a read: a scratch of beats_until()
  Counters ideal_counters_;
};

}  // namespace heddle::sim::dram
