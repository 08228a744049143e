// Orders straight-line work over the units of a device, as a list schedule, and finds the tokens that keep
// this order on any timing.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "isa/instruction.hpp"

namespace heddle::tiles {

/// One tile instruction to be. Work of one stream stays in the order in which it is given; a unit takes the
/// work of its streams as it becomes ready.
struct UnitWork {
  int unit = isa::kUnitLoad;
  int stream = 0;            // numbered over all units, small
  std::int64_t cycles = 0;   // that the unit is taken
  std::int64_t bus = 0;      // of these, cycles of the memory bus: LOAD and STORE slow each other down
  std::int64_t urgency = 0;  // of two that could start together the lower goes first
  std::vector<int> after;    // indices of work that must be finished, earlier in the list
};

struct UnitSchedule {
  std::vector<int> order;           // indices by start: also the order in which to issue
  std::vector<std::int64_t> start;  // of each index
  std::int64_t cycles = 0;          // until the last one ends
};

/// Sets the urgency of all work by what MATRIX needs next: the place, in the order of MATRIX, of the first
/// product that waits for it, directly or through other work.
void set_urgency(std::span<UnitWork> work);

/// Takes the piece of work that can start first, again and again. With `share_ahead` the cycles of that
/// schedule, divided by it, bound how long before a product work that it needs may start, since what is
/// fetched too early takes the memory from what is wanted now. Throws std::logic_error when a dependency is
/// not earlier in the list.
UnitSchedule schedule_units(std::span<const UnitWork> work, int share_ahead = 0);

/// The order in which to issue scheduled work, so that no unit runs out of instructions when memory is slower
/// than the schedule thinks: an instruction is issued as soon as the queue of its unit has room for it, and
/// what it waits for is issued, save that MATRIX has its instructions early. Since an instruction of a unit
/// is issued when the one `queue_depth - 1` before it starts in the schedule, everything that starts before
/// that is issued already, and no full queue keeps from the units what it waits for. Work of a unit keeps its
/// order.
std::vector<int> issue_order(std::span<const UnitWork> work, const UnitSchedule& schedule, int queue_depth);

struct UnitTokens {
  std::uint16_t wait = 0, signal = 0;
};

/// Semaphores such that every dependency holds when the units execute `order`, each its own in turn: one
/// semaphore for each direction between two units, no token for what an earlier one implies, and never more
/// on the way than a semaphore counts, as long as the unit that takes them has work. Throws std::logic_error
/// for a direction that has no semaphore.
std::vector<UnitTokens> assign_tokens(std::span<const UnitWork> work, std::span<const int> order);

}  // namespace heddle::tiles
