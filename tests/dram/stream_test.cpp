// What the presets deliver: streams of reads through AXI ports, with writes among them, and random accesses.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/dram/axi_timing.hpp"
#include "sim/dram/timing_file.hpp"

namespace heddle::sim::dram {
namespace {

constexpr std::uint32_t kBeats = 16;

struct Machine {
  const char* memory;
  std::uint32_t core_mhz, bus_bytes, ports;
};
constexpr Machine kEdge = {"LPDDR4-3200 x32", 800, 16, 1};
constexpr Machine kCore = {"LPDDR4-3200 x128", 800, 64, 1};
constexpr Machine kServer = {"HBM2", 1000, 256, 4};
constexpr Machine kDdr4 = {"DDR4-2400", 1200, 16, 1};

// Share of the pins' rate that a stream of 64 MB of reads from `begin` on reaches, requests as early as the
// ports take them, from cycle 0 to the last beat. After every `reads_per_write` read bursts comes a write
// burst (of all ports) to a region of its own; 0: none.
double share_of_pins(const Machine& machine, const std::string& refresh, std::uint64_t begin = 0,
                     int reads_per_write = 0) {
  const Timing timing = load_timing(machine.memory + refresh).timing;
  MemoryModel memory(timing, machine.core_mhz);
  std::vector<AxiForecast> ports;
  for (std::uint32_t p = 0; p < machine.ports; ++p)
    ports.emplace_back(memory, p, machine.ports, machine.bus_bytes / machine.ports);
  const std::uint64_t burst = std::uint64_t{kBeats} * machine.bus_bytes;
  std::uint64_t cycle = 0, end = 0, bytes = 0, written = std::uint64_t{1} << 30;
  int reads = 0;
  for (std::uint64_t at = begin; at < begin + (64 << 20); at += burst, ++cycle) {
    for (const AxiForecast& port : ports) cycle = std::max(cycle, port.read_ready_cycle());
    for (AxiForecast& port : ports) end = std::max(end, port.read(at / machine.ports, kBeats, cycle).last);
    bytes += burst;
    if (reads_per_write == 0 || ++reads % reads_per_write != 0) continue;
    cycle += kBeats;  // its data
    for (AxiForecast& port : ports) port.write(written / machine.ports, kBeats, cycle);
    written += burst;
    bytes += burst;
  }
  const double seconds = static_cast<double>(end + 1) / (machine.core_mhz * 1e6);
  return static_cast<double>(bytes) / (timing.bytes_per_second() * seconds);
}

TEST(Stream, RefreshOfSingleBanksLeavesThePins) {
  for (const Machine& machine : {kEdge, kCore, kServer}) {
    EXPECT_GE(share_of_pins(machine, " REFpb"), 0.99) << machine.memory;
    // Wherever it begins.
    for (std::uint64_t begin : {4096ull, 12345ull << 10, 777ull << 16})
      EXPECT_GE(share_of_pins(machine, " REFpb", begin), 0.99) << machine.memory << " from " << begin;
  }
}

TEST(Stream, RefreshOfAllBanksCostsItsTime) {
  // At most 1 - tRFC / tREFI; beside it only closing and opening of rows, under two percent.
  for (const Machine& machine : {kEdge, kCore, kServer, kDdr4}) {
    const Timing t = load_timing(machine.memory).timing;
    const double bound = 1.0 - static_cast<double>(t.tRFC) / t.tREFI;
    const double share = share_of_pins(machine, " REFab");
    EXPECT_LE(share, bound + 0.001) << machine.memory;
    EXPECT_GE(share, bound - 0.02) << machine.memory;
    EXPECT_GE(share, 0.90) << machine.memory;
  }
}

TEST(Stream, ASmallShareOfWritesCostsItsTurnarounds) {
  for (const Machine& machine : {kEdge, kCore, kServer}) {
    EXPECT_GE(share_of_pins(machine, " REFpb", 0, 999), 0.99) << machine.memory;
    EXPECT_GE(share_of_pins(machine, " REFpb", 0, 99), 0.96) << machine.memory;
    EXPECT_GE(share_of_pins(machine, " REFab", 0, 99), 0.89) << machine.memory;
  }
}

TEST(Stream, NoRefreshIsTheBound) {
  for (const Machine& machine : {kEdge, kCore, kServer, kDdr4}) {
    EXPECT_GE(share_of_pins(machine, " noREF"), 0.995) << machine.memory;
    EXPECT_LE(share_of_pins(machine, " noREF"), 1.0) << machine.memory;
  }
}

TEST(Stream, NoRefreshIsForgotten) {
  // As many refreshes as fell due, but for the eight that each channel may owe.
  MemoryModel memory(load_timing("LPDDR4-3200 x32").timing, 800);
  std::uint64_t done = 0;
  for (std::uint64_t at = 0; at < (16 << 20); at += 64) done = memory.submit({false, at, 64, 0}).last;
  const Counters c = memory.counters(0);
  const std::uint64_t due = 2 * (memory.to_memory(done) / memory.timing().tREFIpb);
  EXPECT_GT(due, 2000u);
  EXPECT_LE(c.refreshes, due);
  EXPECT_GE(c.refreshes, due - 2 * 8 - 2);
  EXPECT_EQ(c.refresh_clocks, c.refreshes * memory.timing().tRFCpb);
  EXPECT_EQ(c.busy_clocks, (16u << 20) / 32 * 8);
}

// Clocks per access of 20,000 lines of 64 bytes at random in 1 GB, all waiting from the beginning.
double clocks_per_random_line(const char* name) {
  MemoryModel memory(load_timing(name).timing, load_timing(name).timing.clock_mhz);
  std::uint64_t state = 1, last = 0;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    last = std::max(last, memory.submit({false, state >> 34 & ~std::uint64_t{63}, 64, 0}).last);
  }
  return static_cast<double>(last) / 20000;
}

TEST(Random, LiesBetweenTheBoundsOfPinsAndOfOneBank) {
  for (const char* name : {"LPDDR4-3200 x32", "LPDDR4-3200 x128", "DDR4-2400", "HBM2"}) {
    const Timing t = load_timing(name).timing;
    const double pins = 64.0 / t.burst_bytes() * t.burst_clocks() / t.channels;
    const double one_bank = static_cast<double>(t.tRC) / t.channels;
    const double measured = clocks_per_random_line(name);
    EXPECT_GT(measured, 1.2 * pins) << name;  // in order, some lines wait for their bank
    EXPECT_LT(measured, one_bank) << name;
  }
}

TEST(Random, RowsOfOneBankComeEveryTrc) {
  const Timing t = load_timing("LPDDR4-3200 x32 noREF").timing;
  MemoryModel memory(t, t.clock_mhz);
  const std::uint64_t row = std::uint64_t{t.row_bytes} * t.banks() * t.channels;
  const std::uint64_t first = memory.access(false, 0, 0);
  std::uint64_t last = 0;
  for (int i = 1; i <= 1000; ++i) last = memory.access(false, i * row, 0);
  EXPECT_EQ(last, first + 1000 * t.tRC);
}

}  // namespace
}  // namespace heddle::sim::dram
