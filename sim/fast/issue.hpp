// Issue in the cycles of rtl/control/heddle_issue.sv: the queues of the four units, the semaphores, and who
// is busy, waits for a token, or has nothing to do.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa/config.hpp"
#include "isa/counters.hpp"
#include "isa/device_library.h"
#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {

/// A tile instruction as its unit gets it.
struct Dispatched {
  isa::TileInstruction instruction;
  std::uint64_t base;
  std::uint64_t pc;
};

class Issue {
 public:
  explicit Issue(const isa::Config& config) : depth_(config.queue_depth) {
    for (Unit& unit : units_) {
      unit.waiting.resize(depth_);
      unit.flight.resize(depth_);
    }
  }

  void start() {
    for (Unit& unit : units_) {
      unit.count = unit.read = unit.under_way = unit.oldest = 0;
      unit.valid = unit.busy = false;
      unit.busy_cycles = unit.token_cycles = unit.finished = unit.last_done = 0;
    }
    std::memset(semaphores_, 0, sizeof semaphores_);
    nonzero_ = 0;
  }

  // --- state at the beginning of a cycle ------------------------------------------------------------
  bool full(int u) const {
    const Unit& unit = units_[u];
    return unit.count == depth_ || (unit.count == depth_ - 1 && unit.valid && !unit.busy);
  }
  bool idle() const { return !present(0) && !present(1) && !present(2) && !present(3); }
  /// Whether unit `u` has a head, so that an instruction pushed while none leaves only waits behind it.
  bool headed(int u) const { return units_[u].valid; }
  /// step() of a cycle with nothing but a push to such a unit, which is not full.
  void wait_behind(int u, const isa::TileInstruction& instruction, std::uint64_t base, std::uint64_t pc) {
    place(units_[u].waiting_place(depth_), instruction, base, pc);
    ++units_[u].count;
  }
  /// Whether an instruction may start in this cycle: all tokens that it waits for are there.
  bool startable() const {
    for (const Unit& unit : units_) {
      if (unit.valid && !unit.busy && (unit.head.instruction.half[isa::kHalfWait] & ~nonzero_) == 0)
        return true;
    }
    return false;
  }
  bool executing(int u) const { return units_[u].under_way != 0; }
  const Dispatched& head(int u) const { return units_[u].head; }

  struct Inputs {
    std::uint64_t cycle;
    bool stop;
    unsigned done;                      // a bit for each unit: its oldest instruction is
    bool load_taken;                    // LOAD needs its head no longer
    std::uint32_t status[isa::kUnits];  // of those that are done
    int push;                           // unit that gets an instruction, or -1
    const isa::TileInstruction* instruction;
    std::uint64_t base, pc;  // pc: of the scalar unit
    bool wait, signal;       // of the scalar unit
    std::uint16_t wait_mask, signal_mask;
  };
  struct Outputs {
    bool changed = false;  // what the others see of it in the next cycle, or what may start then
    unsigned started = 0, finished = 0;
    bool scalar_granted = false;
    bool fault = false;
    std::uint32_t fault_status = 0;
    std::uint64_t fault_pc = 0;
  };

  template <class Event>
  Outputs step(const Inputs& in, Event event) {
    Outputs out;
    grant(in, out);
    if (in.done != 0) finish(in, out, event);
    const std::uint16_t before = nonzero_;
    signal(in, out);
    // LOAD's head leaves before LOAD is done with it.
    constexpr unsigned kLoad = 1u << isa::kUnitLoad;
    const unsigned released = (in.done & ~kLoad) | (in.load_taken ? kLoad : 0);
    const unsigned pushed = in.push >= 0 ? 1u << in.push : 0;
    for (unsigned moving = released | pushed; moving != 0; moving &= moving - 1) {
      const int u = __builtin_ctz(moving);
      advance(units_[u], (released >> u & 1) != 0, in.push == u, in);
    }
    out.changed = nonzero_ != before || out.started != 0 || in.done != 0 || in.load_taken || in.push >= 0;
    return out;
  }

