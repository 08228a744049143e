// What the number of a burst in its channel says (from the top: row, bank of its group, column, bank group),
// and bursts that follow each other in a row.
#pragma once
#include <cstdint>

#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {

class BurstNumber {
 public:
  explicit BurstNumber(const Timing& timing)
      : groups_(timing.bank_groups),
        banks_(timing.banks_per_group),
        row_mask_(timing.row_bytes / timing.burst_bytes() * timing.bank_groups - 1),
        row_bits_(log2(row_mask_ + 1)),
        bank_bits_(log2(banks_)),
        beside_column_(~(std::uint64_t{row_mask_} ^ (groups_ - 1))) {}

  std::uint32_t group(std::uint64_t burst) const { return static_cast<std::uint32_t>(burst) & (groups_ - 1); }
  /// The bank of group 0 in the burst's row of banks. Banks are counted over all groups, the group in the
  /// lowest bits.
  std::uint32_t bank(std::uint64_t burst) const {
    return (static_cast<std::uint32_t>(burst >> row_bits_) & (banks_ - 1)) * groups_;
  }
  std::int64_t row(std::uint64_t burst) const {
    return static_cast<std::int64_t>(burst >> (row_bits_ + bank_bits_));
  }
  /// How many bursts from this one on lie in one row of one bank of each group.
  std::uint32_t row_left(std::uint64_t burst) const {
    return (row_mask_ & ~static_cast<std::uint32_t>(burst)) + 1;
  }
  /// The bits of all but the column.
  std::uint64_t beside_column() const { return beside_column_; }

 private:
  std::uint32_t groups_, banks_, row_mask_, row_bits_, bank_bits_;
  std::uint64_t beside_column_;
};

/// A stream: the last bursts of a channel, all in one row and one direction, each in the group after that of
/// the one before.
class Stream {
 public:
  explicit Stream(const BurstNumber& numbers) : numbers_(numbers) {}

  /// Whether a burst would go on with it.
  bool has(bool write, std::uint64_t burst) const {
    return ((next_ ^ tagged(write, burst)) & numbers_.beside_column()) == 0;
  }
  void begin(bool write, std::uint64_t burst) {
    next_ = tagged(write, burst);
    bank_ = numbers_.bank(burst);
    length_ = 0;
  }
  /// Another column of the row, for the burst that goes on with it.
  void move(bool write, std::uint64_t burst) { next_ = tagged(write, burst); }
  /// `count` bursts go on with it.
  void go_on(std::uint32_t count) {
    length_ += count;
    next_ += count;
    if (numbers_.row_left(next_ - 1) == 1) end();
  }
  void end() {
    next_ = kNone;
    length_ = 0;
  }
  /// One of its banks was closed for a refresh, if `bank` is (of group 0): it begins anew.
  void refreshed(std::uint32_t bank) {
    if (bank == bank_) length_ = 0;
  }

  std::uint64_t next() const {
    return next_;
  }  // number of the burst that would follow; only its low bits count
  std::uint32_t bank() const { return bank_; }      // of group 0
  std::uint32_t length() const { return length_; }  // bursts since it began

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  static constexpr std::uint64_t tagged(bool write, std::uint64_t burst) {
    return burst | std::uint64_t{write} << 63;
  }

  BurstNumber numbers_;
  std::uint64_t next_ = kNone;  // a write's: with bit 63
  std::uint32_t bank_ = 0, length_ = 0;
};

}  // namespace heddle::sim::dram
