#include "tests/programs/token_order.hpp"

#include <algorithm>
#include <numeric>

namespace heddle::tests {

void TokenOrder::start_epoch() {
  std::array<int, isa::kSemaphores> order;
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random_.below(i + 1)]);
  std::size_t next = 0;
  for (std::size_t from = 0; from < isa::kUnits; ++from) {
    for (std::size_t to = 0; to < kActors; ++to) semaphore_[from][to] = from == to ? -1 : order[next++];
  }
  for (auto& nodes : nodes_) nodes.clear();
  for (Clock& clock : clock_) clock.fill(0);
  for (auto& row : last_signal_) row.fill(0);
  nodes_in_epoch_ = 0;
}

void TokenOrder::connect(int from, std::size_t count, int to, Clock& clock) {
  const std::size_t f = static_cast<std::size_t>(from), t = static_cast<std::size_t>(to);
  const Node& node = nodes_[f][count - 1];
  masks_[node.masks].signal |= bit(from, to);
  last_signal_[f][t] = count;
  for (std::size_t i = 0; i < kActors; ++i) clock[i] = std::max(clock[i], node.clock[i]);
  clock[f] = std::max(clock[f], count);
}

void TokenOrder::add(int unit, std::uint64_t pc, emit::Footprint footprint) {
  const std::size_t u = static_cast<std::size_t>(unit);
  Clock& clock = clock_[u];
  for (std::size_t i = 0; i < kActors; ++i) clock[i] = std::max(clock[i], clock_[kScalarActor][i]);
  masks_.push_back({pc, 0, 0});
  const std::size_t first = random_.below(isa::kUnits);
  for (std::size_t i = 0; i < isa::kUnits; ++i) {
    const std::size_t other = (first + i) % isa::kUnits;
    if (other == u) continue;
    std::size_t count = nodes_[other].size();
    while (count > clock[other] &&
           !emit::find_conflict(config_, nodes_[other][count - 1].footprint, footprint))
      --count;
    // Now and then more order than is needed.
    const bool more = random_.chance(4) && nodes_[other].size() > last_signal_[other][u];
    if (more)
      count = std::max(
          count, last_signal_[other][u] + 1 + random_.below(nodes_[other].size() - last_signal_[other][u]));
    if (count <= clock[other] && !more) continue;
    connect(static_cast<int>(other), count, unit, clock);
    masks_.back().wait |= bit(static_cast<int>(other), unit);
  }
  nodes_[u].push_back({std::move(footprint), clock, masks_.size() - 1});
  clock[u] = nodes_[u].size();
  ++nodes_in_epoch_;
}

std::uint16_t TokenOrder::scalar_wait() {
  std::uint16_t mask = 0;
  for (std::size_t unit = 0; unit < isa::kUnits; ++unit) {
    const std::size_t last = last_signal_[unit][kScalarActor], count = nodes_[unit].size();
    if (count <= last || !random_.chance(50)) continue;
    connect(static_cast<int>(unit), last + 1 + random_.below(count - last), kScalarActor,
            clock_[kScalarActor]);
    mask |= bit(static_cast<int>(unit), kScalarActor);
  }
  return mask;
}

}  // namespace heddle::tests
