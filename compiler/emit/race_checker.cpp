#include "compiler/emit/race_checker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "compiler/emit/race_footprint.hpp"

namespace heddle::emit {
namespace {

constexpr int kScalar = isa::kUnits;  // the scalar unit as an actor
constexpr int kActors = isa::kUnits + 1;
constexpr int kNobody = -1;
constexpr std::size_t kMaxTokens = 255;

using Clock = std::array<std::uint32_t, kActors>;  // how many of each actor's accesses are known to be over

void join(Clock& to, const Clock& from) {
  for (int i = 0; i < kActors; ++i)
    to[static_cast<std::size_t>(i)] =
        std::max(to[static_cast<std::size_t>(i)], from[static_cast<std::size_t>(i)]);
}

const char* actor_name(int actor) {
  static const char* const names[] = {"LOAD", "STORE", "MATRIX", "VECTOR", "the scalar unit"};
  return names[actor];
}

// One access-making step of an actor that has been placed in the order.
struct Placed {
  std::size_t event;
  Footprint footprint;
};

struct Semaphore {
  std::deque<Clock> tokens;        // not yet taken; each is everything that is over once it is there
  std::deque<Clock> recent_waits;  // clocks of the last 255 waits
  std::size_t signals = 0, waits = 0;
  int signaller = kNobody, waiter = kNobody;
  std::size_t signaller_event = 0, waiter_event = 0;
  bool reported_signaller = false, reported_waiter = false;
};

class Checker {
 public:
  Checker(const isa::Config& config, const std::vector<RaceEvent>& events, const RaceOptions& options)
      : config_(config), events_(events), options_(options) {
    for (const RaceEvent& event : events) {
      if (event.kind == RaceEvent::kTile) ++left_[at(event.unit)];
      if (event.kind == RaceEvent::kLoadWord) ++left_[at(kScalar)];
    }
  }

  std::vector<Race> run() {
    while (!full()) {
      bool progress = false;
      while (next_ < events_.size() && !full() && step_scalar()) progress = true;
      for (int unit = 0; unit < isa::kUnits && !full(); ++unit) {
        while (!queue_[at(unit)].empty() && !full() && step_unit(unit)) progress = true;
      }
      if (!progress) break;
    }
    if (!full()) report_stuck();
    return std::move(races_);
  }

 private:
  struct Queued {
    std::size_t event;
    Clock clock;  // of the scalar unit at dispatch
  };

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  bool full() const { return races_.size() >= options_.limit; }
  void report(RaceRule rule, std::size_t first, std::size_t second, std::string text) {
    if (!full()) races_.push_back({rule, first, second, std::move(text)});
  }
  std::string name(std::size_t event) const { return describe_event(events_[event]); }

  bool ready(std::uint16_t mask) const {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((mask >> s) & 1) != 0 && semaphores_[at(s)].tokens.empty()) return false;
    }
    return true;
  }

