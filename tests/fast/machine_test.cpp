// The fast model by itself: what must hold of every run, its results through the golden model's units, and
// how a difference to the RTL would be reported.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>

#include "isa/status.hpp"
#include "isa/unit_library.h"
#include "sim/dram/timing_file.hpp"
#include "tests/fast/comparison.hpp"
#include "tests/hls/harness.hpp"
#include "tests/programs/memory_map.hpp"
#include "tests/programs/runner.hpp"

namespace heddle::tests {
namespace {

using isa::UnitState;

/// The units of a device library of the golden model.
class GoldenUnits {
 public:
  explicit GoldenUnits(const std::string& config)
      : library_(library_path(config)), handle_(dlopen(library_path(config).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    begin_ = reinterpret_cast<decltype(begin_)>(dlsym(handle_, "heddle_units_begin"));
    execute_ = reinterpret_cast<decltype(execute_)>(dlsym(handle_, "heddle_units_execute"));
    device_ = reinterpret_cast<decltype(&heddle_library_open)>(dlsym(handle_, "heddle_library_open"))();
  }
  ~GoldenUnits() {
    reinterpret_cast<decltype(&heddle_library_close)>(dlsym(handle_, "heddle_library_close"))(device_);
    dlclose(handle_);
  }
  void begin(const isa::StartArguments& arguments) { begin_(device_, &arguments); }
  void execute(std::vector<std::uint8_t>& memory, int unit, const sim::fast::Dispatched& item) {
    execute_(device_, memory.data(), memory.size(), unit, &item.instruction, item.base);
  }

 private:
  Library library_;
  void* handle_;
  void* device_;
  decltype(&heddle_units_begin) begin_;
  decltype(&heddle_units_execute) execute_;
};

class FastMachineTest : public ::testing::TestWithParam<const char*> {
 protected:
  isa::Config config = test_config(GetParam());
};

MemoryTime dram(const sim::dram::NamedTiming& named, const isa::Config& config) {
  return {&named.timing, config.clock_mhz, 0, 10'000'000};
}

// Every cycle of every unit is counted once, and events agree with counters.
TEST_P(FastMachineTest, CyclesAddUp) {
  const sim::dram::NamedTiming memory = sim::dram::load_timing("LPDDR4-3200 x32");
  sim::fast::Machine machine(config);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RandomProgram program = generate_program(config, seed);
    const TimedRun run = run_fast(machine, program.memory, program.arguments, dram(memory, config));
    ASSERT_EQ(run.record.status, isa::kStatusOk) << "seed " << seed;
    const std::uint64_t* counters = run.record.counters;
    for (int unit = 0; unit < isa::kUnits; ++unit) {
      std::uint64_t sum = 0, active = 0, instructions = 0;
      for (int state = 0; state < isa::kUnitStates; ++state)
        sum += counters[isa::unit_counter(unit, static_cast<UnitState>(state))];
      EXPECT_EQ(sum, counters[isa::kCounter_cycles]) << "seed " << seed << " unit " << unit;
      for (const heddle_unit_event& event : run.events) {
        if (event.unit != unit) continue;
        EXPECT_LE(event.waiting, event.started);
        EXPECT_LE(event.started, event.done);
        active += event.active;
        ++instructions;
      }
      EXPECT_EQ(active, counters[isa::unit_counter(unit, isa::kUnitBusy)]) << "seed " << seed;
      EXPECT_EQ(instructions, counters[isa::kCounter_load_instructions + unit]);
    }
  }
}

// A run depends on nothing but its program and memory: not on what ran before, and not on who listens.
TEST_P(FastMachineTest, Deterministic) {
  const sim::dram::NamedTiming memory = sim::dram::load_timing("DDR4-2400 x64");
  sim::fast::Machine used(config);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RandomProgram program = generate_program(config, seed);
    sim::fast::RunOptions options;
    options.memory = memory.timing;
    options.core_mhz = config.clock_mhz;
    const isa::CompletionRecord unheard =
        used.run(program.memory.data(), program.memory.size(), program.arguments, options);
    const TimedRun again = run_fast(used, program.memory, program.arguments, dram(memory, config));
    EXPECT_EQ(std::memcmp(&unheard, &again.record, sizeof unheard), 0) << "seed " << seed;
  }
}

TEST_P(FastMachineTest, MemoryDecides) {
  const RandomProgram program = generate_program(config, 3);
  sim::fast::Machine machine(config);
  const auto cycles = [&](std::uint32_t latency) {
    MemoryTime time;
    time.latency = latency;
    return run_fast(machine, program.memory, program.arguments, time).record.counters[isa::kCounter_cycles];
  };
  EXPECT_LT(cycles(0), cycles(50));
  EXPECT_LT(cycles(50), cycles(200));
}

// With the golden model's units, memory afterwards is the golden model's.
TEST_P(FastMachineTest, ResultsOfTheGoldenModel) {
  sim::fast::Machine machine(config);
  GoldenUnits units(GetParam());
  Library golden(library_path(GetParam()));
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RandomProgram program = generate_program(config, seed);
    std::vector<std::uint8_t> memory = program.memory;
    units.begin(program.arguments);
    sim::fast::RunOptions options;
    options.memory_latency = 30;
    options.execute = [&](int unit, const sim::fast::Dispatched& item) { units.execute(memory, unit, item); };
    const isa::CompletionRecord record =
        machine.run(memory.data(), memory.size(), program.arguments, options);
    std::vector<std::uint8_t> expected = program.memory;
    const isa::CompletionRecord other = golden.run(expected, program.arguments);
    for (int c = 0; c < isa::kCounters; ++c) {
      if (isa::kCounterInfo[c].functional) {
        EXPECT_EQ(record.counters[c], other.counters[c]) << isa::kCounterInfo[c].name;
      }
    }
    EXPECT_TRUE(machine.record_written());
    std::fill_n(expected.begin() + memory_map::kRecord, sizeof record, std::uint8_t{0});
    std::fill_n(memory.begin() + memory_map::kRecord, sizeof record, std::uint8_t{0});
    ASSERT_EQ(memory, expected) << "seed " << seed;
  }
}

