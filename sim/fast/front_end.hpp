// The front end: program fetch and the scalar unit, which takes the quads that fetch then drops.
//
// Between two meetings with the rest (a request for the bus, a read that is complete, an instruction for
// issue) it goes on alone, and run() does that in one loop.
#pragma once
#include <cstdint>

#include "isa/config.hpp"
#include "isa/registers.hpp"
#include "sim/fast/fetch.hpp"
#include "sim/fast/issue.hpp"
#include "sim/fast/program_memory.hpp"
#include "sim/fast/scalar.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {

class FrontEnd {
 public:
  explicit FrontEnd(const isa::Config& config) : fetch_(config) {}

  /// Reset of the device, with nothing in the instruction cache.
  void reset() { fetch_.reset(); }
  /// `cycles` pass between reset and the first start.
  void rest(std::uint64_t cycles) { fetch_.cache().rest(cycles); }
  /// The cycle that starts a run, before cycle `first`.
  void start(const isa::StartArguments& arguments, const ProgramMemory& memory, std::uint64_t first);

  const Scalar& scalar() const { return scalar_; }
  const InstructionCache& cache() const { return fetch_.cache(); }
  /// Nothing of its own is on the bus, or asks for it.
  bool idle() const { return fetch_.idle() && scalar_.idle(); }
  bool requests_bus() const { return fetch_.cache().request() || scalar_.requests_word(); }
  /// Whether the queue of the instruction that is to be dispatched has no place.
  bool blocked(const Issue& issue) const { return scalar_.dispatches() && issue.full(scalar_.unit()); }
  /// Whether issue has to be asked in this cycle. Who waits asks anew only when something changed there; an
  /// instruction that would only wait behind others goes to its queue without (Inputs::queues).
  bool reaches_issue(const Issue& issue) const {
    if (!scalar_.reaches_issue()) return false;
    if (scalar_.dispatches()) return !issue.full(scalar_.unit()) && !issue.headed(scalar_.unit());
    return asks_ || !scalar_.awaits_issue();
  }

  /// Whether it may move in the next cycle though nothing reaches it. A missing line that is asked for again
  /// and again is no movement: wait_until() counts it.
  bool awake() const { return awake_; }
  void wake() { awake_ = true; }
  /// Something has changed in issue. Whoever waits for something else there does not move for it.
  void issue_changed(const Issue& issue) {
    asks_ = true;
    awake_ |= scalar_.moves(fetch_.quad_valid(), issue.idle(), blocked(issue)) || scalar_.awaits_issue();
  }
  /// Neither moves nor asks for the bus.
  bool rests() const { return !awake_ && !requests_bus(); }

  /// What reaches it in a cycle.
  struct Inputs {
    bool stop = false, units_idle = false;
    bool blocked = false;
    bool fetch_granted = false, word_granted = false, tokens_granted = false;
    bool filled = false, word = false, error = false;  // a read is complete; its error
    Issue* queues = nullptr;  // of a cycle in which it does not reach issue, and issue does nothing

    bool reaches_scalar() const { return stop || word_granted || tokens_granted || word; }
    bool quiet() const { return !reaches_scalar() && !fetch_granted && !filled; }
  };
  /// The end of cycle `now`. In cycles without it, nothing reached it and it was not awake.
  void step(const Windows& windows, std::uint64_t now, const Inputs& in);
  /// Steps cycles from `now` up to `end` in which nothing reaches it and nobody starts or ends an
  /// instruction, as long as it moves and does not reach issue, or the bus unless that is full. Returns the
  /// next cycle.
  std::uint64_t run(const Windows& windows, Issue& issue, bool bus_full, std::uint64_t now,
                    std::uint64_t end);
  /// Counts the cycles before `now` that were not stepped: it stayed as it is.
  void wait_until(std::uint64_t now) {
    if (now <= next_) return;
    const std::uint64_t cycles = now - next_;
    if (scalar_.wants_quad() && !fetch_.quad_valid()) fetch_stall_ += cycles;
    if (scalar_.waiting()) scalar_wait_ += cycles;
    fetch_.repeat(cycles);
    next_ = now;
  }
  /// After a run: what fetch still had in its hands comes to rest.
  void drain(const Windows& windows);

  // Counters since the start, up to the last cycle that was stepped or waited for.
  std::uint64_t executed() const { return executed_; }
  std::uint64_t fetch_stall() const { return fetch_stall_; }
  std::uint64_t scalar_wait() const { return scalar_wait_; }
  std::uint64_t cache_reads() const { return fetch_.cache_reads(); }

 private:
  template <bool kQuiet>
  void step_as(const Windows& windows, const Inputs& in);

  Fetch fetch_;
  Scalar scalar_;
  std::uint64_t next_ = 0;  // the first cycle that is not counted yet
  bool awake_ = false;
  bool asks_ = false;  // the scalar unit has moved in the cycle before, or issue has changed
  std::uint64_t executed_ = 0, fetch_stall_ = 0, scalar_wait_ = 0;
};

}  // namespace heddle::sim::fast
