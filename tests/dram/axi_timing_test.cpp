// The AXI view of the model: order, one beat a cycle, limits, ports; and that both views agree.
#include "sim/dram/axi_timing.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "sim/dram/timing_file.hpp"
#include "tests/dram/small_memory.hpp"

namespace heddle::sim::dram {
namespace {

// The small memory: a handshake in cycle 99 arrives in 100, RD 116, 121 (other group), 125, ...: used 18
// later.
TEST(AxiReads, BeatsComeOneACycleInOrder) {
  MemoryModel memory(small_timing(), kSmallMhz);
  AxiTiming port(memory, 0, 1, 16);
  EXPECT_FALSE(port.next_read_beat());
  port.push_read(0, 4, 99);  // two bursts of 32 bytes, two beats each
  EXPECT_EQ(port.next_read_beat(), 134u);
  EXPECT_FALSE(port.pop_read_beat(134));
  EXPECT_EQ(port.next_read_beat(), 135u);  // there since 134, but one beat a cycle
  EXPECT_FALSE(port.pop_read_beat(136));   // taken late
  EXPECT_EQ(port.next_read_beat(), 139u);
  EXPECT_FALSE(port.pop_read_beat(139));
  EXPECT_TRUE(port.pop_read_beat(140));
  EXPECT_FALSE(port.next_read_beat());
  EXPECT_EQ(memory.counters(200).read_bytes, 64u);
}

TEST(AxiReads, AWideBeatWaitsForAllItsBursts) {
  MemoryModel memory(small_timing(), kSmallMhz);
  AxiTiming port(memory, 0, 1, 64);
  port.push_read(0, 2, 99);
  EXPECT_EQ(port.next_read_beat(), 139u);  // bursts used at 134 and 139
  port.pop_read_beat(139);
  EXPECT_EQ(port.next_read_beat(), 147u);  // RD 125, 129
}

TEST(AxiReads, ABeatThatIsReadyWaitsForTheOneBefore) {
  Timing t = small_timing();
  t.channels = 2;
  MemoryModel memory(t, kSmallMhz);
  memory.submit({false, 4096, 64, 90});  // another row of channel 0 is in the way
  AxiTiming port(memory, 0, 1, 64);
  port.push_read(0, 2, 99);  // first beat channel 0, second channel 1
  const std::uint64_t first = *port.next_read_beat();
  EXPECT_GT(first, 139u);
  port.pop_read_beat(first);
  EXPECT_EQ(port.next_read_beat(), first + 1);
}

TEST(AxiReads, AtMost32AreUnderWay) {
  MemoryModel memory(small_timing(), kSmallMhz);
  AxiTiming port(memory, 0, 1, 32);
  for (int i = 0; i < 32; ++i) {
    EXPECT_TRUE(port.read_ready());
    port.push_read(i * 32, 1, i);
  }
  EXPECT_FALSE(port.read_ready());
  EXPECT_TRUE(port.pop_read_beat(500));
  EXPECT_TRUE(port.read_ready());
}

TEST(AxiWrites, GoToMemoryWithTheirLastBeatAndAreAnsweredInOrder) {
  MemoryModel memory(small_timing(), kSmallMhz);
  AxiTiming port(memory, 0, 1, 32);
  EXPECT_FALSE(port.write_data_ready());
  port.push_write(0, 2);
  port.push_write(64, 1);
  EXPECT_TRUE(port.write_data_ready());
  EXPECT_FALSE(port.push_write_beat(50));
  EXPECT_FALSE(port.next_write_response());
  EXPECT_TRUE(port.push_write_beat(99));  // arrives in 100: WR 116, 121, answered 14 later
  EXPECT_EQ(port.next_write_response(), 135u);
  EXPECT_TRUE(port.push_write_beat(100));  // WR 125
  EXPECT_FALSE(port.write_data_ready());
  port.pop_write_response(140);
  EXPECT_EQ(port.next_write_response(), 141u);  // in memory since 139, but one answer a cycle
  port.pop_write_response(141);
  EXPECT_FALSE(port.next_write_response());
}

TEST(AxiWrites, AtMost32AreUnderWay) {
  MemoryModel memory(small_timing(), kSmallMhz);
  AxiTiming port(memory, 0, 1, 32);
  for (int i = 0; i < 32; ++i) {
    EXPECT_TRUE(port.write_ready());
    port.push_write(i * 32, 1);
  }
  EXPECT_FALSE(port.write_ready());
  port.push_write_beat(10);
  EXPECT_FALSE(port.write_ready());  // not answered yet
  port.pop_write_response(500);
  EXPECT_TRUE(port.write_ready());
}

TEST(AxiPorts, APortCarriesItsBytesOfEveryBusWord) {
  MemoryModel memory(small_timing(), kSmallMhz);
  const AxiPortMap map(memory, 1, 4, 64);
  EXPECT_EQ(map.physical(0), 64u);
  EXPECT_EQ(map.physical(64), 256u + 64);
  EXPECT_EQ(map.physical(130), 512u + 64);
}

TEST(AxiPorts, HbmPortsHaveChannelsOfTheirOwn) {
  // Interleave and port are 64 bytes: port p has the channels p, p + 4, ...; the ports do not disturb each
  // other.
  const Timing t = load_timing("HBM2").timing;
  MemoryModel shared(t, 1000), alone(t, 1000);
  std::vector<AxiForecast> ports;
  for (std::uint32_t p = 0; p < 4; ++p) ports.emplace_back(shared, p, 4, 64);
  AxiForecast only(alone, 0, 4, 64);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t cycle = std::max(i, only.read_ready_cycle());
    const std::uint64_t last = only.read(i * 1024, 16, cycle).last;
    for (AxiForecast& port : ports) EXPECT_EQ(port.read(i * 1024, 16, cycle).last, last);
  }
}

TEST(AxiPorts, AnIdealMemoryServesEveryPortAtItsRate) {
  MemoryModel memory(load_timing("ideal").timing, 500);  // 64 ns are 32 cycles
  AxiForecast port(memory, 0, 1, 8);
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < 100; ++i) last = port.read(i * 128, 16, i * 16).last;
  EXPECT_EQ(last, 1 + 32 + 1600 - 1u);
}

