#include "sim/fast/machine.hpp"

#include <algorithm>
#include <cstring>

#include "isa/status.hpp"

namespace heddle::sim::fast {
namespace {

constexpr std::uint8_t kOwnerFetch = 0, kOwnerScalar = 1, kOwnerLoad = 2;
constexpr int kNobody = -1;

// Cycles from the end of reset to START when a host writes every argument, one register after the other, each
// in three cycles: what sim/verilator/harness.cpp does.
constexpr std::uint64_t kCyclesBeforeStart = 1 + 3 * (2 * (3 + 2 * isa::kWindows + isa::kArguments) + 3);

}  // namespace

Machine::Machine(const isa::Config& config)
    : config_(config), path_(config_), front_(config_), issue_(config_), load_(config_), store_(config_) {}

/// The first cycle, from this one on, in which the memory answers, or a write reaches it.
inline std::uint64_t Machine::next_arrival() const {
  std::uint64_t next = path_.next_event();
  if (!responses_.empty()) {
    const Response& front = responses_.front();
    next = std::min(next, front.error >= now_ ? std::min(front.last, front.error) : front.last);
  }
  return next;
}

/// What the memory answers in this cycle.
inline Machine::Arrivals Machine::arrivals(std::uint64_t now) {
  Arrivals a;
  a.reads = responses_.size();
  if (next_arrival() <= now) arrive(now, a);
  return a;
}

/// The first cycle, from this one on, in which issue or the watchdog has something to do.
inline std::uint64_t Machine::others_move() const {
  std::uint64_t next = limit_;
  for (const std::uint64_t done : unit_done_) next = std::min(next, done);
  if (load_.taken() >= now_) next = std::min(next, load_.taken());
  if (watchdog_ != kNever) next = std::min(next, progress_ + 1 + watchdog_);
  return next;
}

/// Whether issue meets LOAD or STORE in this cycle: they say so in the cycle before.
inline bool Machine::meets_issue() const {
  return unit_done_[isa::kUnitLoad] == now_ || unit_done_[isa::kUnitStore] == now_ || load_.taken() == now_;
}

void Machine::begin(const std::uint8_t* memory, std::uint64_t memory_bytes,
                    const isa::StartArguments& arguments, const RunOptions& options) {
  options_ = &options;
  limit_ = options.cycle_limit != 0 ? options.cycle_limit : kNever;
  dram::Timing ideal;
  ideal.ideal = 1;
  ideal.clock_mhz = 1;
  ideal.latency = options.memory_latency;
  model_.emplace(options.memory ? *options.memory : ideal,
                 options.memory ? options.core_mhz : ideal.clock_mhz);
  model_->reset(0);
  path_.begin(*model_, options.external != nullptr ? ~std::uint64_t{0} : memory_bytes, options.external);
  for (int w = 0; w < isa::kWindows; ++w) {
    windows_.base[w] = arguments.window_base[w];
    windows_.size[w] = arguments.window_size[w];
  }
  const ProgramMemory program = {memory, memory_bytes, options.external};
  if (fresh_) front_.rest(kCyclesBeforeStart);
  fresh_ = false;
  issue_.start();
  load_.reset();
  store_.reset();
  responses_.clear();
  matrix_ = MatrixRun();
  vector_ = VectorRun();
  path_.track(static_cast<bool>(options.event));
  for (std::uint64_t& done : unit_done_) done = kNever;
  now_ = 1;  // cycle 0 clears every part
  front_.start(arguments, program, now_);
  state_ = State::kRun;
  watchdog_ = arguments.watchdog == 0 || arguments.watchdog > kAddressMask ? kNever : arguments.watchdog;
  progress_ = 0;
  expired_ = record_written_ = false;
  issue_awake_ = load_awake_ = store_awake_ = true;
  read_beats_ = write_beats_ = load_bytes_ = store_bytes_ = 0;
  matrix_rows_ = vector_steps_ = load_beats_ = 0;
  for (std::uint64_t& reported : reported_) reported = 0;
}

isa::CompletionRecord Machine::run(const std::uint8_t* memory, std::uint64_t memory_bytes,
                                   const isa::StartArguments& arguments, const RunOptions& options) {
  begin(memory, memory_bytes, arguments, options);
  look_ = options.progress_interval;
  bool cancelled = false;
  while (state_ != State::kDone) {
    if (!without_issue()) {
      cycle();
      if (state_ == State::kDone) break;
      next_cycle();
    }
    if (now_ >= look_) {
      look_ = now_ + options.progress_interval;
      cancelled = options.progress && options.progress(now_);
    }
    if (cancelled || now_ >= limit_) {
      outcome_ = isa::kStatusWatchdog;
      outcome_pc_ = front_.scalar().pc();
      expired_ = true;
      now_ = std::min(now_, limit_);
      front_.reset();  // as a host would, since the device is still at work
      fresh_ = true;
      break;
    }
  }
  if (!expired_) front_.drain(windows_);  // long before the next run
  return report(arguments);
}

// One cycle: what every part shows at its beginning, then its end.
void Machine::cycle() {
  const std::uint64_t now = now_;
  const bool stop = state_ != State::kRun;
  const bool drained = stop && front_.idle() && responses_.empty() && !issue_.executing(isa::kUnitLoad) &&
                       !issue_.executing(isa::kUnitStore);
  const Arrivals arrived = arrivals(now);
  bool progress = arrived.any;

  // What the scalar unit shows.
  const Scalar& scalar = front_.scalar();
  const bool full = front_.blocked(issue_);
  const bool halted = scalar.halts() && issue_.idle();
  const bool failed = scalar.fails();
  const std::uint64_t scalar_pc = scalar.pc();
  const std::uint32_t scalar_status = scalar.status();
  FrontEnd::Inputs front;
  front.stop = stop;
  front.blocked = full;
  front.units_idle = issue_.idle();

  // Issue.
  Issue::Inputs in;
  in.done = 0;
  for (int u = 0; u < isa::kUnits; ++u) {
    if (unit_done_[u] != now) continue;
    in.done |= 1u << u;
    in.status[u] = unit_status(u);
    unit_done_[u] = kNever;
  }
  in.load_taken = load_.taken() == now;
  in.push = scalar.dispatches() && !full && !stop ? scalar.unit() : -1;
  in.wait = scalar.waits() && !stop;
  in.signal = scalar.signals() && !stop;
  Issue::Outputs issued;
  if (issue_awake_ || in.done != 0 || in.load_taken || in.push >= 0 || in.wait || in.signal) {
    in.cycle = now;
    in.stop = stop;
    in.instruction = &scalar.tile();
    in.base = scalar.base();
    in.pc = scalar_pc;
    in.wait_mask = scalar.wait_mask();
    in.signal_mask = scalar.signal_mask();
    issued = issue_.step(in, [&](heddle_unit_event event) {
      if (!options_->event) return;
      event.active = active_until(event.unit, now) - reported_[event.unit];
      reported_[event.unit] += event.active;
      options_->event(event);
    });
    issue_awake_ = !stop && issue_.startable();
    progress |= issued.finished != 0;
    if ((issued.finished >> isa::kUnitLoad & 1) != 0) load_bytes_ += load_.bytes();
    if ((issued.finished >> isa::kUnitStore & 1) != 0) store_bytes_ += store_.bytes();
    if ((in.done >> isa::kUnitMatrix & 1) != 0) {
      matrix_rows_ += matrix_.rows_entered(now);
      matrix_ = MatrixRun();
    }
    if ((in.done >> isa::kUnitVector & 1) != 0) {
      vector_steps_ += vector_.steps_entered(now);
      vector_ = VectorRun();
    }
  }

  const int granted = grant(arrived.reads);

  // The end of the cycle.
  front.tokens_granted = issued.scalar_granted;
  if (front_.awake() || stop || issued.scalar_granted || reaches_front(arrived, granted))
    step_front(front, arrived, granted);
  if (issued.changed) front_.issue_changed(issue_);
  move(arrived, granted == kOwnerLoad, stop);
  if (issued.started != 0) start_units(issued.started);
  if (progress) progress_ = now;

  // The course of the run.
  const State before = state_;
  if (state_ == State::kRun) {
    if (issued.fault) {
      finish(issued.fault_status, issued.fault_pc);
    } else if (failed) {
      finish(scalar_status, scalar_pc);
    } else if (halted) {
      finish(isa::kStatusOk, scalar_pc);
    } else if (expired(now)) {
      finish(isa::kStatusWatchdog, issue_.hang_pc(scalar_pc));
    }
  } else if (drained) {
    state_ = State::kDone;
  } else if (expired(now)) {
    expired_ = true;
    state_ = State::kDone;
  }
  if (state_ != before) {
    front_.wake();
    load_awake_ = store_awake_ = true;
  }
}

/// The bus, with `reads` under way, takes one: fetch's, else the scalar unit's, else, unless STORE sends,
/// LOAD's. Returns whose, or kNobody.
inline int Machine::grant(std::size_t reads) {
  if (reads == kReads) return kNobody;
  if (front_.cache().request()) {
    accept(kOwnerFetch, front_.cache().request_address(), front_.cache().request_beats());
    return kOwnerFetch;
  }
  if (front_.scalar().requests_word()) {
    accept(kOwnerScalar, front_.scalar().word_address(config_.bus_bytes), 1);
    return kOwnerScalar;
  }
  if (!load_.request() || store_.sending(now_)) return kNobody;
  accept(kOwnerLoad, load_.bursts().request_address(), load_.bursts().request_beats());
  return kOwnerLoad;
}

/// Whether memory or bus do something for the front end.
inline bool Machine::reaches_front(const Arrivals& arrived, int granted) {
  return arrived.filled || arrived.word || granted == kOwnerFetch || granted == kOwnerScalar;
}

/// The end of a cycle for the front end, beside what memory and bus do for it.
void Machine::step_front(FrontEnd::Inputs& in, const Arrivals& arrived, int granted) {
  in.fetch_granted = granted == kOwnerFetch;
  in.word_granted = granted == kOwnerScalar;
  in.filled = arrived.filled;
  in.word = arrived.word;
  in.error = arrived.error;
  front_.step(windows_, now_, in);
}

/// The end of a cycle for LOAD.
inline void Machine::move_load(bool granted, std::uint32_t loaded, bool error, bool stop) {
  load_awake_ = load_.step(windows_, now_, stop, granted, loaded, error);
  unit_done_[isa::kUnitLoad] = load_.done() > now_ ? load_.done() : kNever;
}

/// The end of a cycle for STORE.
inline void Machine::move_store(bool answered, bool error, bool stop) {
  store_awake_ = store_.step(windows_, now_, stop, answered, error, path_, &write_beats_);
  unit_done_[isa::kUnitStore] = store_.done() > now_ ? store_.done() : kNever;
}

/// The end of a cycle for LOAD and STORE.
void Machine::move(const Arrivals& arrived, bool load_granted, bool stop) {
  if (load_awake_ || load_granted || arrived.loaded || arrived.load_error)
    move_load(load_granted, arrived.loaded, arrived.load_error, stop);
  // Who waits for the bus asks again once a read has left it.
  if (arrived.bus_freed()) {
    load_awake_ = true;
    if (front_.requests_bus()) front_.wake();
  }
  if (store_awake_ || arrived.answered) move_store(arrived.answered, arrived.answer_error, stop);
}

/// Cycles in which issue has nothing to do: what cycle() does in them, and no more. Returns whether there was
/// one.
bool Machine::without_issue() {
  if (issue_awake_ || state_ != State::kRun) return false;
  const std::uint64_t begin = now_;
  // Not past the next look at progress: a program that hangs or turns in a circle ends in no other way.
  // The watchdog's cycle may be later by then.
  const std::uint64_t others = std::min(others_move(), look_);
  while (now_ < others && !meets_issue()) {
    if (front_.awake() && front_.reaches_issue(issue_)) break;
    if (front_.rests()) {
      const std::uint64_t before = now_;
      only_read(others);
      only_units(others);
      if (now_ != before) {
        if (now_ >= others || meets_issue()) break;
        if (!load_awake_ && !store_awake_) now_ = next_event(others);
        continue;
      }
    } else if (!load_awake_ && !store_awake_) {
      now_ = front_.run(windows_, issue_, responses_.size() == kReads, now_, alone_until(others));
      if (now_ >= others || (front_.awake() && front_.reaches_issue(issue_))) break;
    }
    const Arrivals arrived = arrivals(now_);
    const int granted = grant(arrived.reads);
    if (front_.awake() || reaches_front(arrived, granted)) {
      FrontEnd::Inputs front;
      front.blocked = front_.blocked(issue_);
      front.units_idle = issue_.idle();
      front.queues = &issue_;
      step_front(front, arrived, granted);
    }
    move(arrived, granted == kOwnerLoad, false);
    if (arrived.any) progress_ = now_;
    ++now_;
    if (!front_.awake() && !load_awake_ && !store_awake_ && !meets_issue()) now_ = next_event(others);
  }
  return now_ != begin;
}

/// The first cycle, from this one on, in which something reaches the front end, or LOAD gets the bus, while
/// LOAD and STORE are asleep; `others`: others_move().
std::uint64_t Machine::alone_until(std::uint64_t others) const {
  std::uint64_t until = std::min(others, next_arrival());
  if (load_.request() && responses_.size() != kReads) until = std::min(until, store_.sent());
  return until;
}

/// The part of without_issue() in which a read of LOAD that is complete only makes room: for the next one,
/// asked for in the cycle after, where the bus is full, or for none, where LOAD has none or STORE sends.
void Machine::only_read(std::uint64_t others) {
  if (store_awake_ || responses_.empty()) return;
  const std::uint64_t end = std::min(others, path_.next_event());
  const bool sending = store_.sending(now_);
  if ((responses_.size() == kReads || load_.waits_for_room()) && !sending) {
    exchange_reads(end);
  } else if (!load_awake_ && (sending || !load_.bursts().request())) {
    const std::uint64_t until = sending ? std::min(end, store_.sent()) : end;
    while (!responses_.empty() && load_.drains()) {
      const Response& front = responses_.front();
      if (front.last + 1 >= until || front.owner != kOwnerLoad || front.error != kNever) return;
      now_ = front.last + 1;
      load_.drain(front.beats);
      leave(front);
    }
  }
}

void Machine::exchange_reads(std::uint64_t end) {
  while (load_.exchanges() && (responses_.size() == kReads || load_.waits_for_room())) {
    const Response& front = responses_.front();
    const std::uint32_t beats = front.beats;
    const std::uint64_t complete = front.last, next = responses_.second().last;
    if (front.owner != kOwnerLoad || front.error != kNever || next <= complete + 1 || complete + 2 >= end ||
        !load_.makes_room(beats))
      return;
    leave(front);
    now_ = complete + 1;
    accept(kOwnerLoad, load_.bursts().request_address(), load_.bursts().request_beats());
    load_.exchange(windows_, beats);
    ++now_;
    load_awake_ = true;
    while (!load_.bursts().settled()) {
      if (now_ >= next || now_ + 1 >= end || !load_.prepares(windows_)) return;
      ++now_;
    }
  }
}

/// The part of without_issue() in which only LOAD and STORE move, and nothing reaches the device.
void Machine::only_units(std::uint64_t others) {
  while ((load_awake_ || store_awake_) && now_ < std::min(others, next_arrival()) && !meets_issue()) {
    const bool granted = responses_.size() != kReads && load_.request() && !store_.sending(now_);
    if (granted) accept(kOwnerLoad, load_.bursts().request_address(), load_.bursts().request_beats());
    if (load_awake_ || granted) move_load(granted, 0, false, false);
    if (store_awake_) move_store(false, false, false);
    ++now_;
  }
}

/// The oldest read, one of LOAD, is complete.
void Machine::leave(const Response& front) {
  read_beats_ += front.beats;
  load_beats_ += front.beats;
  progress_ = front.last;
  responses_.pop_front();
}

void Machine::arrive(std::uint64_t now, Arrivals& a) {
  path_.settle(now);
  if (a.reads != 0) {
    const Response& response = responses_.front();
    a.load_error = response.owner == kOwnerLoad && response.error == now;
    if (response.last == now) {
      a.any = a.left = true;
      a.error = response.error != kNever;
      a.filled = response.owner == kOwnerFetch;
      a.word = response.owner == kOwnerScalar;
      a.loaded = response.owner == kOwnerLoad ? response.beats : 0;
      read_beats_ += response.beats;
      if (a.loaded) load_beats_ += response.beats;
      responses_.pop_front();
    }
  }
  if (path_.has_answer() && path_.next_answer().cycle == now) {
    a.any = a.answered = true;
    a.answer_error = path_.next_answer().error;
    path_.pop_answer();
  }
}

void Machine::accept(std::uint8_t owner, std::uint64_t address, std::uint32_t beats) {
  const AxiPath::Read read = path_.read(address, beats, now_, responses_.free_place());
  responses_.push_back({read.first, read.last, read.error, beats, owner});
}

void Machine::start_units(unsigned started) {
  for (int u = 0; u < isa::kUnits; ++u) {
    if ((started >> u & 1) == 0) continue;
    const Dispatched& head = issue_.head(u);
    if (options_->execute) options_->execute(u, head);
    switch (u) {
      case isa::kUnitLoad:
        load_.start(head.instruction, head.base);
        load_awake_ = true;
        break;
      case isa::kUnitStore:
        store_.start(head.instruction, head.base, now_);
        unit_done_[u] = store_.done() > now_ ? store_.done() : kNever;
        store_awake_ = true;
        break;
      case isa::kUnitMatrix:
        matrix_ = time_matrix(config_, head.instruction, now_);
        unit_done_[u] = matrix_.done;
        break;
      default:
        vector_ = time_vector(config_, head.instruction, now_);
        unit_done_[u] = vector_.done;
        break;
    }
  }
}

/// Cycles up to `cycle` in which a unit moved something: a beat of the bus, a row of A, a step of the lanes.
std::uint64_t Machine::active_until(int unit, std::uint64_t cycle) const {
  switch (unit) {
    case isa::kUnitLoad: {
      const bool loading = !responses_.empty() && responses_.front().owner == kOwnerLoad;
      return load_beats_ + (loading ? path_.beats_until(responses_.front_place(), cycle) : 0);
    }
    case isa::kUnitStore:
      return write_beats_;
    case isa::kUnitMatrix:
      return matrix_rows_ + matrix_.rows_entered(cycle);
    default:
      return vector_steps_ + vector_.steps_entered(cycle);
  }
}

std::uint32_t Machine::unit_status(int unit) const {
  switch (unit) {
    case isa::kUnitLoad:
      return load_.status();
    case isa::kUnitStore:
      return store_.status();
    case isa::kUnitMatrix:
      return matrix_.status;
    default:
      return vector_.status;
  }
}

void Machine::finish(std::uint32_t status, std::uint64_t pc) {
  state_ = State::kDrain;
  outcome_ = status;
  outcome_pc_ = pc;
  progress_ = now_;  // the watchdog counts anew
}

/// Whether nothing has moved for the watchdog's number of cycles. Beats within a burst follow each other
/// closely: they count as one movement until the burst is complete.
bool Machine::expired(std::uint64_t now) {
  if (watchdog_ == kNever || now < progress_ + 1 + watchdog_) return false;
  if (!responses_.empty() && responses_.front().first <= now) progress_ = now;
  progress_ = std::max(progress_, store_.last_beat(now));
  return now >= progress_ + 1 + watchdog_;
}

/// Goes on to the next cycle in which something can happen.
void Machine::next_cycle() {
  ++now_;
  if (front_.awake() || issue_awake_ || load_awake_ || store_awake_) return;
  now_ = next_event(others_move());
}

/// The first cycle, from this one on, in which something can happen while nobody is awake; `others`:
/// others_move(). Writes that reach the memory before are handed on, since no read can overtake them, and
/// answers that STORE only counts are counted.
std::uint64_t Machine::next_event(std::uint64_t others) {
  if (load_.request() && store_.sent() >= now_) others = std::min(others, store_.sent());
  while (path_.has_answer() && path_.next_answer().cycle < others &&
         store_.only_counts(path_.next_answer().error)) {
    progress_ = std::max(progress_, path_.next_answer().cycle);
    store_.count_answer();
    path_.pop_answer();
  }
  while (true) {
    const std::uint64_t next = std::min(next_arrival(), others);
    if (next == kNever) return now_ + options_->progress_interval;  // only a limit or the user ends it
    if (next < path_.next_settlement()) return std::max(next, now_);
    path_.settle(next);
  }
}

isa::CompletionRecord Machine::report(const isa::StartArguments& arguments) {
  isa::CompletionRecord record;
  record.status = outcome_;
  record.pc = outcome_pc_;
  const std::uint64_t cycles = now_;
  front_.wait_until(cycles);
  std::uint64_t* counters = record.counters;
  std::uint64_t active[isa::kUnits];
  for (int u = 0; u < isa::kUnits; ++u)
    active[u] = u == isa::kUnitLoad ? load_beats_ : active_until(u, cycles);
  issue_.count(cycles, active, counters);
  counters[isa::kCounter_cycles] = cycles;
  counters[isa::kCounter_scalar_instructions] = front_.executed();
  counters[isa::kCounter_load_bytes] = load_bytes_;
  counters[isa::kCounter_store_bytes] = store_bytes_;
  counters[isa::kCounter_macs] =
      (matrix_rows_ + matrix_.rows_entered(cycles)) * config_.rows * config_.columns;
  counters[isa::kCounter_fetch_stall] = front_.fetch_stall();
  counters[isa::kCounter_scalar_wait] = front_.scalar_wait();
  counters[isa::kCounter_read_beats] = read_beats_;
  counters[isa::kCounter_write_beats] = write_beats_;
  counters[isa::kCounter_cache_reads] = front_.cache_reads();
  record_written_ = !expired_ && arguments.record % 64 == 0 && arguments.record <= kAddressMask &&
                    windows_.allow(arguments.record, sizeof record, true);
  return record;
}

}  // namespace heddle::sim::fast