TEST_P(FastMachineTest, EndsOfRuns) {
  sim::fast::Machine machine(config);
  const RandomProgram program = generate_program(config, 7);
  const MemoryTime time;
  const TimedRun good = run_fast(machine, program.memory, program.arguments, time);
  MemoryTime limited = time;
  limited.cycle_limit = 100;
  TimedRun run = run_fast(machine, program.memory, program.arguments, limited);
  EXPECT_EQ(run.record.status, isa::kStatusWatchdog);
  EXPECT_EQ(run.record.counters[isa::kCounter_cycles], 100u);

  RandomProgram other = program;
  other.memory[program.arguments.program + 8] ^= 1;
  EXPECT_EQ(run_fast(machine, other.memory, other.arguments, time).record.status, isa::kStatusConfig);
  other = program;
  other.memory[program.arguments.program] ^= 1;
  EXPECT_EQ(run_fast(machine, other.memory, other.arguments, time).record.status, isa::kStatusVersion);
  other = program;
  for (std::uint64_t& size : other.arguments.window_size) size = 0;
  EXPECT_EQ(run_fast(machine, other.memory, other.arguments, time).record.status, isa::kStatusWindow);
  EXPECT_FALSE(machine.record_written());
  other = program;
  other.memory.resize(memory_map::kFloats);
  EXPECT_EQ(run_fast(machine, other.memory, other.arguments, time).record.status, isa::kStatusBus);

  // None of it is remembered; but after the limit the device was reset, and its tags are walked clear anew.
  EXPECT_EQ(timing_difference(good, run_fast(machine, program.memory, program.arguments, time)), "");
}

// A window that ends behind some of the quads of an instruction: the run ends where the golden model's does.
TEST_P(FastMachineTest, QuadsBehindTheWindow) {
  sim::fast::Machine machine(config);
  Library golden(library_path(GetParam()));
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    RandomProgram program = generate_program(config, seed);
    int window = 0;
    const auto begins = [&](int w) { return program.arguments.window_base[w] <= program.arguments.program; };
    const auto ends = [&](int w) {
      return program.arguments.window_base[w] + (program.arguments.window_size[w] & ~isa::kWindowReadOnly) >
             program.arguments.program;
    };
    while (window < isa::kWindows && !(begins(window) && ends(window))) ++window;
    ASSERT_LT(window, isa::kWindows);
    const std::uint64_t before = program.arguments.program - program.arguments.window_base[window];
    for (std::uint64_t bytes = 64; bytes <= 4096; bytes += 64) {
      program.arguments.window_size[window] = (before + bytes) | isa::kWindowReadOnly;
      const isa::CompletionRecord run =
          run_fast(machine, program.memory, program.arguments, MemoryTime()).record;
      std::vector<std::uint8_t> memory = program.memory;
      const isa::CompletionRecord expected = golden.run(memory, program.arguments);
      ASSERT_EQ(run.status, expected.status) << "seed " << seed << " bytes " << bytes;
      ASSERT_EQ(run.pc, expected.pc) << "seed " << seed << " bytes " << bytes;
    }
  }
}

// A jump to itself and a wait for a token that nobody gives, without any limit: progress is called all the
// same.
TEST_P(FastMachineTest, ProgressEndsWhatDoesNotEndByItself) {
  sim::fast::Machine machine(config);
  for (const int opcode : {isa::kOpBranchEq, isa::kOpWait}) {
    RandomProgram program = generate_program(config, 7);
    isa::ScalarInstruction first = {};
    first.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    if (opcode == isa::kOpWait) first.half[isa::kHalfWait] = 1;
    std::memcpy(program.memory.data() + program.arguments.program + 64, &first, sizeof first);
    program.arguments.watchdog = 0;
    sim::fast::RunOptions options;
    options.memory_latency = 30;
    options.progress_interval = 1000;
    int looks = 0;
    options.progress = [&](std::uint64_t) { return ++looks == 5; };
    const isa::CompletionRecord record =
        machine.run(program.memory.data(), program.memory.size(), program.arguments, options);
    EXPECT_EQ(record.status, isa::kStatusWatchdog);
    EXPECT_GE(record.counters[isa::kCounter_cycles], 5000u);
    EXPECT_LT(record.counters[isa::kCounter_cycles], 6000u);
  }
}

// A difference names the first event, its unit and its cycles, and every counter.
TEST_P(FastMachineTest, DifferencesAreNamed) {
  sim::fast::Machine machine(config);
  const RandomProgram program = generate_program(config, 4);
  const TimedRun good = run_fast(machine, program.memory, program.arguments, MemoryTime());
  EXPECT_EQ(timing_difference(good, good), "");
  ASSERT_GT(good.events.size(), 5u);
  TimedRun bad = good;
  ++bad.events[4].done;
  std::string text = timing_difference(good, bad);
  EXPECT_NE(text.find("first event that differs"), std::string::npos) << text;
  EXPECT_NE(text.find("pc " + std::to_string(good.events[4].pc)), std::string::npos) << text;
  bad = good;
  ++bad.record.counters[isa::kCounter_fetch_stall];
  text = timing_difference(good, bad);
  EXPECT_NE(text.find("counter fetch_stall"), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Configs, FastMachineTest, ::testing::Values("tiny", "edge", "rect"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace heddle::tests