// A device that issues random bursts, as a cycle-by-cycle simulator sees it and as an event-driven one does.
struct Traffic {
  struct Burst {
    bool write;
    std::uint32_t port, beats;
    std::uint64_t address, earliest;  // the address is not offered before
  };
  std::vector<Burst> bursts;  // in order of time
};

Traffic random_traffic(std::uint64_t seed, std::uint32_t ports, std::uint32_t width) {
  std::mt19937_64 random(seed);
  Traffic traffic;
  std::uint64_t cycle = 0, stream = 0;
  for (int i = 0; i < 3000; ++i) {
    // Runs back to back, and pauses longer than a refresh interval.
    cycle += random() % 10 != 0 ? random() % 4 : random() % 50 != 0 ? random() % 400 : random() % 20000;
    const bool write = random() % 8 == 0;
    const std::uint32_t beats = 1 + random() % 16;
    stream += 16 * width;
    const std::uint64_t address = random() % 4 != 0 ? stream : random() % (1 << 24) / width * width;
    for (std::uint32_t p = 0; p < ports; ++p) traffic.bursts.push_back({write, p, beats, address, cycle});
  }
  return traffic;
}

struct Times {
  std::vector<std::uint64_t> reads, writes;  // last beats, answers; of all ports in turn
  bool operator==(const Times&) const = default;
};

// Every cycle: outputs, then handshakes, port by port. A port works on its bursts in order; a write sends its
// address and its data (a beat a cycle, from the next cycle on) before the next burst is begun.
Times by_cycles(MemoryModel& memory, const Traffic& traffic, std::uint32_t ports, std::uint32_t width) {
  struct Port {
    AxiTiming axi;
    std::deque<Traffic::Burst> waiting;
    std::uint32_t data_left = 0;
    Times times;
  };
  std::vector<Port> all;
  for (std::uint32_t p = 0; p < ports; ++p) all.push_back({AxiTiming(memory, p, ports, width), {}, 0, {}});
  for (const Traffic::Burst& b : traffic.bursts) all[b.port].waiting.push_back(b);
  bool busy = true;
  for (std::uint64_t cycle = 0; busy; ++cycle) {
    busy = false;
    for (Port& p : all) {
      const bool arready = p.axi.read_ready(), awready = p.axi.write_ready(),
                 wready = p.axi.write_data_ready();
      const bool rvalid = p.axi.next_read_beat() && *p.axi.next_read_beat() <= cycle;
      const bool bvalid = p.axi.next_write_response() && *p.axi.next_write_response() <= cycle;
      if (rvalid && p.axi.pop_read_beat(cycle)) p.times.reads.push_back(cycle);
      if (bvalid) {
        p.axi.pop_write_response(cycle);
        p.times.writes.push_back(cycle);
      }
      if (p.data_left != 0) {
        if (wready) p.data_left -= 1, p.axi.push_write_beat(cycle);
      } else if (!p.waiting.empty() && p.waiting.front().earliest <= cycle) {
        const Traffic::Burst b = p.waiting.front();
        if (b.write ? awready : arready) {
          p.waiting.pop_front();
          if (b.write) {
            p.axi.push_write(b.address, b.beats);
            p.data_left = b.beats;
          } else {
            p.axi.push_read(b.address, b.beats, cycle);
          }
        }
      }
      busy |= !p.waiting.empty() || p.data_left != 0 || p.axi.next_read_beat() || p.axi.next_write_response();
    }
  }
  Times times;
  for (const Port& p : all) {
    times.reads.insert(times.reads.end(), p.times.reads.begin(), p.times.reads.end());
    times.writes.insert(times.writes.end(), p.times.writes.begin(), p.times.writes.end());
  }
  return times;
}

