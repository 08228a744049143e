// What the memory model costs the simulator: host nanoseconds per DRAM burst, and what each preset delivers.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "sim/dram/axi_timing.hpp"
#include "sim/dram/timing_file.hpp"

namespace {

using namespace heddle::sim::dram;

struct Machine {
  const char* memory;
  std::uint32_t core_mhz, bus_bytes, ports;
};

// The least of several runs, since other programs can only make it slower.
template <class Run>
double nanoseconds(Run run) {
  double best = 1e18;
  for (int i = 0; i < 40; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    best = std::min(
        best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}

void measure(const Machine& m) {
  const Timing timing = load_timing(m.memory).timing;
  MemoryModel memory(timing, m.core_mhz);
  constexpr std::uint64_t kBytes = 8 << 20;
  constexpr int kRandom = 100000;

  std::uint64_t end = 0;
  const double stream = nanoseconds([&] {
    memory.reset();
    std::vector<AxiForecast> ports;
    for (std::uint32_t p = 0; p < m.ports; ++p) ports.emplace_back(memory, p, m.ports, m.bus_bytes / m.ports);
    std::uint64_t cycle = 0;
    for (std::uint64_t at = 0; at < kBytes; at += 16 * m.bus_bytes, ++cycle) {
      for (const AxiForecast& port : ports) cycle = std::max(cycle, port.read_ready_cycle());
      for (AxiForecast& port : ports) end = port.read(at / m.ports, 16, cycle).last;
    }
  });
  const double share =
      kBytes / (timing.bytes_per_second() * static_cast<double>(end + 1) / (m.core_mhz * 1e6));

  const double random = nanoseconds([&] {
    memory.reset();
    std::uint64_t state = 1;
    for (int i = 0; i < kRandom; ++i) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      memory.access(i % 8 == 0, state >> 34 & ~std::uint64_t{63}, i * 4);
    }
  });
  fmt::print("{:<24} {:>14.1f} {:>14.1f} {:>14.4f}\n", m.memory,
             stream / (static_cast<double>(kBytes) / timing.burst_bytes()), random / kRandom, share);
}

}  // namespace

int main() {
  fmt::print("{:<24} {:>14} {:>14} {:>14}\n", "memory", "stream, ns", "random, ns", "share of pins");
  for (const Machine& m :
       {Machine{"DDR4-2400", 1200, 16, 1}, Machine{"LPDDR4-3200 x32", 800, 16, 1},
        Machine{"LPDDR4-3200 x32 REFab", 800, 16, 1}, Machine{"LPDDR4-3200 x128", 800, 64, 1},
        Machine{"LPDDR4-3200 x128 REFab", 800, 64, 1}, Machine{"HBM2", 1000, 256, 4},
        Machine{"HBM2 REFab", 1000, 256, 4}})
    measure(m);
}