  // Takes a token from each semaphore; `clock` learns what the tokens know.
  void take(std::uint16_t mask, int actor, std::size_t event, Clock& clock) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((mask >> s) & 1) == 0) continue;
      Semaphore& semaphore = semaphores_[at(s)];
      if (semaphore.waiter == kNobody) semaphore.waiter = actor, semaphore.waiter_event = event;
      if (semaphore.waiter != actor && !semaphore.reported_waiter) {
        semaphore.reported_waiter = true;
        report(RaceRule::kWaiter, semaphore.waiter_event, event,
               fmt::format("semaphore {} is waited on by {} ({}) and by {} ({})", s,
                           actor_name(semaphore.waiter), name(semaphore.waiter_event), actor_name(actor),
                           name(event)));
      }
      join(clock, semaphore.tokens.front());
      semaphore.tokens.pop_front();
      ++semaphore.waits;
    }
  }

  void remember_waits(std::uint16_t mask, const Clock& clock) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((mask >> s) & 1) == 0) continue;
      Semaphore& semaphore = semaphores_[at(s)];
      semaphore.recent_waits.push_back(clock);
      if (semaphore.recent_waits.size() > kMaxTokens) semaphore.recent_waits.pop_front();
    }
  }

  // `clock`: what is over when the signal is given.
  void signal(std::uint16_t mask, int actor, std::size_t event, const Clock& clock) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((mask >> s) & 1) == 0) continue;
      Semaphore& semaphore = semaphores_[at(s)];
      semaphore.tokens.push_back(clock);
      ++semaphore.signals;
      // At most 255 tokens: the wait 255 places back must be over, and known to be so.
      if (semaphore.signals <= kMaxTokens) continue;
      const std::size_t needed = semaphore.signals - kMaxTokens;  // waits
      bool fits = semaphore.waits >= needed;
      if (fits && semaphore.waiter != kNobody) {
        const std::size_t back = semaphore.waits - needed;
        if (back < semaphore.recent_waits.size()) {
          const Clock& wait = semaphore.recent_waits[semaphore.recent_waits.size() - 1 - back];
          fits = semaphore.waiter == actor || wait[at(semaphore.waiter)] <= clock[at(semaphore.waiter)];
        }
      }
      if (!fits) {
        report(RaceRule::kOverflow, event, event,
               fmt::format("semaphore {} may pass 255 at {}", s, name(event)));
      }
    }
  }

  // The scalar unit meets a tile instruction that signals: who signals what is known in program order.
  void note_signaller(std::uint16_t mask, int actor, std::size_t event) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((mask >> s) & 1) == 0) continue;
      Semaphore& semaphore = semaphores_[at(s)];
      if (actor == kScalar) {
        if (semaphore.signaller == kNobody || semaphore.reported_signaller) continue;
        semaphore.reported_signaller = true;
        report(RaceRule::kSignaller, semaphore.signaller_event, event,
               fmt::format("semaphore {} gets a credit ({}) after {} began to signal it ({})", s, name(event),
                           actor_name(semaphore.signaller), name(semaphore.signaller_event)));
        continue;
      }
      if (semaphore.signaller == kNobody) semaphore.signaller = actor, semaphore.signaller_event = event;
      if (semaphore.signaller != actor && !semaphore.reported_signaller) {
        semaphore.reported_signaller = true;
        report(RaceRule::kSignaller, semaphore.signaller_event, event,
               fmt::format("semaphore {} is signalled by {} ({}) and by {} ({})", s,
                           actor_name(semaphore.signaller), name(semaphore.signaller_event),
                           actor_name(actor), name(event)));
      }
    }
  }

  bool idle() const {
    return std::all_of(queue_.begin(), queue_.end(), [](const auto& queue) { return queue.empty(); });
  }

  // One event of the scalar unit; false when it must wait.
  bool step_scalar() {
    const RaceEvent& event = events_[next_];
    switch (event.kind) {
      case RaceEvent::kTile: {
        if (queue_[at(event.unit)].size() >= config_.queue_depth) return false;
        note_signaller(event.instruction.half[isa::kHalfSignal], event.unit, next_);
        queue_[at(event.unit)].push_back({next_, clock_[at(kScalar)]});
        break;
      }
      case RaceEvent::kWait:
        if (!ready(event.mask)) return false;
        take(event.mask, kScalar, next_, clock_[at(kScalar)]);
        // A wait of the scalar unit is a step of its own, so that others can know that it is over.
        ++clock_[at(kScalar)][at(kScalar)];
        placed_[at(kScalar)].push_back({next_, {}});
        remember_waits(event.mask, clock_[at(kScalar)]);
        break;
      case RaceEvent::kSignal:
        note_signaller(event.mask, kScalar, next_);
        signal(event.mask, kScalar, next_, clock_[at(kScalar)]);
        break;
      case RaceEvent::kFence:
        if (!idle()) return false;
        for (int unit = 0; unit < isa::kUnits; ++unit) join(clock_[at(kScalar)], clock_[at(unit)]);
        start_epoch();
        break;
      case RaceEvent::kLoadWord:
        place(kScalar, next_, footprint_of_word(event.base), clock_[at(kScalar)]);
        --left_[at(kScalar)];
        break;
    }
    ++next_;
    return true;
  }

  // After a fence everything is over: tokens left are credits, and semaphores may change hands.
  void start_epoch() {
    for (Semaphore& semaphore : semaphores_) {
      const std::size_t left = semaphore.tokens.size();
      semaphore = Semaphore{};
      semaphore.tokens.assign(left, clock_[at(kScalar)]);
      semaphore.signals = left;
    }
  }

  // Executes the head of a queue; false when it must wait.
  bool step_unit(int unit) {
    const Queued queued = queue_[at(unit)].front();
    const RaceEvent& event = events_[queued.event];
    const std::uint16_t wait = event.instruction.half[isa::kHalfWait],
                        gives = event.instruction.half[isa::kHalfSignal];
    if (!ready(wait)) return false;
    queue_[at(unit)].pop_front();
    Clock& clock = clock_[at(unit)];
    join(clock, queued.clock);
    take(wait, unit, queued.event, clock);
    const std::string alone = check_alone(config_, unit, event.instruction, event.base);
    if (!alone.empty())
      report(RaceRule::kInstruction, queued.event, queued.event,
             fmt::format("{}: {}", name(queued.event), alone));
    place(unit, queued.event, footprint_of(config_, unit, event.instruction, event.base), clock);
    remember_waits(wait, clock);
    signal(gives, unit, queued.event, clock);
    --left_[at(unit)];
    return true;
  }

  // Compares an actor's next access with those of the others that are not known to be over, and adds it.
  void place(int actor, std::size_t event, Footprint footprint, Clock& clock) {
    for (int other = 0; other < kActors; ++other) {
      if (other == actor) continue;
      const std::deque<Placed>& placed = placed_[at(other)];
      const std::size_t dropped = dropped_[at(other)];
      for (std::size_t i = std::max<std::size_t>(clock[at(other)], dropped); i < dropped + placed.size();
           ++i) {
        compare(placed[i - dropped], event, footprint);
        if (full()) return;
      }
    }
    placed_[at(actor)].push_back({event, std::move(footprint)});
    clock[at(actor)] = static_cast<std::uint32_t>(dropped_[at(actor)] + placed_[at(actor)].size());
    if ((event & 63) == 0) drop_known();
  }

  void compare(const Placed& earlier, std::size_t event, const Footprint& footprint) {
    const std::optional<Conflict> conflict = find_conflict(config_, earlier.footprint, footprint);
    if (!conflict) return;
    const std::size_t first = std::min(earlier.event, event), second = std::max(earlier.event, event);
    const std::string what =
        conflict->port
            ? fmt::format("use the {} port of bank {} of {}", conflict->writes ? "write" : "read",
                          conflict->bank, memory_name(conflict->memory))
            : fmt::format("touch bytes {:#x} to {:#x} of {}, one of them writing", conflict->range.begin,
                          conflict->range.end, memory_name(conflict->memory));
    report(RaceRule::kConflict, first, second,
           fmt::format("{} and {} {}, and no token orders them", name(first), name(second), what));
  }

  // Forgets accesses that every actor with something left to do knows to be over.
  void drop_known() {
    for (int actor = 0; actor < kActors; ++actor) {
      std::size_t known = SIZE_MAX;
      for (int other = 0; other < kActors; ++other) {
        if (other == actor || left_[at(other)] == 0) continue;
        known = std::min<std::size_t>(known, clock_[at(other)][at(actor)]);
      }
      while (dropped_[at(actor)] < known && !placed_[at(actor)].empty()) {
        placed_[at(actor)].pop_front();
        ++dropped_[at(actor)];
      }
    }
  }

  // Nothing can move any more: either all is done, or somebody waits for ever.
  void report_stuck() {
    std::vector<std::size_t> heads;
    for (const auto& queue : queue_) {
      if (!queue.empty()) heads.push_back(queue.front().event);
    }
    if (next_ < events_.size() && events_[next_].kind == RaceEvent::kWait) heads.push_back(next_);
    for (std::size_t event : heads) {
      const RaceEvent& e = events_[event];
      const std::uint16_t mask = e.kind == RaceEvent::kTile ? e.instruction.half[isa::kHalfWait] : e.mask;
      for (int s = 0; s < isa::kSemaphores; ++s) {
        const Semaphore& semaphore = semaphores_[at(s)];
        if (((mask >> s) & 1) == 0 || !semaphore.tokens.empty()) continue;
        std::string why =
            next_ < events_.size() ? fmt::format("; the scalar unit stops before {}", name(next_)) : "";
        report(RaceRule::kMissingSignal, event, event,
               fmt::format("{} waits for signal {} of semaphore {}, which never comes{}", name(event),
                           semaphore.waits + 1, s, why));
      }
    }
  }

  const isa::Config& config_;
  const std::vector<RaceEvent>& events_;
  const RaceOptions options_;
  std::vector<Race> races_;
  std::size_t next_ = 0;  // event that the scalar unit comes to
  std::array<std::deque<Queued>, isa::kUnits> queue_;
  std::array<Clock, kActors> clock_{};
  std::array<std::deque<Placed>, kActors> placed_;  // accesses of each actor, less those dropped
  std::array<std::size_t, kActors> dropped_{};
  std::array<std::size_t, kActors> left_{};  // accesses of each actor still to come
  std::array<Semaphore, isa::kSemaphores> semaphores_;
};

}  // namespace

