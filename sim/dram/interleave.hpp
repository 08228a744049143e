// Where the bytes of a memory lie: consecutive parts of `interleave_bytes` go to one channel after the other.
#pragma once
#include <algorithm>
#include <cstdint>

#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {

/// Bursts of one channel that follow each other in it.
struct Stretch {
  std::uint64_t burst;  // the first one's number in the channel
  std::uint32_t count;
  std::uint32_t at;  // the first one's number in the access, in the order of addresses
};

class Interleave {
 public:
  /// One channel of bursts of 64 bytes: memory that has no channels.
  Interleave() = default;
  explicit Interleave(const Timing& timing)
      : burst_bits_(log2(timing.burst_bytes())),
        part_bits_(log2(timing.interleave_bytes) - burst_bits_),
        channel_bits_(log2(timing.channels)),
        round_bits_(burst_bits_ + part_bits_ + channel_bits_),
        round_mask_((std::uint64_t{1} << round_bits_) - 1),
        channel_mask_(timing.channels - 1),
        part_mask_((1u << part_bits_) - 1) {}

  std::uint32_t burst_bits() const { return burst_bits_; }
  std::uint64_t burst_bytes() const { return std::uint64_t{1} << burst_bits_; }
  /// Bytes after which the channels begin anew, as a mask of addresses.
  std::uint64_t round_mask() const { return round_mask_; }

  // An address, from the top: part of the channel, channel, burst of the part, byte.
  std::uint64_t channel_of(std::uint64_t address) const {
    return address >> (burst_bits_ + part_bits_) & channel_mask_;
  }
  /// The number of a burst in its channel.
  std::uint64_t burst_of(std::uint64_t address) const {
    return round_burst(address) | (address >> burst_bits_ & part_mask_);
  }
  /// The number that burst_of() gives for the first part of the round that `address` lies in.
  std::uint64_t round_burst(std::uint64_t address) const { return address >> round_bits_ << part_bits_; }

  /// Cuts an access by channels: `count` bursts from `address` on, to the end of their part, then 2^step_bits
  /// parts further on, and so forth. each(channel, stretch).
  template <class Each>
  void stretches(std::uint64_t address, std::uint32_t count, std::uint32_t step_bits, Each each) const {
    // Parts of one channel lie `period` parts of the access apart.
    const std::uint32_t period_bits = channel_bits_ - step_bits, period = 1u << period_bits;
    const std::uint64_t first_part = address >> (burst_bits_ + part_bits_);
    const auto offset = static_cast<std::uint32_t>(address >> burst_bits_ & part_mask_);
    const std::uint32_t end = offset + count;
    const std::uint32_t parts = ((end - 1) >> part_bits_) + 1;
    for (std::uint32_t p = 0; p < parts && p < period; ++p) {
      const std::uint64_t part = first_part + (std::uint64_t{p} << step_bits);
      const std::uint32_t skipped = p == 0 ? offset : 0;
      std::uint32_t left = ((parts - p + period - 1) >> period_bits << part_bits_) - skipped;
      if (((parts - 1 - p) & (period - 1)) == 0) left -= (parts << part_bits_) - end;
      each(part & channel_mask_, Stretch{(part >> channel_bits_ << part_bits_) + skipped, left,
                                         (p << part_bits_) + skipped - offset});
    }
  }

  /// Cuts a stretch by parts: each(i, n) for n bursts of the access from its burst i on.
  template <class Each>
  void parts(Stretch stretch, std::uint32_t step_bits, Each each) const {
    while (stretch.count != 0) {
      const auto within = static_cast<std::uint32_t>(stretch.burst & part_mask_);
      const std::uint32_t here = std::min(stretch.count, (1u << part_bits_) - within);
      each(stretch.at, here);
      stretch = behind(stretch, here, step_bits);
    }
  }

  /// The stretch without its first `n` bursts.
  Stretch behind(Stretch stretch, std::uint32_t n, std::uint32_t step_bits) const {
    const std::uint32_t others = ((1u << (channel_bits_ - step_bits)) - 1) << part_bits_;
    const auto within = static_cast<std::uint32_t>(stretch.burst & part_mask_);
    return {stretch.burst + n, stretch.count - n, stretch.at + n + ((within + n) >> part_bits_) * others};
  }

 private:
  std::uint32_t burst_bits_ = 6, part_bits_ = 0, channel_bits_ = 0, round_bits_ = 6;  // part_bits_: of bursts
  std::uint64_t round_mask_ = 63;
  std::uint32_t channel_mask_ = 0, part_mask_ = 0;
};

}  // namespace heddle::sim::dram
