// The instruction cache in the cycles of rtl/control/heddle_icache.sv, without the data: what a line holds is
// read from memory when it is delivered.
#pragma once
#include <cstdint>
#include <vector>

#include "isa/config.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {

class InstructionCache {
 public:
  explicit InstructionCache(const isa::Config& config)
      : lines_(config.icache_bytes / config.icache_line_bytes()),
        sectors_(config.icache_line_bytes() / 64),
        piece_sectors_(config.bus_bytes > 64 ? config.bus_bytes / 64 : 1),
        line_shift_(log2(config.icache_line_bytes())),
        beats_(config.icache_line_bytes() / config.bus_bytes),
        piece_beats_(64 * piece_sectors_ / config.bus_bytes),
        all_permitted_((1u << sectors_) - 1),
        ahead_(lines_ >= 16 ? 8 : lines_ / 2),
        line_mask_((std::uint64_t{1} << (48 - line_shift_)) - 1),
        tags_(lines_) {
    reset();
  }

  /// Reset: the tags are walked clear, which takes a cycle each.
  void reset() {
    state_ = kWalk;
    walk_ = 0;
    generation_ = 0;
    fills_ = 0;
    fill_error_ = false;
    candidate_ = kNever & line_mask_;
    demand_valid_ = miss_ = hit_ = false;
    awake_ = true;
    read_ = Tag();
    candidate_tag_ = Tag();
  }
  /// `cycles` pass in which the device does nothing.
  void rest(std::uint64_t cycles) {
    if (state_ != kWalk) return;
    for (; cycles != 0 && state_ == kWalk; --cycles) walk();
  }
  /// A run starts: every line is forgotten.
  void start() {
    if (state_ == kWalk) walk();
    demand_valid_ = miss_ = false;
    awake_ = true;
    const bool wrap = generation_ == 255;
    generation_ = wrap ? 1 : generation_ + 1;
    if (wrap) {
      walk_ = 0;
      state_ = kWalk;
    }
  }

  bool ready() const { return state_ != kWalk; }
  bool idle() const { return state_ != kRequest && fills_ == 0; }
  bool request() const { return state_ == kRequest && wanted() && fills_ < ahead_; }
  std::uint64_t request_address() const {
    return (candidate_ << line_shift_) + std::uint64_t{piece_} * piece_sectors_ * 64;
  }
  std::uint32_t request_beats() const { return whole() ? beats_ : piece_beats_; }
  std::uint64_t line_of(std::uint64_t quad_address) const { return quad_address >> (line_shift_ - 4); }

  /// Whether the fill engine may move in the next cycle though nothing reaches it: no fill, no lookup of
  /// another line.
  bool awake() const { return awake_; }
  void wake() { awake_ = true; }

  // Of the last read.
  bool hit() const { return hit_; }
  bool denied() const {
    return (read_.permitted >> (sectors_ > 1 ? (read_address_ >> 2) & (sectors_ - 1) : 0) & 1u) == 0;
  }
  bool error() const { return read_.error; }
  /// Whether the same read again would give the same.
  bool same() const { return !written_; }
  /// Whether it was a hit that has been looked up: looking it up again changes nothing.
  bool known() const { return demand_valid_ && !miss_ && demand_ == line_of(read_address_); }

  /// Whether every quad of its line may be read, without an error.
  bool clean() const {
    return read_.permitted == all_permitted_ && !read_.error && read_ == tags_[read_.line & (lines_ - 1)];
  }
  /// step() of a cycle in which another quad of a line is read that is known() and clean().
  void read_on(std::uint64_t quad_address) {
    read_address_ = quad_address;
    written_ = false;
  }

  struct Inputs {
    bool stop, read, lookup;
    std::uint64_t quad_address;  // of the read
    std::uint64_t last_line;
    bool filled, fill_error;  // the last beat of the oldest fill arrives
    bool granted;             // the bus takes the request
  };
  /// The end of a cycle. `kQuiet`: one without stop, filled, and granted. Returns whether anything changed
  /// that matters to the next one, read() aside.
  template <bool kQuiet>
  [[gnu::always_inline]] inline void step(const Windows& windows, const Inputs& in) {
    const bool stop = !kQuiet && in.stop, filled = !kQuiet && in.filled, granted = !kQuiet && in.granted;
    bool changed = filled;
    const bool hit_now = hit_;
    const std::uint64_t line_now = line_of(read_address_);
    // What the memories of tags give is what they held before this cycle's write.
    if (in.read) {
      read_address_ = in.quad_address;
      const std::uint64_t line = line_of(read_address_);
      read_ = tags_[line & (lines_ - 1)];
      hit_ = read_.generation == generation_ && read_.line == line;
      written_ = false;
    }
    if (!kQuiet || awake_) changed |= fill(windows, in.last_line, stop, filled, in.fill_error, granted);
    if (in.lookup) {
      changed |= demand_ != line_now || miss_ == hit_now || !demand_valid_;
      demand_ = line_now;
      miss_ = !hit_now;
      demand_valid_ = true;
    }
    if (stop) {
      changed |= demand_valid_;
      demand_valid_ = miss_ = false;
    }
    awake_ = changed;
  }

 private:
  enum State : std::uint8_t { kWalk, kLookup, kCompare, kCheck, kMark, kRequest };
  struct Tag {
    std::uint64_t line = 0;
    std::uint16_t generation = 0;  // of the run that fetched it; 0: of none
    std::uint8_t permitted = 0;    // a bit for each 64-byte sector
    bool error = false;

