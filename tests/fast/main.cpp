// heddle_compare_cycles: random legal programs on the RTL and on the fast model, cycle by cycle.
//
// Each seed is a program and a memory: an ideal one of some latency, or a DRAM. The first difference ends the
// run with the counters that differ, the first event that does, and a command that replays that seed alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <exception>

#include "isa/config_file.hpp"
#include "isa/status.hpp"
#include "sim/dram/timing_file.hpp"
#include "tests/fast/comparison.hpp"
#include "tests/programs/damage.hpp"
#include "tests/programs/runner.hpp"

namespace {

using namespace heddle;
using namespace heddle::tests;

struct Options {
  std::string rtl, config = "edge", memory;
  std::uint64_t seed = 1, count = 100;
  int items = -1, latency = -1;
  bool keep_going = false, damage = false;
};

/// The memory of a seed: four in ten an ideal one, the others a DRAM with refresh.
MemoryTime memory_of(const Options& options, std::uint64_t seed, const isa::Config& config,
                     sim::dram::NamedTiming* named) {
  static constexpr const char* kMemories[] = {"LPDDR4-3200 x32", "DDR4-2400 x64", "HBM2"};
  static constexpr std::uint32_t kLatencies[] = {0, 1, 17, 120};
  MemoryTime time;
  time.cycle_limit = 50'000'000;
  const std::uint64_t kind = seed % 10;
  if (options.latency >= 0 || (options.memory.empty() && kind < 4)) {
    time.latency = options.latency >= 0 ? static_cast<std::uint32_t>(options.latency) : kLatencies[kind];
    return time;
  }
  *named = sim::dram::load_timing(options.memory.empty() ? kMemories[kind % 3] : options.memory);
  time.timing = &named->timing;
  time.core_mhz = config.clock_mhz;
  return time;
}

double seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

int run(const Options& options) {
  const isa::NamedConfig named = isa::load_config(options.config);
  Library rtl(options.rtl);
  if (rtl.config_hash() != isa::config_hash(named.config)) {
    throw std::runtime_error(
        fmt::format("{}: built for another configuration than {}", options.rtl, named.name));
  }
  sim::fast::Machine machine(named.config);
  std::uint64_t cycles = 0, instructions = 0, different = 0;
  double rtl_seconds = 0, fast_seconds = 0;
  for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
    RandomProgram program = generate_program(named.config, seed, options.items);
    if (options.damage) damage(&program, seed);
    sim::dram::NamedTiming timing;
    const MemoryTime time = memory_of(options, seed, named.config, &timing);
    const auto begin = std::chrono::steady_clock::now();
    const TimedRun slow = run_library(rtl, program.memory, program.arguments, time);
    const auto middle = std::chrono::steady_clock::now();
    const TimedRun fast = run_fast(machine, program.memory, program.arguments, time);
    rtl_seconds += seconds(middle - begin);
    fast_seconds += seconds(std::chrono::steady_clock::now() - middle);
    cycles += slow.record.counters[isa::kCounter_cycles];
    instructions += slow.events.size();
    const std::string difference = timing_difference(slow, fast);
    if (difference.empty()) continue;
    ++different;
    fmt::print("seed {}: rtl and fast differ\n{}\n", seed, difference);
    fmt::print("replay: heddle_compare_cycles --rtl {} --config {} --seed {} --count 1{}{}{}{}\n",
               options.rtl, options.config, seed,
               options.items >= 0 ? fmt::format(" --items {}", options.items) : "",
               options.latency >= 0 ? fmt::format(" --memory-latency {}", options.latency) : "",
               options.damage ? " --damage" : "",
               options.memory.empty() ? "" : fmt::format(" --memory \"{}\"", options.memory));
    if (!options.keep_going) return 1;
  }
  fmt::print(
      "{} programs of configuration {}, {} tile instructions, {} cycles: {} differ (rtl {:.2f} s, fast "
      "{:.3f} s)\n",
      options.count, named.name, instructions, cycles, different, rtl_seconds, fast_seconds);
  return different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Runs random legal programs on the RTL and on the fast model and compares every counter and event"};
  app.add_option("--rtl", options.rtl, "device library of the RTL")->required();
  app.add_option("--config", options.config, "its configuration: a name or a JSON file")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "first seed")->capture_default_str();
  app.add_option("--count", options.count, "how many seeds")->capture_default_str();
  app.add_option("--items", options.items, "only so many pieces of each program");
  auto* memory =
      app.add_option("--memory", options.memory, "DRAM of all programs (default: drawn from the seed)");
  app.add_option("--memory-latency", options.latency, "no DRAM, but this latency")->excludes(memory);
  app.add_flag("--damage", options.damage, "turn a few bits of each program, so that it faults");
  app.add_flag("--keep-going", options.keep_going, "report every seed that differs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_compare_cycles: {}\n", error.what());
    return 1;
  }
}
