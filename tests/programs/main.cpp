// heddle_random_programs: random legal programs on two device libraries, byte for byte.
//
// Each seed is a program of its own. The first difference ends the run with what differs, the STORE that
// wrote it, the piece of the program that causes it, and a command that replays that seed alone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <memory>
#include <set>

#include "isa/config_file.hpp"
#include "tests/programs/runner.hpp"

namespace {

using namespace heddle;
using namespace heddle::tests;

struct Options {
  std::string hls, rtl, config = "edge";
  std::uint64_t seed = 1, count = 100;
  int items = -1;
  bool print = false;
};

std::string replay(const Options& options, std::uint64_t seed) {
  std::string command = "heddle_random_programs --config " + options.config;
  if (!options.hls.empty()) command += " --hls " + options.hls;
  if (!options.rtl.empty()) command += " --rtl " + options.rtl;
  if (options.items >= 0) command += fmt::format(" --items {}", options.items);
  return command + fmt::format(" --seed {} --count 1", seed);
}

void print_program(const RandomProgram& program) {
  for (const emit::RaceEvent& event : program_events(program)) fmt::print("{}\n", print_event(event));
}

// Finds the shortest prefix of the program that differs; its last piece is at fault.
void print_culprit(const isa::Config& config, std::uint64_t seed, int items, Library& hls, Library& rtl) {
  int good = -1, bad = items;
  while (bad - good > 1) {
    const int middle = good + (bad - good) / 2;
    const RandomProgram program = generate_program(config, seed, middle);
    const bool differs =
        !first_difference(config, program, run_program(hls, program, seed), run_program(rtl, program, seed))
             .empty();
    (differs ? bad : good) = middle;
  }
  const RandomProgram program = generate_program(config, seed, bad);
  fmt::print(
      "shortest prefix that differs: {} of {} pieces (--items {})\n  {}\n", bad, items, bad,
      first_difference(config, program, run_program(hls, program, seed), run_program(rtl, program, seed)));
  if (bad == 0) return;
  fmt::print("its last piece:\n");
  const std::uint64_t from = program.item_pc[static_cast<std::size_t>(bad) - 1],
                      to = program.item_pc[static_cast<std::size_t>(bad)];
  std::set<std::uint64_t> seen;  // of a loop, the first iteration
  for (const emit::RaceEvent& event : program_events(program)) {
    if (event.pc >= from && event.pc < to && seen.insert(event.pc).second)
      fmt::print("  {}\n", print_event(event));
  }
}

int run(const Options& options) {
  const isa::NamedConfig named = isa::load_config(options.config);
  const std::uint64_t hash = isa::config_hash(named.config);
  std::unique_ptr<Library> hls, rtl;
  if (!options.hls.empty()) hls = std::make_unique<Library>(options.hls);
  if (!options.rtl.empty()) rtl = std::make_unique<Library>(options.rtl);
  for (const auto& library : {hls.get(), rtl.get()}) {
    if (library != nullptr && library->config_hash() != hash) {
      throw std::runtime_error(fmt::format(
          "a device library was built for another configuration than {}; build it again", named.name));
    }
  }
  Library& first = hls ? *hls : *rtl;
  std::uint64_t instructions = 0;
  for (std::uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
    const RandomProgram program = generate_program(named.config, seed, options.items);
    if (options.print) print_program(program);
    const RunResult result = run_program(first, program, seed);
    for (int unit = 0; unit < isa::kUnits; ++unit)
      instructions += result.record.counters[isa::kCounter_load_instructions + unit];
    std::string wrong = check_program(named.config, program, result);
    if (!wrong.empty()) {
      fmt::print("seed {}: the program is not legal, or a device is wrong\n{}replay: {}\n", seed, wrong,
                 replay(options, seed));
      return 1;
    }
    if (!hls || !rtl) continue;
    wrong = first_difference(named.config, program, result, run_program(*rtl, program, seed));
    if (wrong.empty()) continue;
    fmt::print("seed {}: hls and rtl differ: {}\n", seed, wrong);
    print_culprit(named.config, seed, program.items, *hls, *rtl);
    fmt::print("replay: {}\n", replay(options, seed));
    return 1;
  }
  fmt::print("{} programs of configuration {}, {} tile instructions: {}\n", options.count, named.name,
             instructions,
             hls && rtl ? "hls and rtl agree on every byte" : "legal, and executed without error");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Runs random legal programs on two device libraries and compares all of device memory"};
  app.add_option("--hls", options.hls, "device library of the HLS model (or any other)");
  app.add_option("--rtl", options.rtl,
                 "device library of the RTL; without it, programs are only checked and run");
  app.add_option("--config", options.config, "configuration that both were built for: a name or a JSON file")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "first seed")->capture_default_str();
  app.add_option("--count", options.count, "how many seeds")->capture_default_str();
  app.add_option("--items", options.items, "only so many pieces of each program");
  app.add_flag("--print", options.print, "print the events of each program");
  try {
    app.parse(argc, argv);
    if (options.hls.empty() && options.rtl.empty()) throw CLI::ValidationError("--hls or --rtl is needed");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_random_programs: {}\n", error.what());
    return 1;
  }
}
