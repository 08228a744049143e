#include "compiler/tiles/unit_schedule.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "compiler/tiles/program.hpp"

namespace heddle::tiles {
namespace {

// What a beat of one direction costs the other on a DRAM, turnarounds included.
constexpr std::int64_t kSharedBusCost = 2;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// The semaphore whose tokens go from one unit to another.
int semaphore_between(int from, int to) {
  constexpr int kNone = -1;
  constexpr int kTable[isa::kUnits][isa::kUnits] = {
      // to LOAD, STORE, MATRIX, VECTOR
      {kNone, kNone, kWeightsFull, kVectorFull},        // from LOAD
      {kCacheStored, kNone, kLogitsFree, kRowsStored},  // from STORE
      {kWeightsFree, kLogitsFull, kNone, kResult},      // from MATRIX
      {kParametersFree, kCacheRows, kOperand, kNone}};  // from VECTOR
  const int semaphore = kTable[from][to];
  if (semaphore == kNone) {
    throw std::logic_error(fmt::format("no semaphore leads from unit {} to unit {}", from, to));
  }
  return semaphore;
}

struct Stream {
  std::vector<int> work;
  std::size_t next = 0;
  std::int64_t ready = kNever;  // when what the next one depends on is finished; never: not known yet
};

}  // namespace

void set_urgency(std::span<UnitWork> work) {
  std::int64_t products = 0;
  for (UnitWork& item : work) item.urgency = item.unit == isa::kUnitMatrix ? products++ : kNever;
  std::vector<std::int64_t> next;  // urgency of the next work of each stream
  for (std::size_t i = work.size(); i-- > 0;) {
    UnitWork& item = work[i];
    const auto stream = static_cast<std::size_t>(item.stream);
    if (next.size() <= stream) next.resize(stream + 1, kNever);
    next[stream] = item.urgency = std::min(item.urgency, next[stream]);
    for (const int before : item.after) {
      std::int64_t& urgency = work[static_cast<std::size_t>(before)].urgency;
      urgency = std::min(urgency, item.urgency);
    }
  }
}

namespace {

/// The schedule in which no work starts before its place in `earliest`; empty: any.
UnitSchedule schedule_from(std::span<const UnitWork> work, std::span<const std::int64_t> earliest) {
  UnitSchedule out;
  out.start.assign(work.size(), kNever);
  out.order.reserve(work.size());
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < work.size(); ++i) {
    const auto stream = static_cast<std::size_t>(work[i].stream);
    if (streams.size() <= stream) streams.resize(stream + 1);
    streams[stream].work.push_back(static_cast<int>(i));
    for (const int before : work[i].after) {
      if (before < 0 || static_cast<std::size_t>(before) >= i) throw std::logic_error("work in a circle");
    }
  }
  std::int64_t free[isa::kUnits] = {};
  std::int64_t bus[isa::kUnits] = {};  // of the latest work of each unit
  std::vector<std::int64_t> ends(work.size());
  const auto ready_at = [&](const UnitWork& item) {
    std::int64_t ready = earliest.empty() ? 0 : earliest[static_cast<std::size_t>(&item - work.data())];
    for (const int before : item.after) {
      const auto at = static_cast<std::size_t>(before);
      if (out.start[at] == kNever) return kNever;
      ready = std::max(ready, ends[at]);
    }
    return ready;
  };
  while (out.order.size() < work.size()) {
    Stream* best = nullptr;
    std::int64_t best_start = kNever, best_urgency = 0;
    for (Stream& stream : streams) {
      if (stream.next == stream.work.size()) continue;
      const UnitWork& item = work[static_cast<std::size_t>(stream.work[stream.next])];
      if (stream.ready == kNever) stream.ready = ready_at(item);
      if (stream.ready == kNever) continue;
      const std::int64_t start = std::max(stream.ready, free[item.unit]);
      if (best == nullptr || start < best_start || (start == best_start && item.urgency < best_urgency)) {
        best = &stream;
        best_start = start;
        best_urgency = item.urgency;
      }
    }
    if (best == nullptr) throw std::logic_error("work that waits for itself");
    const int index = best->work[best->next++];
    const UnitWork& item = work[static_cast<std::size_t>(index)];
    best->ready = kNever;
    out.start[static_cast<std::size_t>(index)] = best_start;
    out.order.push_back(index);
    std::int64_t cycles = item.cycles;
    if (item.bus > 0) {
      const int other = item.unit == isa::kUnitLoad ? isa::kUnitStore : isa::kUnitLoad;
      const std::int64_t both = std::max<std::int64_t>(0, free[other] - best_start);
      cycles += kSharedBusCost * std::min({item.bus, bus[other], both});
    }
    bus[item.unit] = item.bus;
    free[item.unit] = best_start + cycles;
    ends[static_cast<std::size_t>(index)] = free[item.unit];
    out.cycles = std::max(out.cycles, free[item.unit]);
  }
  return out;
}

}  // namespace

