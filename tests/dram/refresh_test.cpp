// Refresh, computed by hand. Times: tests/dram/small_memory.hpp; a read is used 18 clocks after its column
// command, a request is in the queue 3 clocks after its arrival.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/dram/small_memory.hpp"

namespace heddle::sim::dram {
namespace {

Timing all_banks() {
  Timing t = small_timing();
  t.refresh = Refresh::kAllBank;
  t.tREFI = 500;
  t.tRFC = 60;
  return t;
}

Timing single_banks() {
  Timing t = small_timing();
  t.row_bytes = 2048;  // 64 bursts, so that a row serves many hits
  t.refresh = Refresh::kPerBank;
  t.tREFIpb = 200;
  t.tRFCpb = 60;
  t.tRREFD = 20;
  return t;
}

// As at(), for rows of 64 bursts.
constexpr std::uint64_t in_long_row(std::uint64_t row, std::uint64_t bank, std::uint64_t column,
                                    std::uint64_t group) {
  return (((row * 4 + bank) * 64 + column) * 2 + group) * 32;
}

TEST(AllBanks, ABurstThatWouldComeAfterItWaits) {
  MemoryModel memory(all_banks(), kSmallMhz);
  // In the queue at 493, its column command would be at 506: the refresh goes first, from 500 to 560, then
  // ACT 560, RD 573.
  EXPECT_EQ(memory.access(false, 0, 490), 573u + 18);
}

TEST(AllBanks, ClosesOpenRowsFirst) {
  MemoryModel memory(all_banks(), kSmallMhz);
  memory.access(false, at(0, 0, 0, 0), 400);  // ACT 403, RD 416
  // In the queue at 500: PREab max(500, 403 + tRAS 30) = 500, REF 512 to 572, ACT 572, RD 585.
  EXPECT_EQ(memory.access(false, at(0, 0, 1, 0), 497), 585u + 18);
  EXPECT_EQ(memory.counters(600).row_misses, 2u);  // the row was open before, and is not any more
}

TEST(AllBanks, ABurstThatComesJustBeforeIsServedAndDelaysIt) {
  MemoryModel memory(all_banks(), kSmallMhz);
  memory.access(false, at(0, 0, 0, 0), 400);
  EXPECT_EQ(memory.access(false, at(0, 0, 1, 0), 496), 499u + 18);
  // PREab max(500, 499 + tRTP 8) = 507, REF 519 to 579, ACT 579, RD 592.
  EXPECT_EQ(memory.access(false, at(0, 0, 2, 0), 498), 592u + 18);
}

TEST(AllBanks, WaitsForTrasOfARowJustOpened) {
  MemoryModel memory(all_banks(), kSmallMhz);
  memory.access(false, at(0, 0, 0, 0), 477);  // ACT 480, RD 493
  // PREab max(500, 480 + tRAS 30, 493 + tRTP 8) = 510, REF 522 to 582, ACT 582, RD 595.
  EXPECT_EQ(memory.access(false, at(0, 0, 1, 0), 500), 595u + 18);
}

TEST(AllBanks, TheCalendarDoesNotMove) {
  MemoryModel memory(all_banks(), kSmallMhz);
  memory.access(false, at(0, 0, 0, 0), 400);
  memory.access(false, at(0, 0, 1, 0), 496);  // delays the first refresh to 519
  // The second is due at 1000 all the same: in the queue at 1001, REF 1000 to 1060 (the banks are closed).
  EXPECT_EQ(memory.access(false, 0, 998), 1073u + 18);
  const Counters c = memory.counters(2001);  // due at 500, 1000, 1500, 2000
  EXPECT_EQ(c.refreshes, 4u);
  EXPECT_EQ(c.refresh_clocks, 240u);
}

TEST(AllBanks, AllChannelsRefreshAtOnce) {
  Timing t = all_banks();
  t.channels = 2;
  MemoryModel memory(t, kSmallMhz);
  EXPECT_EQ(memory.access(false, 0, 490), 573u + 18);
  EXPECT_EQ(memory.access(false, 64, 490), 573u + 18);
}

TEST(SingleBanks, AnIdleMemoryRefreshesWhenDue) {
  MemoryModel memory(single_banks(), kSmallMhz);
  // No bank was used: the lowest (bank 0 of group 0) is refreshed from 200 to 260. ACT 260, RD 273.
  EXPECT_EQ(memory.access(false, in_long_row(0, 0, 0, 0), 250), 273u + 18);
}

TEST(SingleBanks, OtherBanksWorkMeanwhile) {
  MemoryModel memory(single_banks(), kSmallMhz);
  // In the queue at 253, ACT 253, RD 266.
  EXPECT_EQ(memory.access(false, in_long_row(0, 0, 0, 1), 250), 266u + 18);
}

TEST(SingleBanks, TheyCountAsActivates) {
  MemoryModel memory(single_banks(), kSmallMhz);
  // Refresh of bank 0, group 0 at 200. In the queue at 201, group 0: ACT 200 + tRRD_L 7 = 207, RD 220.
  EXPECT_EQ(memory.access(false, in_long_row(0, 1, 0, 0), 198), 220u + 18);
}

TEST(SingleBanks, ABusyMemoryOwesThem) {
  MemoryModel memory(single_banks(), kSmallMhz);
  // In the queue at 193, RD 206. The refresh of 200 finds a burst waiting: it is held back.
  EXPECT_EQ(memory.access(false, in_long_row(0, 0, 0, 0), 190), 206u + 18);
  EXPECT_EQ(memory.counters(210).refreshes, 0u);
}

TEST(SingleBanks, OwedOnesAreMadeGoodAfterEightHits) {
  MemoryModel memory(single_banks(), kSmallMhz);
  for (int i = 0; i < 9; ++i) memory.access(false, in_long_row(0, 0, i, 0), 190);
  // RD 206, then eight hits at tCCD_L 6: the last at 254. Then bank 0 of group 1 (never used, the lowest) is
  // refreshed from 254 to 314.
  EXPECT_EQ(memory.counters(255).refreshes, 1u);
  EXPECT_EQ(memory.access(false, in_long_row(0, 0, 0, 1), 255), 327u + 18);  // ACT 314, RD 327
}

TEST(SingleBanks, AtMostEightAreOwed) {
  MemoryModel memory(single_banks(), kSmallMhz);
  // Another row of one bank with every burst, and the queue always full: nothing is ever made good, and all
  // but eight of those due before the last column command take place when due.
  std::uint64_t done = 0;
  for (int i = 0; done < 4000; ++i) done = memory.access(false, in_long_row(i, 0, 0, 0), 10);
  const std::uint64_t due = (done - 18) / 200;
  EXPECT_EQ(memory.counters(0).refreshes, due - 8);
}

TEST(SingleBanks, EveryBankHasItsTurnInEachRound) {
  MemoryModel memory(single_banks(), kSmallMhz);
  const auto touch_all = [&](std::uint64_t arrival) {
    for (int b = 0; b < 8; ++b) memory.access(false, in_long_row(0, b / 2, 0, b % 2), arrival);
  };
  touch_all(10);
  EXPECT_EQ(memory.counters(190).row_misses, 8u);
  touch_all(1500);  // refreshes of 200 to 1400: seven banks are closed, the eighth not yet
  EXPECT_EQ(memory.counters(1590).row_misses, 15u);
  EXPECT_EQ(memory.counters(1590).row_hits, 1u);
}

TEST(SingleBanks, TheBankLeftLastIsTakenFirst) {
  MemoryModel memory(single_banks(), kSmallMhz);
  memory.access(false, in_long_row(0, 2, 0, 0), 10);
  memory.access(false, in_long_row(0, 1, 0, 0), 60);
  memory.access(false, in_long_row(0, 3, 0, 0), 120);
  // Bank 3's column command is at 136. At 200 that lies more than tRC 41 back, and bank 3 is refreshed: PRE
  // 200, REF 200 + tRP 10 = 210 to 270.
  EXPECT_EQ(memory.access(false, in_long_row(0, 1, 1, 0), 210), 213u + 18);  // a hit still
  EXPECT_EQ(memory.access(false, in_long_row(0, 3, 1, 0), 210), 283u + 18);  // ACT 270

  // At 170 it lies only 34 back: bank 3 is in use, and bank 1 is refreshed, from 180 to 240.
  Timing t = single_banks();
  t.tREFIpb = 170;
  MemoryModel sooner(t, kSmallMhz);
  sooner.access(false, in_long_row(0, 2, 0, 0), 10);
  sooner.access(false, in_long_row(0, 1, 0, 0), 60);
  sooner.access(false, in_long_row(0, 3, 0, 0), 120);
  EXPECT_EQ(sooner.access(false, in_long_row(0, 3, 1, 0), 175), 178u + 18);  // a hit still
  EXPECT_EQ(sooner.access(false, in_long_row(0, 1, 1, 0), 175), 253u + 18);  // ACT 240
}

TEST(AnyMemory, ThatPassesTheCheckServesEveryBurst) {
  // Random parameters with refresh intervals as short as the check allows: the burst must find a gap.
  std::mt19937_64 random(1);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  int legal = 0;
  for (int i = 0; i < 50000; ++i) {
    Timing t = small_timing();
    t.bank_groups = 1u << below(3);
    t.banks_per_group = 1u << below(4);
    t.queue_depth = 1 + below(32);
    const std::uint32_t longest = 10 + below(90);
    for (std::uint32_t Timing::*field :
         {&Timing::tRCD, &Timing::tRP, &Timing::tRPab, &Timing::tRAS, &Timing::tRRD_S, &Timing::tRRD_L,
          &Timing::tFAW, &Timing::tRTP, &Timing::tWR, &Timing::tWTR_S, &Timing::tWTR_L})
      t.*field = 1 + below(longest);
    t.tRC = t.tRAS + t.tRP + below(3);
    t.refresh = below(2) == 0 ? Refresh::kAllBank : Refresh::kPerBank;
    t.tRFC = t.tRFCpb = 1 + below(300);
    t.tREFI = t.tREFIpb = t.tRFC + below(400);
    t.tRREFD = 1 + below(t.tRFCpb);
    const char* field = "";
    if (check_timing(t, &field) != nullptr) continue;
    ++legal;
    MemoryModel memory(t, kSmallMhz);
    std::uint64_t last = 0;
    for (std::uint64_t k = 0; k < 300; ++k) {
      const bool write = below(4) == 0;
      last = std::max(last, memory.access(write, below(1 << 16), k));
    }
    EXPECT_LT(last, 300u * 4000);
  }
  EXPECT_GT(legal, 500);
}

TEST(SingleBanks, AskingForCountersChangesNothing) {
  MemoryModel asked(single_banks(), kSmallMhz), not_asked(single_banks(), kSmallMhz);
  std::vector<std::uint64_t> a, b;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::uint64_t address = i * 0x9E3779B97F4A7C15ull >> 40 << 5;
    a.push_back(asked.access(i % 7 == 0, address, i * 9));
    b.push_back(not_asked.access(i % 7 == 0, address, i * 9));
    asked.counters(i * 9 + 3000);
  }
  EXPECT_EQ(a, b);
}

}  // namespace
}  // namespace heddle::sim::dram