  /// Counters of units up to the end of cycle `last`, of a run whose first cycle counted is 1. `active`:
  /// cycles in which each unit moved something.
  void count(std::uint64_t last, const std::uint64_t active[isa::kUnits],
             std::uint64_t counters[isa::kCounters]) const {
    for (int u = 0; u < isa::kUnits; ++u) {
      const Unit& unit = units_[u];
      std::uint64_t busy = unit.busy_cycles, token = unit.token_cycles;
      if (unit.under_way != 0) {
        busy += last + 1 - unit.busy_since;
      } else if (unit.valid && !unit.busy) {
        token += last + 1 - std::max(unit.since, unit.last_done + 1);
      }
      counters[isa::kCounter_load_instructions + u] = unit.finished;
      counters[isa::unit_counter(u, isa::kUnitBusy)] = active[u];
      counters[isa::unit_counter(u, isa::kUnitStalled)] = busy - active[u];
      counters[isa::unit_counter(u, isa::kUnitToken)] = token;
      counters[isa::unit_counter(u, isa::kUnitIssue)] = last - busy - token;
    }
  }

  /// Program counter of a hang: of the first unit that has an instruction; `otherwise` if none has.
  std::uint64_t hang_pc(std::uint64_t otherwise) const {
    for (const Unit& unit : units_) {
      if (unit.under_way != 0) return unit.flight[unit.oldest].pc;
      if (unit.valid) return unit.head.pc & 0xFFFFFFFFu;
    }
    return otherwise;
  }

 private:
  /// What the end of an instruction needs.
  struct Flight {
    std::uint64_t pc;
    std::uint64_t since;  // cycle in which it became the head of its queue
    std::uint64_t first;  // in which it became what the unit finishes next
    std::uint16_t tag, signal;
  };
  struct Unit {
    std::vector<Dispatched> waiting;  // a ring
    std::uint32_t count = 0, read = 0;
    bool valid = false, busy = false;  // there is a head; the unit works with its fields
    Dispatched head;
    std::uint64_t since = 0;
    std::vector<Flight> flight;  // a ring: what has started and is not done
    std::uint32_t under_way = 0, oldest = 0;
    std::uint64_t busy_since = 0, last_done = 0;
    std::uint64_t busy_cycles = 0, token_cycles = 0, finished = 0;

    /// Behind the last one that waits.
    Dispatched& waiting_place(std::uint32_t depth) { return waiting[(read + count) & (depth - 1)]; }
  };

  bool present(int u) const { return units_[u].valid || units_[u].under_way != 0; }

  /// Tokens for those who wait, in their order; the scalar unit comes last.
  void grant(const Inputs& in, Outputs& out) {
    std::uint16_t claims = 0;
    taken_ = 0;
    const auto may = [&](std::uint16_t mask) {
      if ((mask & ~nonzero_) != 0) return false;
      const bool granted = (mask & claims) == 0;
      if (granted) taken_ |= mask;
      claims |= mask;
      return granted;
    };
    if (!in.stop) {
      for (int u = 0; u < isa::kUnits; ++u) {
        Unit& unit = units_[u];
        if (!unit.valid || unit.busy || !may(unit.head.instruction.half[isa::kHalfWait])) continue;
        out.started |= 1u << u;
      }
    }
    if (in.wait) out.scalar_granted = may(in.wait_mask);
    for (int u = 0; u < isa::kUnits; ++u) {
      if ((out.started >> u & 1) != 0) begin(units_[u], in.cycle);
    }
  }

  void begin(Unit& unit, std::uint64_t cycle) {
    const std::uint16_t* half = unit.head.instruction.half;
    Flight& flight = unit.flight[(unit.oldest + unit.under_way) & (depth_ - 1)];
    flight = {unit.head.pc & 0xFFFFFFFFu, unit.since, cycle, half[isa::kHalfTag], half[isa::kHalfSignal]};
    if (unit.under_way == 0) {
      unit.busy_since = cycle;
      unit.token_cycles += cycle - std::max(unit.since, unit.last_done + 1);
    }
    unit.busy = true;
    ++unit.under_way;
  }

