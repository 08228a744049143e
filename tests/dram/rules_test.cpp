// One trace for each timing rule, computed by hand. Times: tests/dram/small_memory.hpp. Unless said otherwise
// requests arrive in cycle 100, are in the queue at 100 + frontend 3 = 103.
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/dram/small_memory.hpp"

namespace heddle::sim::dram {
namespace {

class Rules : public testing::Test {
 protected:
  std::uint64_t read(std::uint64_t address, std::uint64_t arrival = 100) {
    return memory_.access(false, address, arrival);
  }
  std::uint64_t write(std::uint64_t address, std::uint64_t arrival = 100) {
    return memory_.access(true, address, arrival);
  }
  MemoryModel memory_{small_timing(), kSmallMhz};
};

TEST_F(Rules, ClosedBankTakesActivateColumnAndData) {
  // ACT 103, RD 103 + tRCD 13 = 116, data in use at 116 + 18.
  EXPECT_EQ(read(at(0, 0, 0, 0)), 134u);
  const Counters c = memory_.counters(200);
  EXPECT_EQ(c.row_misses, 1u);
  EXPECT_EQ(c.busy_clocks, 4u);
  EXPECT_EQ(c.read_bytes, 32u);
}

TEST_F(Rules, HitsOfOneGroupStreamAtTccdL) {
  EXPECT_EQ(read(at(0, 0, 0, 0)), 116u + 18);
  EXPECT_EQ(read(at(0, 0, 1, 0)), 122u + 18);  // RD 116 + tCCD_L 6
  EXPECT_EQ(read(at(0, 0, 2, 0)), 128u + 18);
  EXPECT_EQ(memory_.counters(200).row_hits, 2u);
}

TEST_F(Rules, HitsOfAlternatingGroupsStreamAtTccdS) {
  EXPECT_EQ(read(at(0, 0, 0, 0)), 116u + 18);
  EXPECT_EQ(read(at(0, 0, 0, 1)), 121u + 18);  // ACT 103 + tRRD_S 5 = 108, RD + tRCD 13
  EXPECT_EQ(read(at(0, 0, 1, 0)), 125u + 18);  // max(121 + tCCD_S 4, 116 + tCCD_L 6)
  EXPECT_EQ(read(at(0, 0, 1, 1)), 129u + 18);  // max(125 + 4, 121 + 6)
  EXPECT_EQ(read(at(0, 0, 2, 0)), 133u + 18);
}

TEST_F(Rules, ConflictWaitsForTrasAndTrc) {
  read(at(0, 0, 0, 0));  // ACT 103, RD 116
  // PRE max(103 + tRAS 30, 116 + tRTP 8) = 133, ACT max(133 + tRP 10, 103 + tRC 41) = 144, RD 157.
  EXPECT_EQ(read(at(1, 0, 0, 0)), 157u + 18);
  EXPECT_EQ(memory_.counters(200).row_conflicts, 1u);
}

TEST_F(Rules, ConflictInAnOldRowTakesPrechargeActivateColumn) {
  read(at(0, 0, 0, 0));
  // In the queue at 303: PRE 303, ACT 303 + tRP 10, RD + tRCD 13 = 326.
  EXPECT_EQ(read(at(1, 0, 0, 0), 300), 326u + 18);
}

TEST_F(Rules, PrechargeWaitsForTrtp) {
  read(at(0, 0, 0, 0));       // ACT 103, RD 116
  read(at(0, 0, 1, 0), 140);  // RD 143
  // In the queue at 144: PRE max(144, 143 + tRTP 8) = 151, ACT 161, RD 174.
  EXPECT_EQ(read(at(1, 0, 0, 0), 141), 174u + 18);
}

TEST_F(Rules, ActivatesKeepTrrd) {
  read(at(0, 0, 0, 0));                        // ACT 103
  EXPECT_EQ(read(at(0, 1, 0, 0)), 123u + 18);  // same group: ACT 103 + tRRD_L 7 = 110, RD 123
  EXPECT_EQ(read(at(0, 1, 0, 1)), 128u + 18);  // other group: ACT 110 + tRRD_S 5 = 115, RD 128
}

TEST_F(Rules, FifthActivateWaitsForTfaw) {
  EXPECT_EQ(read(at(0, 0, 0, 0)), 116u + 18);  // ACT 103
  EXPECT_EQ(read(at(0, 0, 0, 1)), 121u + 18);  // ACT 108
  EXPECT_EQ(read(at(0, 1, 0, 0)), 126u + 18);  // ACT max(108 + 5, 103 + 7) = 113
  EXPECT_EQ(read(at(0, 1, 0, 1)), 131u + 18);  // ACT 118
  EXPECT_EQ(read(at(0, 2, 0, 0)), 145u + 18);  // ACT max(118 + 5, 113 + 7, 103 + tFAW 29) = 132
}

TEST_F(Rules, WriteIsAnsweredWhenItsDataAreInMemory) {
  EXPECT_EQ(write(at(0, 0, 0, 0)), 116u + 14);
  EXPECT_EQ(memory_.counters(200).write_bytes, 32u);
}

TEST_F(Rules, WriteToReadOfTheSameGroupKeepsTwtrL) {
  write(at(0, 0, 0, 0));                       // WR 116, end of data 116 + 7 + 1 + 4 = 128
  EXPECT_EQ(read(at(0, 0, 1, 0)), 137u + 18);  // RD 128 + tWTR_L 9
}

TEST_F(Rules, WriteToReadOfAnotherGroupKeepsTwtrS) {
  write(at(0, 0, 0, 0));                       // end of data 128
  EXPECT_EQ(read(at(0, 0, 0, 1)), 131u + 18);  // RD max(ACT 108 + tRCD 13, 128 + tWTR_S 3)
}

TEST_F(Rules, ReadToWriteKeepsTrtw) {
  read(at(0, 0, 0, 0));                         // RD 116
  EXPECT_EQ(write(at(0, 0, 1, 0)), 125u + 14);  // WR 116 + tRTW 9
}

TEST_F(Rules, PrechargeAfterAWriteWaitsForTwr) {
  write(at(0, 0, 0, 0));  // ACT 103, WR 116, end of data 128
  // PRE max(103 + tRAS 30, 128 + tWR 15) = 143, ACT 143 + tRP 10 = 153, RD 166.
  EXPECT_EQ(read(at(1, 0, 0, 0)), 166u + 18);
}

TEST_F(Rules, WritesStreamAtTccd) {
  EXPECT_EQ(write(at(0, 0, 0, 0)), 116u + 14);
  EXPECT_EQ(write(at(0, 0, 0, 1)), 121u + 14);  // ACT 108, WR 121
  EXPECT_EQ(write(at(0, 0, 1, 0)), 125u + 14);  // max(121 + tCCD_S 4, 116 + tCCD_L 6)
}

TEST_F(Rules, ColumnCommandsAreInOrderOfArrival) {
  read(at(0, 0, 0, 0));                        // RD 116
  read(at(0, 0, 0, 1));                        // RD 121
  EXPECT_EQ(read(at(1, 0, 0, 0)), 157u + 18);  // conflict: RD 157
  // Its row is open, but it came later: RD 157 + tCCD_S 4 rather than 121 + tCCD_L 6.
  EXPECT_EQ(read(at(0, 0, 1, 1)), 161u + 18);
}

TEST(Queue, RowsAreOpenedAheadForItsBurstsOnly) {
  Timing t = small_timing();
  t.queue_depth = 2;
  MemoryModel memory(t, kSmallMhz);
  memory.access(false, at(0, 0, 0, 0), 100);  // ACT 103, RD 116
  memory.access(false, at(0, 0, 0, 1), 100);  // ACT 108, RD 121
  // Enters the queue when the first has had its column command: ACT 116, RD 129.
  EXPECT_EQ(memory.access(false, at(0, 1, 0, 0), 100), 129u + 18);
}

TEST(Channels, InterleaveBytesGoToOneChannelThenToTheNext) {
  Timing t = small_timing();
  t.channels = 2;
  MemoryModel memory(t, kSmallMhz);
  // 64 bytes a channel, two bursts, of groups 0 and 1: RD 116 and 121 in each of the channels at once.
  const Completion c = memory.submit({false, 0, 128, 100});
  EXPECT_EQ(c.first, 116u + 18);
  EXPECT_EQ(c.last, 121u + 18);
  // Bytes 128 to 191 are channel 0 again: column 1. RD max(121 + 4, 116 + 6) = 125.
  EXPECT_EQ(memory.access(false, 128, 100), 125u + 18);

  MemoryModel narrow(small_timing(), kSmallMhz);  // one channel: RD 116, 121, 125, 129
  EXPECT_EQ(narrow.submit({false, 0, 128, 100}).last, 129u + 18);
}

TEST(Channels, APartOfABurstMovesTheWholeBurst) {
  MemoryModel memory(small_timing(), kSmallMhz);
  EXPECT_EQ(memory.submit({true, 31, 2, 100}).last, 121u + 14);  // bytes 31 and 32: two bursts
  EXPECT_EQ(memory.counters(200).write_bytes, 64u);
}

TEST(Clocks, CoreCyclesAreRoundedUpBothWays) {
  MemoryModel memory(small_timing(), 250);  // 2 memory clocks in 5 core cycles
  // Arrives in cycle 101: clock ceil(40.4) = 41; queue 44, ACT 44, RD 57, used at clock 75: ceil(187.5) =
  // 188.
  EXPECT_EQ(memory.access(false, 0, 101), 188u);

  MemoryModel slow(small_timing(), 40);  // 5 memory clocks in 2 core cycles
  // Cycle 41: clock ceil(102.5) = 103; queue 106, RD 119, used at clock 137: ceil(54.8) = 55.
  EXPECT_EQ(slow.access(false, 0, 41), 55u);
}

TEST(Clocks, CyclesAreCountedFromTheReset) {
  MemoryModel memory(small_timing(), 250);
  memory.access(false, 0, 7);
  memory.reset(1000);
  EXPECT_EQ(memory.access(false, 0, 1101), 1188u);
  EXPECT_EQ(memory.counters(1200).read_bytes, 32u);
}

TEST(Clocks, LongRunsDoNotOverflow) {
  Timing t = small_timing();
  t.clock_mhz = 9973;
  MemoryModel memory(t, 9967);  // no common divisor
  const std::uint64_t year = std::uint64_t{1} << 49;
  const std::uint64_t done = memory.access(false, 0, year);
  EXPECT_GT(done, year + 30);
  EXPECT_LT(done, year + 40);
}

TEST(Order, AnEarlierRequestAfterALaterOneIsRefused) {
  MemoryModel memory(small_timing(), kSmallMhz);
  memory.access(false, 0, 100);
  EXPECT_THROW(memory.access(false, 0, 99), std::logic_error);
}

TEST(Ideal, EveryAccessTakesTheLatency) {
  Timing t;
  t.ideal = 1;
  t.clock_mhz = 1000;
  t.latency = 64;
  MemoryModel memory(t, 500);
  EXPECT_EQ(memory.access(false, 0, 100), 132u);
  EXPECT_EQ(memory.access(true, 4096, 100), 132u);
  EXPECT_EQ(memory.access(false, 1 << 20, 101), 133u);
}

}  // namespace
}  // namespace heddle::sim::dram