// The same device by events: of all ports' next events the earliest goes first, the lower port of equals.
Times by_events(MemoryModel& memory, const Traffic& traffic, std::uint32_t ports, std::uint32_t width) {
  struct Port {
    AxiForecast axi;
    std::deque<Traffic::Burst> waiting;
    std::uint64_t free = 0;  // the first cycle in which the next burst can begin
    Times times;
    // When the memory hears of the next burst: the address of a read, the last beat of a write.
    std::uint64_t next() const {
      const Traffic::Burst& b = waiting.front();
      const std::uint64_t ready = b.write ? axi.write_ready_cycle() : axi.read_ready_cycle();
      const std::uint64_t begin = std::max({b.earliest, free, ready});
      return b.write ? begin + b.beats : begin;
    }
  };
  std::vector<Port> all;
  for (std::uint32_t p = 0; p < ports; ++p) all.push_back({AxiForecast(memory, p, ports, width), {}, 0, {}});
  for (const Traffic::Burst& b : traffic.bursts) all[b.port].waiting.push_back(b);
  while (true) {
    Port* first = nullptr;
    for (Port& p : all) {
      if (!p.waiting.empty() && (first == nullptr || p.next() < first->next())) first = &p;
    }
    if (first == nullptr) break;
    const Traffic::Burst b = first->waiting.front();
    const std::uint64_t cycle = first->next();
    first->waiting.pop_front();
    first->free = cycle + 1;
    if (b.write) {
      first->times.writes.push_back(first->axi.write(b.address, b.beats, cycle));
    } else {
      first->times.reads.push_back(first->axi.read(b.address, b.beats, cycle).last);
    }
  }
  Times times;
  for (const Port& p : all) {
    times.reads.insert(times.reads.end(), p.times.reads.begin(), p.times.reads.end());
    times.writes.insert(times.writes.end(), p.times.writes.begin(), p.times.writes.end());
  }
  return times;
}

TEST(BothViews, GiveTheSameCycles) {
  struct Case {
    const char* memory;
    std::uint32_t core_mhz, ports, width;
  };
  for (const Case& c :
       {Case{"LPDDR4-3200 x32", 800, 1, 16}, Case{"LPDDR4-3200 x32 REFab", 800, 1, 16},
        Case{"LPDDR4-3200 x128", 800, 1, 64}, Case{"HBM2", 1000, 4, 64}, Case{"HBM2 REFab", 1000, 4, 64},
        Case{"DDR4-2400", 700, 2, 32},  // ports share channels
        Case{"ideal", 500, 1, 8}}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const Traffic traffic = random_traffic(seed, c.ports, c.width);
      MemoryModel memory(load_timing(c.memory).timing, c.core_mhz);
      const Times cycles = by_cycles(memory, traffic, c.ports, c.width);
      memory.reset();
      const Times events = by_events(memory, traffic, c.ports, c.width);
      EXPECT_EQ(cycles.reads.size() + cycles.writes.size(), traffic.bursts.size());
      EXPECT_TRUE(cycles == events) << c.memory << ", seed " << seed;
      // And once more: nothing is left of the run before.
      memory.reset();
      EXPECT_TRUE(by_events(memory, traffic, c.ports, c.width) == events) << c.memory << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace heddle::sim::dram
