// What an access of some beats asks of each channel, once for all accesses that are alike in it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/dram/interleave.hpp"

namespace heddle::sim::dram {

/// The bursts of beats that follow each other, and the first beat that needs each.
struct BeatSpan {
  std::uint32_t bursts = 0;

  BeatSpan() = default;
  /// `beats` beats of 2^beat_bits bytes from `address` (a multiple of them) on.
  BeatSpan(std::uint64_t address, std::uint32_t beats, std::uint32_t beat_bits, std::uint32_t burst_bits)
      : skipped_(static_cast<std::uint32_t>(address & ((std::uint64_t{1} << burst_bits) - 1))),
        burst_bits_(burst_bits),
        beat_bits_(beat_bits) {
    bursts = (skipped_ + (beats << beat_bits) + (1u << burst_bits) - 1) >> burst_bits;
  }
  std::uint32_t beat(std::uint32_t burst) const {
    return burst == 0 ? 0 : ((burst << burst_bits_) - skipped_) >> beat_bits_;
  }

 private:
  std::uint32_t skipped_ = 0, burst_bits_ = 0, beat_bits_ = 0;
};

/// Clocks of the memory and cycles of the core.
struct Rates {
  std::uint64_t core = 1, memory = 1;  // core cycles : memory clocks, without common divisor
  std::uint64_t pace = 0;              // clocks between bursts that follow each other in a channel's open row
};

/// When a device that takes a beat a cycle has a read. A burst that comes at t and begins with beat b delays
/// the last one to t + beats - b: `latest` is the greatest of these.
struct ReadTimes {
  std::uint64_t latest = 0;  // clocks * Rates::core, so that it is rounded up to core cycles once
  std::uint64_t first = 0;   // clock from which the first beat is there
};

struct AccessPlan {
  /// A channel's part.
  struct Share {
    std::uint64_t channel;
    Stretch stretch;  // bursts counted from Interleave::round_burst() of the address on
    // After the first burst, where all come at the channel's pace:
    ReadTimes times;
    bool begins;  // whether the first beat needs it
  };

  std::uint64_t offset = 0;  // bytes of the address beyond the round of the channels
  std::uint32_t beats = 0, beat_bits = 0;
  BeatSpan span;
  std::vector<Share> shares;

  /// Whether the plan is that of an access.
  bool fits(std::uint64_t its_offset, std::uint32_t its_beats, std::uint32_t its_beat_bits) const {
    return ((offset ^ its_offset) | (beats ^ its_beats) | (beat_bits ^ its_beat_bits)) == 0;
  }

  /// Burst `burst` of a read is there at clock `ready`.
  void note(std::uint32_t burst, std::uint64_t ready, const Rates& rates, ReadTimes& times) const {
    const std::uint32_t beat = span.beat(burst);
    times.latest = std::max(times.latest, ready * rates.core + (beats - beat) * rates.memory);
    if (beat == 0) times.first = std::max(times.first, ready);
  }

  void make(std::uint64_t its_offset, std::uint32_t its_beats, std::uint32_t its_beat_bits,
            const Interleave& interleave, const Rates& rates) {
    offset = its_offset;
    beats = its_beats;
    beat_bits = its_beat_bits;
    span = BeatSpan(offset, beats, beat_bits, interleave.burst_bits());
    shares.clear();
    const std::uint64_t begin = offset & ~(interleave.burst_bytes() - 1);
    interleave.stretches(begin, span.bursts, 0, [&](std::uint64_t channel, const Stretch& stretch) {
      Share share = {channel, stretch, {}, false};
      std::uint64_t ready = 0;
      interleave.parts(stretch, 0, [&](std::uint32_t burst, std::uint32_t n) {
        for (const std::uint32_t stop = burst + n; burst != stop; ++burst, ready += rates.pace) {
          note(burst, ready, rates, share.times);
          share.begins |= span.beat(burst) == 0;
        }
      });
      shares.push_back(share);
    });
  }
};

}  // namespace heddle::sim::dram