  /// Units whose oldest instruction is done: events and faults.
  template <class Event>
  void finish(const Inputs& in, Outputs& out, Event event) {
    for (unsigned done = in.done; done != 0; done &= done - 1) {
      const int u = __builtin_ctz(done);
      Unit& unit = units_[u];
      done_[u] = unit.flight[unit.oldest];
      const Flight& flight = done_[u];
      if (in.status[u] == isa::kStatusOk) {
        ++unit.finished;
        out.finished |= 1u << u;
        event(heddle_unit_event{u, flight.tag, flight.pc, std::max(flight.since, unit.last_done + 1),
                                std::max(flight.first, unit.last_done + 1), in.cycle, 0});
      } else if (!out.fault) {
        out.fault = true;
        out.fault_status = in.status[u];
        out.fault_pc = flight.pc;
      }
      unit.oldest = (unit.oldest + 1) & (depth_ - 1);
      unit.last_done = in.cycle;
      if (--unit.under_way == 0) unit.busy_cycles += in.cycle + 1 - unit.busy_since;
    }
  }

  void signal(const Inputs& in, Outputs& out) {
    const unsigned signals = in.stop ? 0 : out.finished;  // of units
    std::uint16_t given = in.signal ? in.signal_mask : 0;
    for (unsigned from = signals; from != 0; from &= from - 1) given |= done_[__builtin_ctz(from)].signal;
    std::uint16_t over = 0;
    for (unsigned changed = given | taken_; changed != 0; changed &= changed - 1) {
      const int s = __builtin_ctz(changed);
      unsigned next = semaphores_[s] - (taken_ >> s & 1u);
      for (unsigned from = signals; from != 0; from &= from - 1)
        next += done_[__builtin_ctz(from)].signal >> s & 1u;
      if (in.signal) next += in.signal_mask >> s & 1u;
      if (next > 255) over = static_cast<std::uint16_t>(over | 1u << s);
      semaphores_[s] = static_cast<std::uint8_t>(next);
      nonzero_ = static_cast<std::uint16_t>((nonzero_ & ~(1u << s)) | (semaphores_[s] != 0 ? 1u << s : 0));
    }
    if (over == 0 || out.fault) return;
    for (int u = 0; u < isa::kUnits; ++u) {
      if ((signals >> u & 1) == 0 || (done_[u].signal & over) == 0) continue;
      out.fault = true;
      out.fault_status = isa::kStatusIllegal;
      out.fault_pc = done_[u].pc;
      return;
    }
    if (in.signal && (in.signal_mask & over) != 0) {
      out.fault = true;
      out.fault_status = isa::kStatusIllegal;
      out.fault_pc = in.pc;
    }
  }

  /// The end of the cycle for a queue whose head leaves, or that gets an instruction.
  void advance(Unit& unit, bool released, bool push, const Inputs& in) {
    const bool free = !unit.valid || (unit.busy && released);
    const bool empty = unit.count == 0;
    if (released) {
      if (unit.busy) unit.valid = false;
      unit.busy = false;
    }
    if (push && !(empty && free)) {
      place(unit.waiting_place(depth_), *in.instruction, in.base, in.pc);
      ++unit.count;
    } else if (push) {
      place(unit.head, *in.instruction, in.base, in.pc);
    }
    if (!free || (empty && !push)) return;
    if (!empty) {
      unit.head = unit.waiting[unit.read];
      unit.read = (unit.read + 1) & (depth_ - 1);
      --unit.count;
    }
    unit.valid = true;
    unit.since = in.cycle + 1;
  }

  static void place(Dispatched& to, const isa::TileInstruction& instruction, std::uint64_t base,
                    std::uint64_t pc) {
    to.instruction = instruction;
    to.base = base;
    to.pc = pc;
  }

  std::uint32_t depth_;
  Unit units_[isa::kUnits];
  std::uint8_t semaphores_[isa::kSemaphores] = {};
  std::uint16_t nonzero_ = 0, taken_ = 0;
  Flight done_[isa::kUnits] = {};  // in this cycle
};

}  // namespace heddle::sim::fast