UnitSchedule schedule_units(std::span<const UnitWork> work, int share_ahead) {
  UnitSchedule out = schedule_from(work, {});
  if (share_ahead == 0) return out;
  std::vector<std::int64_t> products;  // start of each
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (work[i].unit == isa::kUnitMatrix) products.push_back(out.start[i]);
  }
  std::vector<std::int64_t> earliest(work.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (work[i].urgency >= static_cast<std::int64_t>(products.size())) continue;
    const std::int64_t product = products[static_cast<std::size_t>(work[i].urgency)];
    earliest[i] = std::max<std::int64_t>(0, product - out.cycles / share_ahead);
  }
  return schedule_from(work, earliest);
}

std::vector<int> issue_order(std::span<const UnitWork> work, const UnitSchedule& schedule, int queue_depth) {
  const std::size_t ahead = static_cast<std::size_t>(std::max(1, queue_depth - 1));
  std::vector<std::int64_t> key(work.size());
  std::vector<std::int64_t> starts[isa::kUnits];  // of the work of each unit so far
  std::int64_t latest[isa::kUnits] = {};          // key of the last of each
  for (const int index : schedule.order) {
    const auto at = static_cast<std::size_t>(index);
    const int unit = work[at].unit;
    std::vector<std::int64_t>& before = starts[unit];
    std::int64_t earliest = before.size() < ahead ? 0 : before[before.size() - ahead];
    earliest = std::max(earliest, latest[unit]);
    // MATRIX waits with an instruction at hand. The other units would fill their queues, and what stands
    // behind in the program would wait although its own unit is free.
    if (unit != isa::kUnitMatrix) {
      for (const int other : work[at].after)
        earliest = std::max(earliest, key[static_cast<std::size_t>(other)]);
    }
    before.push_back(schedule.start[at]);
    key[at] = latest[unit] = earliest;
  }
  std::vector<int> order = schedule.order;
  // Of the same key the order of the schedule holds, in which nothing stands before what it waits for.
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return key[static_cast<std::size_t>(a)] < key[static_cast<std::size_t>(b)];
  });
  return order;
}

namespace {

/// Work of one unit, by its place in the order, that work of another one waits for.
struct Arc {
  int signal = 0, wait = 0;
};

/// Appends an arc; both its ends come behind those of the arcs so far. A semaphore counts to 255: where many
/// tokens are on the way, the newest of them is given later, with this arc's signal, and serves both who
/// wait.
void append(std::vector<Arc>* arcs, std::size_t* oldest, const Arc& arc) {
  constexpr std::size_t kMost = 224;  // queues may run ahead of the order
  while (*oldest < arcs->size() && (*arcs)[*oldest].wait < arc.signal) ++*oldest;
  if (arcs->size() - *oldest < kMost)
    arcs->push_back(arc);
  else
    arcs->back().signal = arc.signal;
}

}  // namespace

std::vector<UnitTokens> assign_tokens(std::span<const UnitWork> work, std::span<const int> order) {
  std::vector<int> place(work.size());  // of each index in the order
  for (std::size_t i = 0; i < order.size(); ++i)
    place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  std::vector<Arc> arcs[isa::kUnits][isa::kUnits];  // from unit to unit
  std::size_t oldest[isa::kUnits][isa::kUnits] = {};
  // The latest work of unit `from` that unit `to` has waited for.
  int seen[isa::kUnits][isa::kUnits];
  for (auto& row : seen) std::fill(std::begin(row), std::end(row), -1);
  for (const int index : order) {
    const UnitWork& item = work[static_cast<std::size_t>(index)];
    int latest[isa::kUnits] = {-1, -1, -1, -1};
    for (const int before : item.after) {
      const int from = work[static_cast<std::size_t>(before)].unit;
      latest[from] = std::max(latest[from], place[static_cast<std::size_t>(before)]);
    }
    for (int from = 0; from < isa::kUnits; ++from) {
      if (from == item.unit || latest[from] <= seen[from][item.unit]) continue;
      seen[from][item.unit] = latest[from];
      append(&arcs[from][item.unit], &oldest[from][item.unit],
             {latest[from], place[static_cast<std::size_t>(index)]});
    }
  }
  std::vector<UnitTokens> tokens(work.size());
  const auto tokens_of = [&](int at) -> UnitTokens& {
    return tokens[static_cast<std::size_t>(order[static_cast<std::size_t>(at)])];
  };
  for (int from = 0; from < isa::kUnits; ++from) {
    for (int to = 0; to < isa::kUnits; ++to) {
      for (const Arc& arc : arcs[from][to]) {
        const std::uint16_t mask = bit(semaphore_between(from, to));
        tokens_of(arc.signal).signal |= mask;
        tokens_of(arc.wait).wait |= mask;
      }
    }
  }
  return tokens;
}

}  // namespace heddle::tiles
