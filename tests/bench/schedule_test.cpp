// The list schedule of units, and the tokens that keep it.
#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

#include "compiler/tiles/program.hpp"
#include "compiler/tiles/unit_schedule.hpp"

namespace heddle::tiles {
namespace {

enum : int { kIn, kOther, kMultiply };

UnitWork work(int unit, int stream, std::int64_t cycles, std::vector<int> after = {},
              std::int64_t urgency = 0, std::int64_t bus = 0) {
  return {unit, stream, cycles, bus, urgency, std::move(after)};
}

TEST(UnitSchedule, LoadsBehindProducts) {
  // Two loads and the products that use them: the second load runs behind the first product.
  const std::vector<UnitWork> all = {
      work(isa::kUnitLoad, kIn, 10), work(isa::kUnitMatrix, kMultiply, 30, {0}),
      work(isa::kUnitLoad, kIn, 10), work(isa::kUnitMatrix, kMultiply, 30, {2})};
  const UnitSchedule schedule = schedule_units(all);
  EXPECT_EQ(schedule.start, (std::vector<std::int64_t>{0, 10, 10, 40}));
  EXPECT_EQ(schedule.cycles, 70);
}

TEST(UnitSchedule, NothingGoesFurtherAheadThanItsShare) {
  // Four loads that could all go at once, each for a product of 40 cycles.
  std::vector<UnitWork> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(work(isa::kUnitLoad, kIn, 10));
    all.push_back(work(isa::kUnitMatrix, kMultiply, 40, {2 * i}));
  }
  set_urgency(all);
  const UnitSchedule eager = schedule_units(all), paced = schedule_units(all, 5);
  EXPECT_EQ(eager.start[6], 30);
  EXPECT_EQ(eager.cycles, 170);
  // The last product starts at 130, a fifth of 170 is 34.
  EXPECT_EQ(paced.start[6], 96);
  EXPECT_EQ(paced.cycles, 170);
}

TEST(UnitSchedule, ReadyStreamOvertakesTheOtherOfItsUnit) {
  // The second stream of LOAD waits for a product; the first goes on meanwhile.
  const std::vector<UnitWork> all = {work(isa::kUnitLoad, kIn, 10),
                                     work(isa::kUnitMatrix, kMultiply, 50, {0}),
                                     work(isa::kUnitLoad, kOther, 5, {1}), work(isa::kUnitLoad, kIn, 10)};
  EXPECT_EQ(schedule_units(all).start, (std::vector<std::int64_t>{0, 10, 60, 10}));
}

TEST(UnitSchedule, UrgencyDecidesTies) {
  const std::vector<UnitWork> all = {work(isa::kUnitLoad, kIn, 10, {}, 2),
                                     work(isa::kUnitLoad, kOther, 10, {}, 1)};
  EXPECT_EQ(schedule_units(all).order, (std::vector<int>{1, 0}));
}

TEST(UnitSchedule, TheBusIsShared) {
  const std::vector<UnitWork> alone = {work(isa::kUnitLoad, kIn, 100, {}, 0, 100)};
  const std::vector<UnitWork> both = {work(isa::kUnitStore, kOther, 50, {}, 0, 50),
                                      work(isa::kUnitLoad, kIn, 100, {}, 0, 100)};
  EXPECT_GT(schedule_units(both).cycles, schedule_units(alone).cycles);
}

TEST(UnitSchedule, RefusesCircles) {
  const std::vector<UnitWork> forward = {work(isa::kUnitLoad, kIn, 1, {1}),
                                         work(isa::kUnitMatrix, kMultiply, 1)};
  EXPECT_THROW(schedule_units(forward), std::logic_error);
  const std::vector<UnitWork> itself = {work(isa::kUnitLoad, kIn, 1, {0})};
  EXPECT_THROW(schedule_units(itself), std::logic_error);
}

TEST(UnitTokens, OneForEachNewDependency) {
  // Work 3 depends on what work 2 has waited for already, work 4 on its own unit: no token for either.
  const std::vector<UnitWork> all = {work(isa::kUnitLoad, kIn, 1), work(isa::kUnitLoad, kIn, 1),
                                     work(isa::kUnitMatrix, kMultiply, 1, {0, 1}),
                                     work(isa::kUnitMatrix, kMultiply, 1, {0}),
                                     work(isa::kUnitMatrix, kMultiply, 1, {3})};
  const std::vector<UnitTokens> tokens = assign_tokens(all, schedule_units(all).order);
  EXPECT_EQ(tokens[0].signal, 0);
  EXPECT_EQ(tokens[1].signal, bit(kWeightsFull));
  EXPECT_EQ(tokens[2].wait, bit(kWeightsFull));
  EXPECT_EQ(tokens[3].wait, 0);
  EXPECT_EQ(tokens[4].wait, 0);
}

TEST(UnitTokens, EachDirectionHasItsOwn) {
  const std::vector<UnitWork> all = {work(isa::kUnitMatrix, 0, 1), work(isa::kUnitVector, 1, 1, {0}),
                                     work(isa::kUnitLoad, 2, 1, {0}), work(isa::kUnitMatrix, 0, 1, {1, 2})};
  const std::vector<UnitTokens> tokens = assign_tokens(all, schedule_units(all).order);
  EXPECT_EQ(tokens[0].signal, bit(kResult) | bit(kWeightsFree));
  EXPECT_EQ(tokens[3].wait, bit(kOperand) | bit(kWeightsFull));
}

// 600 results of STORE are read at the end, each by a LOAD of its own.
TEST(UnitTokens, NeverMoreOnTheWayThanASemaphoreCounts) {
  constexpr int kResults = 600;
  std::vector<UnitWork> all;
  for (int i = 0; i < kResults; ++i) all.push_back(work(isa::kUnitStore, kOther, 1));
  for (int i = 0; i < kResults; ++i) all.push_back(work(isa::kUnitLoad, kIn, 1, {i}));
  std::vector<int> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  const std::vector<UnitTokens> tokens = assign_tokens(all, order);
  std::vector<int> needed(all.size());  // tokens that say of each STORE that it is done
  int signalled = 0, taken = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    needed[i] = signalled + 1;
    if (tokens[i].signal != 0) ++signalled;
    if (tokens[i].wait != 0) ++taken;
    for (const int before : all[i].after) EXPECT_GE(taken, needed[static_cast<std::size_t>(before)]) << i;
  }
  EXPECT_LE(signalled, 255);
  EXPECT_EQ(taken, signalled);
}

TEST(UnitTokens, RefusesDirectionsWithoutASemaphore) {
  const std::vector<UnitWork> all = {work(isa::kUnitLoad, 0, 1), work(isa::kUnitStore, 1, 1, {0})};
  EXPECT_THROW(assign_tokens(all, schedule_units(all).order), std::logic_error);
}

}  // namespace
}  // namespace heddle::tiles
