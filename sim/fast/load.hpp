// LOAD in the cycles of rtl/memory/heddle_load.sv: several instructions under way, one of which asks for
// data.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/fast/dma.hpp"

namespace heddle::sim::fast {

class Load {
 public:
  explicit Load(const isa::Config& config)
      : config_(config), loads_(config.queue_depth), bursts_(config, false), places_(loads_) {}

  void reset() {
    next_ = drain_ = oldest_ = under_way_ = waiting_ = 0;
    held_ = asking_ = error_ = walking_ = refused_ = moves_ = false;
    taken_ = done_ = kNever;
    bursts_.reset();
  }
  /// In a cycle in which the unit starts an instruction; after step() of that cycle.
  void start(const isa::TileInstruction& instruction, std::uint64_t base) {
    const DmaFields fields = decode_dma(config_, instruction, base, false);
    const bool go = !fields.refused && !fields.empty;
    if (starts_empty_) error_ = false;
    places_[next_ & (loads_ - 1)] = {0, 0, !go};
    ++next_;
    ++waiting_;
    held_ = true;
    asking_ = moves_ = go;
    refused_ = fields.refused;
    if (go) bursts_.start(fields);
  }

  /// The cycle in which the newest instruction is taken: the next one may start from then on.
  std::uint64_t taken() const { return taken_; }
  std::uint64_t done() const { return done_; }  // of the oldest
  std::uint32_t status() const { return status_; }
  std::uint32_t bytes() const { return bytes_; }
  const DmaBursts& bursts() const { return bursts_; }
  bool request() const { return bursts_.request() && fits(); }
  /// Whether a read that is ready waits for others to be complete.
  bool waits_for_room() const { return bursts_.request() && !fits(); }

  /// Whether nothing moves before a read is complete, which then makes room for the one that waits, but for
  /// the bus to be full: step() in the cycle of its last beat and in the one after is exchange().
  bool exchanges() const {
    if (!asking_ || !moves_ || error_ || oldest_ != drain_) return false;
    if (bursts_.status() != isa::kStatusOk || (waiting_ != 0 && !walking_) || !bursts_.settled())
      return false;
    const Place& draining = places_[drain_ & (loads_ - 1)];
    return !draining.asked || draining.pending >= 2;
  }
  /// Whether one of `beats` beats makes room for it.
  bool makes_room(std::uint32_t beats) const {
    return under_way_ - units(beats) + units(bursts_.request_beats()) <= kUnits;
  }
  void exchange(const Windows& windows, std::uint32_t beats) {
    --places_[drain_ & (loads_ - 1)].pending;
    ++places_[(next_ - 1) & (loads_ - 1)].pending;
    under_way_ += units(bursts_.request_beats()) - units(beats);
    if (!bursts_.next_of_row()) bursts_.step(windows, false, true, true);
  }
  /// Whether a complete read only leaves, where step() has nothing else to do: step() then is drain().
  bool drains() const { return places_[drain_ & (loads_ - 1)].pending >= 2; }
  void drain(std::uint32_t beats) {
    --places_[drain_ & (loads_ - 1)].pending;
    under_way_ -= units(beats);
  }
  /// What step() does in a cycle in which no read comes or goes, while exchanges() holds but for the waiting
  /// read: prepares it. Returns false, and does nothing, where there is more to be done.
  bool prepares(const Windows& windows) {
    if (bursts_.idle() || bursts_.status() != isa::kStatusOk) return false;
    bursts_.step(windows, false, false, false);
    return true;
  }

  /// The end of a cycle. `fire`: the bus takes the request; `complete`: the last of this many beats of a
  /// burst arrives, 0 if none does; `error`: one with an error does. Returns whether anything changed.
  bool step(const Windows& windows, std::uint64_t cycle, bool abort, bool fire, std::uint32_t complete,
            bool error) {
    const bool asked = asking_ && bursts_.idle();
    const bool retire = oldest_ != drain_;
    const bool clean = moves_ && bursts_.status() == isa::kStatusOk && !error_ && !abort;
    const bool room = next_ - oldest_ != loads_;
    const bool is_newest = oldest_ == next_ - 1;
    const bool take = held_ && (clean ? (asked || !asking_) && room : retire && is_newest);
    Place& newest = places_[(next_ - 1) & (loads_ - 1)];
    Place& draining = places_[drain_ & (loads_ - 1)];
    const bool drained =
        walking_ && draining.asked && (draining.pending == 0 || (complete != 0 && draining.pending == 1));
    const bool walk = waiting_ != 0 && (!walking_ || drained);
    if (retire) {
      status_ = error_                  ? isa::kStatusBus
                : is_newest && refused_ ? isa::kStatusIllegal
                : is_newest && moves_   ? bursts_.status()
                                        : isa::kStatusOk;
      bytes_ = status_ == isa::kStatusOk ? places_[oldest_ & (loads_ - 1)].moved : 0;
      done_ = cycle + 1;
    }
    if (take) taken_ = cycle + 1;
    starts_empty_ = next_ == oldest_;

    const std::uint32_t moved = bursts_.bytes(), asks = fire ? units(bursts_.request_beats()) : 0;
    const bool freed = complete != 0 && waits_for_room();
    bool changed = bursts_.step(windows, abort || error_, request(), fire);
    changed |= asked || retire || take || drained || walk || fire || freed || error;
    under_way_ += asks - units(complete);
    newest.pending += fire;
    draining.pending -= complete != 0;
    if (asked) {
      newest.moved = moved;
      newest.asked = true;
      asking_ = false;
    }
    if (error) error_ = true;
    if (take) held_ = false;
    drain_ += drained;
    oldest_ += retire;
    waiting_ -= walk;
    walking_ = walk || (walking_ && !drained);
    return changed;
  }

 private:
  static constexpr std::uint32_t kUnits = 32, kUnitBeats = 16;  // under way, of reads
  /// Beats in units, the last in part.
  static constexpr std::uint32_t units(std::uint32_t beats) { return (beats + kUnitBeats - 1) / kUnitBeats; }
  bool fits() const { return under_way_ + units(bursts_.request_beats()) <= kUnits; }

  struct Place {
    std::uint32_t pending;  // bursts asked for and not yet complete
    std::uint32_t moved;    // bytes
    bool asked;             // for all that it wants
  };

  const isa::Config& config_;
  std::uint32_t loads_;  // instructions under way
  DmaBursts bursts_;     // of the newest
  std::vector<Place> places_;
  std::uint32_t next_ = 0, drain_ = 0, oldest_ = 0;  // numbers of instructions; see the RTL
  std::uint32_t under_way_ = 0, waiting_ = 0;        // units; instructions whose beats are not yet walked
  bool held_ = false, asking_ = false, refused_ = false, moves_ = false, error_ = false, walking_ = false;
  bool starts_empty_ = true;
  std::uint32_t status_ = 0, bytes_ = 0;
  std::uint64_t taken_ = kNever, done_ = kNever;
};

}  // namespace heddle::sim::fast
