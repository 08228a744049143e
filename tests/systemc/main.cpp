// heddle_compare_systemc: random programs on the RTL alone and in the SystemC platform: the record of each
// run, cycles and all counters included, and every byte of memory.
//
// The first difference ends the run with the counters that differ and a command that replays that seed alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <exception>
#include <optional>

#include "isa/config_file.hpp"
#include "sim/dram/timing_file.hpp"
#include "sim/fast/units.hpp"
#include "sim/library/build.hpp"
#include "sim/systemc/platform.hpp"
#include "tests/fast/comparison.hpp"
#include "tests/programs/damage.hpp"

namespace {

using namespace heddle;
using namespace heddle::tests;

struct Options {
  std::string config = "tiny", model = "rtl", memory = "LPDDR4-3200 x32";
  std::uint64_t seed = 1, count = 20;
  bool damage = false;
};

constexpr std::uint64_t kCycleLimit = 5'000'000;

int run(const Options& options) {
  const isa::NamedConfig named = isa::load_config(options.config);
  const std::string rtl = sim::device_library(named, sim::Design::kRtl);
  Library library(rtl);
  const sim::dram::Timing timing = sim::dram::load_timing(options.memory).timing;
  MemoryTime time;
  time.timing = &timing;
  time.core_mhz = named.config.clock_mhz;
  time.cycle_limit = kCycleLimit;

  std::vector<std::uint8_t> memory(generate_program(named.config, options.seed).memory.size());
  sim::systemc::PlatformOptions platform_options;
  platform_options.model = sim::systemc::model_named(options.model);
  platform_options.library = rtl;
  std::optional<sim::fast::Units> units;
  if (platform_options.model != sim::systemc::Model::kRtl) {
    units.emplace(sim::device_library(named, sim::Design::kHls), named);
    platform_options.compute = sim::systemc::compute_with(*units);
  }
  platform_options.config = named.config;
  platform_options.memory = timing;
  platform_options.cycle_limit = kCycleLimit;
  platform_options.data = memory.data();
  platform_options.bytes = memory.size();
  sim::systemc::Platform platform(platform_options);

  std::uint64_t cycles = 0;
  for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
    RandomProgram program = generate_program(named.config, seed);
    if (options.damage) damage(&program, seed);
    if (program.memory.size() != memory.size()) throw std::runtime_error("programs differ in their memory");
    std::vector<std::uint8_t> after;
    TimedRun alone = run_library(library, program.memory, program.arguments, time, &after);
    std::memcpy(memory.data(), program.memory.data(), memory.size());
    TimedRun platform_run;
    platform_run.record = platform.run(program.arguments);
    alone.events.clear();  // the platform tells none
    cycles += alone.record.counters[isa::kCounter_cycles];
    std::string difference = timing_difference(alone, platform_run);
    // A damaged program may race, and then what the fast model computes, at once, is another of its outcomes.
    const bool exact_memory = !options.damage || platform_options.model == sim::systemc::Model::kRtl;
    for (std::size_t at = 0; at < memory.size() && exact_memory && difference.empty(); ++at) {
      if (memory[at] != after[at])
        difference = fmt::format("memory at {:#x}: rtl {:#04x}, platform {:#04x}", at, after[at], memory[at]);
    }
    if (difference.empty()) continue;
    fmt::print("seed {}: rtl and the platform differ (its side is called fast)\n{}\n", seed, difference);
    fmt::print(
        "replay: heddle_compare_systemc --config {} --model {} --memory \"{}\" --seed {} --count 1{}\n",
        options.config, options.model, options.memory, seed, options.damage ? " --damage" : "");
    return 1;
  }
  fmt::print("{} programs of configuration {} in the platform, model {}, {} cycles: 0 differ\n",
             options.count, named.name, options.model, cycles);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "Runs random programs on the RTL and in the SystemC platform and compares every counter and byte"};
  app.add_option("--config", options.config, "a name or a JSON file")->capture_default_str();
  app.add_option("--model", options.model, "of the accelerator in the platform")->capture_default_str();
  app.add_option("--memory", options.memory, "DRAM")->capture_default_str();
  app.add_option("--seed", options.seed, "first seed")->capture_default_str();
  app.add_option("--count", options.count, "how many seeds")->capture_default_str();
  app.add_flag("--damage", options.damage, "turn a few bits of each program, so that it faults");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_compare_systemc: {}\n", error.what());
    return 1;
  }
}