RaceEvent RaceEvent::tile(int unit, std::uint64_t pc, const isa::TileInstruction& instruction,
                          std::uint64_t base) {
  RaceEvent event;
  event.kind = kTile;
  event.unit = unit;
  event.pc = pc;
  event.instruction = instruction;
  event.base = base;
  return event;
}

RaceEvent RaceEvent::wait(std::uint64_t pc, std::uint16_t mask) {
  RaceEvent event;
  event.kind = kWait;
  event.pc = pc;
  event.mask = mask;
  return event;
}

RaceEvent RaceEvent::signal(std::uint64_t pc, std::uint16_t mask) {
  RaceEvent event = wait(pc, mask);
  event.kind = kSignal;
  return event;
}

RaceEvent RaceEvent::fence(std::uint64_t pc) {
  RaceEvent event = wait(pc, 0);
  event.kind = kFence;
  return event;
}

RaceEvent RaceEvent::load_word(std::uint64_t pc, std::uint64_t address) {
  RaceEvent event = wait(pc, 0);
  event.kind = kLoadWord;
  event.base = address;
  return event;
}

std::string describe_event(const RaceEvent& event) {
  switch (event.kind) {
    case RaceEvent::kTile:
      return fmt::format("{} at pc {} (tag {})", actor_name(event.unit), event.pc,
                         event.instruction.half[isa::kHalfTag]);
    case RaceEvent::kWait:
      return fmt::format("WAIT at pc {}", event.pc);
    case RaceEvent::kSignal:
      return fmt::format("SIGNAL at pc {}", event.pc);
    case RaceEvent::kFence:
      return fmt::format("FENCE at pc {}", event.pc);
    case RaceEvent::kLoadWord:
      return fmt::format("LOADWORD at pc {}", event.pc);
  }
  return "";
}

std::vector<Race> check_races(const isa::Config& config, const std::vector<RaceEvent>& events,
                              const RaceOptions& options) {
  return Checker(config, events, options).run();
}

}  // namespace heddle::emit
