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
    for (Unit& unit : units_) unit.waiting.resize(depth_);
  }

  void start() {
    for (Unit& unit : units_) {
      unit.count = unit.read = 0;
      unit.valid = unit.busy = false;
      unit.busy_cycles = unit.token_cycles = unit.finished = 0;
    }
    std::memset(semaphores_, 0, sizeof semaphores_);
    nonzero_ = 0;
  }

  // --- state at the beginning of a cycle ------------------------------------------------------------
  bool full(int u) const {
    const Unit& unit = units_[u];
    return unit.count == depth_ || (unit.count == depth_ - 1 && unit.valid && !unit.busy);
  }
  bool idle() const { return !units_[0].valid && !units_[1].valid && !units_[2].valid && !units_[3].valid; }
  bool executing(int u) const { return units_[u].busy; }
  const Dispatched& head(int u) const { return units_[u].head; }

  struct Inputs {
    std::uint64_t cycle;
    bool stop;
    unsigned done;                      // a bit for each unit
    std::uint32_t status[isa::kUnits];  // of those that are done
    int push;                           // unit that gets an instruction, or -1
    const isa::TileInstruction* instruction;
    std::uint64_t base, pc;  // pc: of the scalar unit
    bool wait, signal;       // of the scalar unit
    std::uint16_t wait_mask, signal_mask;
  };
  struct Outputs {
    bool changed = false;  // what the next cycle depends on
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
    finish(in, out, event);
    const std::uint16_t before = nonzero_;
    signal(in, out);
    for (int u = 0; u < isa::kUnits; ++u) {
      if (in.push == u || units_[u].free_next) advance(u, in, out);
    }
    out.changed |= nonzero_ != before || out.started != 0 || in.done != 0;
    return out;
  }

  /// Counters of units up to the end of cycle `last`, of a run whose first cycle counted is 1.
  void count(std::uint64_t last, std::uint64_t counters[isa::kCounters]) const {
    for (int u = 0; u < isa::kUnits; ++u) {
      const Unit& unit = units_[u];
      std::uint64_t busy = unit.busy_cycles, token = unit.token_cycles;
      if (unit.busy) {
        busy += last + 1 - unit.started;
      } else if (unit.valid && last >= unit.since) {
        token += last + 1 - unit.since;
      }
      counters[isa::kCounter_load_instructions + u] = unit.finished;
      counters[isa::kCounter_load_busy + 3 * u] = busy;
      counters[isa::kCounter_load_token + 3 * u] = token;
      counters[isa::kCounter_load_issue + 3 * u] = last - busy - token;
    }
  }

  /// Program counter of a hang: of the first unit that has an instruction; `otherwise` if none has.
  std::uint64_t hang_pc(std::uint64_t otherwise) const {
    for (const Unit& unit : units_) {
      if (unit.valid) return unit.head.pc & 0xFFFFFFFFu;
    }
    return otherwise;
  }

 private:
  struct Unit {
    std::vector<Dispatched> waiting;  // a ring
    std::uint32_t count = 0, read = 0;
    bool valid = false, busy = false;  // there is a head; it executes
    bool free_next = false;            // the place of the head is free at the end of this cycle
    Dispatched head;
    std::uint64_t since = 0, started = 0;  // the head is there; it executes
    std::uint64_t busy_cycles = 0, token_cycles = 0, finished = 0;
  };

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
      if ((out.started >> u & 1) == 0) continue;
      units_[u].busy = true;
      units_[u].started = in.cycle;
      units_[u].token_cycles += in.cycle - units_[u].since;
    }
  }

  /// Units that are done: their events and faults.
  template <class Event>
  void finish(const Inputs& in, Outputs& out, Event event) {
    signals_ = 0;
    for (int u = 0; u < isa::kUnits; ++u) {
      Unit& unit = units_[u];
      unit.free_next = !unit.valid && unit.count != 0;
      if ((in.done >> u & 1) == 0) continue;
      unit.free_next = true;
      unit.busy_cycles += in.cycle + 1 - unit.started;
      if (in.status[u] == isa::kStatusOk) {
        ++unit.finished;
        out.finished |= 1u << u;
        if (!in.stop) signals_ |= 1u << u;
        event(heddle_unit_event{u, unit.head.instruction.half[isa::kHalfTag], unit.head.pc & 0xFFFFFFFFu,
                                unit.since, unit.started, in.cycle});
      } else if (!out.fault) {
        out.fault = true;
        out.fault_status = in.status[u];
        out.fault_pc = unit.head.pc & 0xFFFFFFFFu;
      }
    }
  }

  void signal(const Inputs& in, Outputs& out) {
    if (signals_ == 0 && !in.signal && taken_ == 0) return;
    std::uint16_t over = 0;
    nonzero_ = 0;
    for (int s = 0; s < isa::kSemaphores; ++s) {
      unsigned next = semaphores_[s] - (taken_ >> s & 1u);
      for (int u = 0; u < isa::kUnits; ++u) {
        if ((signals_ >> u & 1) != 0) next += units_[u].head.instruction.half[isa::kHalfSignal] >> s & 1u;
      }
      if (in.signal) next += in.signal_mask >> s & 1u;
      if (next > 255) over = static_cast<std::uint16_t>(over | 1u << s);
      semaphores_[s] = static_cast<std::uint8_t>(next);
      if (semaphores_[s] != 0) nonzero_ = static_cast<std::uint16_t>(nonzero_ | 1u << s);
    }
    if (over == 0 || out.fault) return;
    for (int u = 0; u < isa::kUnits; ++u) {
      if ((signals_ >> u & 1) == 0 || (units_[u].head.instruction.half[isa::kHalfSignal] & over) == 0)
        continue;
      out.fault = true;
      out.fault_status = isa::kStatusIllegal;
      out.fault_pc = units_[u].head.pc & 0xFFFFFFFFu;
      return;
    }
    if (in.signal && (in.signal_mask & over) != 0) {
      out.fault = true;
      out.fault_status = isa::kStatusIllegal;
      out.fault_pc = in.pc;
    }
  }

  /// The end of the cycle for a queue whose head leaves, or that gets an instruction.
  void advance(int u, const Inputs& in, Outputs& out) {
    Unit& unit = units_[u];
    const bool done = (in.done >> u & 1) != 0;
    const bool free = !unit.valid || done;
    const bool empty = unit.count == 0;
    out.changed = true;
    if (done) unit.busy = unit.valid = false;
    if (in.push == u && !(empty && free)) {
      place(unit.waiting[(unit.read + unit.count) % depth_], in);
      ++unit.count;
    } else if (in.push == u) {
      place(unit.head, in);
      unit.valid = true;
      unit.since = in.cycle + 1;
    }
    if (free && !empty) {
      unit.head = unit.waiting[unit.read];
      unit.read = (unit.read + 1) % depth_;
      --unit.count;
      unit.valid = true;
      unit.since = in.cycle + 1;
    }
  }

  static void place(Dispatched& to, const Inputs& in) {
    to.instruction = *in.instruction;
    to.base = in.base;
    to.pc = in.pc;
  }

  std::uint32_t depth_;
  Unit units_[isa::kUnits];
  std::uint8_t semaphores_[isa::kSemaphores] = {};
  std::uint16_t nonzero_ = 0, taken_ = 0;
  unsigned signals_ = 0;
};

}  // namespace heddle::sim::fast