    bool operator==(const Tag& other) const {
      return line == other.line && generation == other.generation && permitted == other.permitted &&
             error == other.error;
    }
  };
  struct Fill {
    std::uint64_t line;
    std::uint8_t permitted;
    bool last;  // of its line
  };

  /// The fill engine, and the tag that it or a complete fill writes. Returns whether anything changed.
  [[gnu::always_inline]] inline bool fill(const Windows& windows, std::uint64_t last_line, bool stop,
                                          bool filled, bool fill_error, bool granted) {
    bool changed = false;
    const State state = state_;
    const std::uint64_t candidate = candidate_;
    Tag* write = nullptr;
    Tag written;
    Fill next{};
    if (filled) {
      const Fill& fill = fill_[0];
      fill_error |= fill_error_;
      fill_error_ = fill_error && !fill.last;
      if (fill.last) {
        write = &tags_[fill.line & (lines_ - 1)];
        written = {fill.line, generation_, fill.permitted, fill_error};
      }
    } else if (state == kMark) {
      write = &tags_[candidate & (lines_ - 1)];
      written = {candidate, permitted_ != 0 ? std::uint16_t{0} : generation_, permitted_, false};
    }

    switch (state) {
      case kWalk:
        changed = true;
        break;
      case kLookup:
        candidate_tag_ = tags_[candidate & (lines_ - 1)];
        if (demand_valid_ && !stop) {
          const std::uint64_t distance = (candidate - demand_) & line_mask_;
          const bool restart = miss_ && distance != 0 && !filling(demand_);
          if (distance > ahead_ + 1 || restart) {
            candidate_ = demand_;
            changed = candidate_ != candidate;
          } else if (distance != ahead_ + 1 && candidate <= last_line) {
            if (!filled) state_ = kCompare;
            changed = true;
          }
        }
        break;
      case kCompare:
        changed = true;
        sector_ = 0;
        permitted_ = 0;
        state_ = kLookup;
        if ((candidate_tag_.generation == generation_ && candidate_tag_.line == candidate) ||
            filling(candidate)) {
          candidate_ = (candidate + 1) & line_mask_;
        } else if (!filling_place(candidate)) {
          state_ = kCheck;
        }
        break;
      case kCheck:
        changed = true;
        if (windows.allow((candidate << line_shift_) + 64 * std::uint64_t{sector_}, 64, false))
          permitted_ = static_cast<std::uint8_t>(permitted_ | 1u << sector_);
        if (++sector_ == sectors_) state_ = kMark;
        break;
      case kMark:
        piece_ = 0;
        if (stop) {
          state_ = kLookup;
        } else if (!filled && fills_ < ahead_) {
          if (permitted_ != 0) {
            state_ = kRequest;
          } else {
            candidate_ = (candidate + 1) & line_mask_;
            state_ = kLookup;
          }
        }
        changed = state_ != state;
        break;
      case kRequest:
        if (granted) next = {candidate, permitted_, last_piece()};
        if (granted || !wanted()) {
          changed = true;
          if (last_piece()) {
            candidate_ = (candidate + 1) & line_mask_;
            state_ = kLookup;
          }
          ++piece_;
        }
        break;
    }

    if (filled) {
      for (std::uint32_t f = 1; f < fills_; ++f) fill_[f - 1] = fill_[f];
      --fills_;
    }
    if (granted) fill_[fills_++] = next;
    if (state == kWalk) {
      walk();
    } else if (write != nullptr && !(*write == written)) {
      *write = written;
      written_ = changed = true;
    }
    return changed;
  }

  bool whole() const { return permitted_ == all_permitted_ || sectors_ == piece_sectors_; }
  /// Whether the windows allow something of the piece that is to be asked for.
  bool wanted() const {
    return whole() || (permitted_ >> piece_ * piece_sectors_ & ((1u << piece_sectors_) - 1)) != 0;
  }
  bool last_piece() const { return whole() || permitted_ >> (piece_ + 1) * piece_sectors_ == 0; }
  static std::uint32_t log2(std::uint32_t x) {
    std::uint32_t bits = 0;
    while (x >>= 1) ++bits;
    return bits;
  }
  void walk() {
    tags_[walk_] = Tag();
    if (++walk_ == lines_) state_ = kLookup;
  }
  bool filling(std::uint64_t line) const {
    for (std::uint32_t f = 0; f < fills_; ++f) {
      if (fill_[f].line == line) return true;
    }
    return false;
  }
  bool filling_place(std::uint64_t line) const {
    for (std::uint32_t f = 0; f < fills_; ++f) {
      if (((fill_[f].line ^ line) & (lines_ - 1)) == 0) return true;
    }
    return false;
  }

  std::uint32_t lines_, sectors_, piece_sectors_, line_shift_, beats_, piece_beats_, all_permitted_, ahead_;
  std::uint64_t line_mask_;
  std::vector<Tag> tags_;
  State state_ = kWalk;
  std::uint32_t walk_ = 0;
  std::uint16_t generation_ = 0;
  std::uint64_t read_address_ = 0, demand_ = 0, candidate_ = 0;
  bool demand_valid_ = false, miss_ = false;
  Tag read_, candidate_tag_;  // what the memories of tags gave
  bool hit_ = false;          // read_ is the line that was asked for, of this run
  bool written_ = true;       // a tag has been, since that read
  bool awake_ = true;
  std::uint32_t sector_ = 0, piece_ = 0;
  std::uint8_t permitted_ = 0;
  bool fill_error_ = false;  // of the oldest fill's line, before that fill
  Fill fill_[8] = {};        // outstanding, the oldest first
  std::uint32_t fills_ = 0;
};

}  // namespace heddle::sim::fast
