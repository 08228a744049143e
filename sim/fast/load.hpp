// LOAD in the cycles of rtl/memory/heddle_load.sv.
#pragma once
#include <cstdint>

#include "sim/fast/dma.hpp"

namespace heddle::sim::fast {

class Load {
 public:
  explicit Load(const isa::Config& config) : config_(config), bursts_(config, false) {}

  void reset() {
    busy_ = error_ = false;
    pending_ = 0;
    done_ = kNever;
    bursts_.reset();
  }
  /// In the cycle in which the unit starts; after step() of that cycle.
  void start(const isa::TileInstruction& instruction, std::uint64_t base, std::uint64_t cycle) {
    const DmaFields fields = decode_dma(config_, instruction, base, false);
    busy_ = !fields.refused && !fields.empty;
    error_ = false;
    status_ = fields.refused ? isa::kStatusIllegal : isa::kStatusOk;
    bytes_ = 0;
    if (busy_)
      bursts_.start(fields);
    else
      done_ = cycle + 1;
  }

  std::uint64_t done() const { return done_; }  // cycle, kNever if none is in sight
  std::uint32_t status() const { return status_; }
  std::uint32_t bytes() const { return bytes_; }
  const DmaBursts& bursts() const { return bursts_; }
  bool request() const { return pending_ != kBursts && bursts_.request(); }

  /// The end of a cycle. `taken`: the bus takes the request; `complete`: the last beat of a burst arrives;
  /// `error`: one with an error does. Returns whether anything changed.
  bool step(const Windows& windows, std::uint64_t cycle, bool abort, bool taken, bool complete, bool error) {
    const bool finished = busy_ && bursts_.idle() && pending_ == 0;
    bool changed = bursts_.step(windows, abort || error_, request(), taken) || taken || complete || error;
    pending_ = pending_ + taken - complete;
    if (error) error_ = true;
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
  static constexpr std::uint32_t kBursts = 32;  // under way

  const isa::Config& config_;
  DmaBursts bursts_;
  bool busy_ = false, error_ = false;
  std::uint32_t pending_ = 0, status_ = 0, bytes_ = 0;
  std::uint64_t done_ = kNever;
};

}  // namespace heddle::sim::fast
