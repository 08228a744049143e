// Bursts placed together: the cycles and counters are those of the same bursts placed one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "sim/dram/memory_model.hpp"
#include "sim/dram/timing_file.hpp"
#include "tests/dram/small_memory.hpp"

namespace heddle::sim::dram {
namespace {

/// Streams, strides and jumps of reads and writes, with and without pauses, on two equal memories.
void compare(const Timing& timing, std::uint32_t core_mhz, std::uint64_t seed) {
  MemoryModel together(timing, core_mhz), single(timing, core_mhz);
  std::mt19937_64 random(seed);
  const auto draw = [&](std::uint64_t n) { return random() % n; };
  const std::uint64_t burst = together.burst_bytes(),
                      part = std::max<std::uint64_t>(timing.interleave_bytes, 1);
  std::uint64_t cycle = 0, address = 0;
  for (int i = 0; i < 6000; ++i) {
    const bool write = draw(8) == 0;
    const auto count = static_cast<std::uint32_t>(1 + draw(draw(4) == 0 ? 150 : 16));
    const auto step =
        timing.ideal != 0 ? 1u : 1u << draw(static_cast<std::uint64_t>(__builtin_ctz(timing.channels)) + 1);
    if (draw(6) == 0) address = draw(std::uint64_t{1} << 24) * burst;
    cycle += draw(50) == 0 ? draw(8000) : draw(count);
    std::vector<std::uint64_t> ready(count), expected(count);
    together.access_run(write, address, count, step, cycle, ready.data());
    for (std::uint64_t& at : expected) {
      at = single.access(write, address, cycle);
      address += burst;
      if (timing.ideal == 0 && address % part == 0) address += (step - 1) * part;
    }
    ASSERT_EQ(ready, expected) << "seed " << seed << ", request " << i;
  }
  const Counters a = together.counters(cycle), b = single.counters(cycle);
  EXPECT_EQ(a.row_hits, b.row_hits);
  EXPECT_EQ(a.row_misses, b.row_misses);
  EXPECT_EQ(a.row_conflicts, b.row_conflicts);
  EXPECT_EQ(a.refreshes, b.refreshes);
  EXPECT_EQ(a.busy_clocks, b.busy_clocks);
  EXPECT_EQ(a.read_bytes, b.read_bytes);
  EXPECT_EQ(a.write_bytes, b.write_bytes);
}

TEST(Runs, AreTheirBurstsOneByOne) {
  std::uint64_t seed = 1;
  for (const char* memory : {"DDR4-2400", "LPDDR4-3200 x32", "LPDDR4-3200 x32 REFab", "LPDDR4-3200 x128",
                             "LPDDR4-3200 x32 noREF", "HBM2", "HBM2 REFab", "ideal"}) {
    SCOPED_TRACE(memory);
    for (const std::uint32_t core_mhz : {400u, 800u, 1000u})
      compare(load_timing(memory).timing, core_mhz, seed++);
  }
  for (; seed < 40; ++seed) compare(small_timing(), kSmallMhz, seed);
}

TEST(Runs, RefuseToGoBackInTime) {
  MemoryModel memory(small_timing(), kSmallMhz);
  std::uint64_t ready[1];
  memory.access_run(false, 0, 1, 1, 100, ready);
  EXPECT_THROW(memory.access_run(false, 0, 1, 1, 99, ready), std::logic_error);
}

}  // namespace
}  // namespace heddle::sim::dram
