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

void expect_equal(const Counters& a, const Counters& b) {
  EXPECT_EQ(a.row_hits, b.row_hits);
  EXPECT_EQ(a.row_misses, b.row_misses);
  EXPECT_EQ(a.row_conflicts, b.row_conflicts);
  EXPECT_EQ(a.refreshes, b.refreshes);
  EXPECT_EQ(a.refresh_clocks, b.refresh_clocks);
  EXPECT_EQ(a.busy_clocks, b.busy_clocks);
  EXPECT_EQ(a.read_bytes, b.read_bytes);
  EXPECT_EQ(a.write_bytes, b.write_bytes);
}

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
  expect_equal(together.counters(cycle), single.counters(cycle));
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

/// read_beats(), beats_until() and write_beats() on one memory; on an equal one the bursts one by one, and
/// the rule of the beats. Mostly streams, as a device makes them, from rows of its own.
void compare_beats(const Timing& timing, std::uint32_t core_mhz, std::uint64_t seed) {
  MemoryModel together(timing, core_mhz), single(timing, core_mhz);
  std::mt19937_64 random(seed);
  const auto draw = [&](std::uint64_t n) { return random() % n; };
  const auto beat_bits = static_cast<std::uint32_t>(2 + draw(7));
  const std::uint64_t beat_bytes = std::uint64_t{1} << beat_bits, burst = single.burst_bytes();
  const std::uint64_t jumps = draw(2) == 0 ? 4 : 40, pauses = draw(2) == 0 ? 2 : 20;
  std::uint64_t cycle = 0, address = 0, taken = 0;
  for (int i = 0; i < 1500; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", access " + std::to_string(i));
    const auto beats = static_cast<std::uint32_t>(draw(3) == 0 ? 1 + draw(16) : 16);
    if (draw(jumps) == 0) address = draw(std::uint64_t{1} << 22) * beat_bytes;
    cycle += draw(50) == 0 ? draw(8000) : draw(pauses);
    const bool write = draw(2 * jumps) == 0;
    const std::uint64_t before = taken;
    std::vector<std::uint64_t> trace(together.trace_size(beats, beat_bits));
    Completion got = {};
    if (!write)
      got = together.read_beats(address, beats, beat_bits, cycle, before, trace.data());
    else
      got.last = together.write_beats(address, beats, beat_bits, cycle);
    std::uint64_t last_burst = ~std::uint64_t{0}, there = 0, first = 0;
    for (std::uint32_t b = 0; b < beats; ++b) {
      const std::uint64_t from = address + b * beat_bytes;
      for (std::uint64_t at = from & ~(burst - 1); at < from + beat_bytes; at += burst) {
        if (at == last_burst) continue;
        last_burst = at;
        there = std::max(there, single.access(write, at, cycle));
      }
      if (write) continue;
      taken = std::max(there, taken) + 1;
      if (b == 0) first = taken;
      const auto until = [&](std::uint64_t time) {
        return together.beats_until(time, address, beats, beat_bits, before, trace.data());
      };
      ASSERT_EQ(until(taken), b + 1);
      ASSERT_EQ(until(taken - 1), b);
    }
    ASSERT_EQ(got.last, write ? there : taken);
    if (!write) {
      ASSERT_EQ(got.first, first);
    }
    address += beats * beat_bytes;
  }
  expect_equal(together.counters(cycle), single.counters(cycle));
}

TEST(Runs, GiveEachBeatWhenItsBurstsAreThere) {
  std::uint64_t seed = 1;
  for (const char* memory :
       {"DDR4-2400", "LPDDR4-3200 x32", "LPDDR4-3200 x128", "HBM2", "HBM2 REFab", "ideal"}) {
    SCOPED_TRACE(memory);
    for (const std::uint32_t core_mhz : {300u, 400u, 800u, 1000u})
      compare_beats(load_timing(memory).timing, core_mhz, seed++);
  }
  for (; seed < 40; ++seed) compare_beats(small_timing(), kSmallMhz, seed);
}

TEST(Runs, RefuseToGoBackInTime) {
  MemoryModel memory(small_timing(), kSmallMhz);
  std::uint64_t ready[1];
  memory.access_run(false, 0, 1, 1, 100, ready);
  EXPECT_THROW(memory.access_run(false, 0, 1, 1, 99, ready), std::logic_error);
}

}  // namespace
}  // namespace heddle::sim::dram
