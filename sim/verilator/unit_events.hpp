// From the units' signals, cycle by cycle, to one event for each tile instruction.
#pragma once
#include <cstdint>

#include "isa/device_library.h"

namespace heddle::sim {

class UnitEvents {
 public:
  /// `start`: the cycle that counts as 0.
  UnitEvents(heddle_event_fn event, void* user, std::uint64_t start)
      : event_(event), user_(user), start_(start) {}

  /// The signals of heddle_issue in `cycle`, one bit a unit: there is an instruction, it starts as the unit's
  /// oldest, the unit moves something, the oldest is done.
  void cycle(std::uint64_t cycle, unsigned present, unsigned start, unsigned active, unsigned done,
             std::uint64_t tags, const std::uint32_t* pcs) {
    const std::uint64_t now = cycle - start_;
    // A unit's next instruction waits from the first cycle in which it is there and the one before it is
    // gone.
    for (unsigned fresh = present & ~waiting_; fresh != 0; fresh &= fresh - 1) since_[lowest(fresh)] = now;
    waiting_ = present;
    for (; start != 0; start &= start - 1) {
      started_[lowest(start)] = now;
      active_[lowest(start)] = 0;
    }
    for (; active != 0; active &= active - 1) ++active_[lowest(active)];
    for (waiting_ &= ~done; done != 0; done &= done - 1) {
      const int unit = lowest(done);
      const heddle_unit_event event = {unit,           static_cast<std::uint16_t>(tags >> (16 * unit)),
                                       pcs[unit],      since_[unit],
                                       started_[unit], now,
                                       active_[unit]};
      event_(user_, &event);
    }
  }

 private:
  static int lowest(unsigned bits) { return __builtin_ctz(bits); }

  heddle_event_fn event_;
  void* user_;
  std::uint64_t start_;
  unsigned waiting_ = 0;
  std::uint64_t since_[isa::kUnits] = {}, started_[isa::kUnits] = {}, active_[isa::kUnits] = {};
};

}  // namespace heddle::sim
