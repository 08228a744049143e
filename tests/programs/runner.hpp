// Runs a random program on one or two device libraries and says where they differ.
#pragma once
#include <string>
#include <vector>

#include "compiler/emit/race_checker.hpp"
#include "isa/program.hpp"
#include "tests/hls/library.hpp"
#include "tests/programs/generator.hpp"

namespace heddle::tests {

struct RunResult {
  std::vector<std::uint8_t> memory;  // afterwards; cycle counters of the record are zeroed
  isa::CompletionRecord record;      // likewise
};

/// Memory latency and stalls are drawn from the seed.
RunResult run_program(Library& library, const RandomProgram& program, std::uint64_t seed);

/// The events of a program, as its scalar unit executes them.
std::vector<emit::RaceEvent> program_events(const RandomProgram& program);

/// What is wrong with a program: races, or the error that the device reports. Empty when nothing.
std::string check_program(const isa::Config& config, const RandomProgram& program, const RunResult& result);

/// The first difference: status, functional counters, or a byte with the STORE that wrote it. Empty when
/// none.
std::string first_difference(const isa::Config& config, const RandomProgram& program, const RunResult& a,
                             const RunResult& b);

/// A tile instruction with all of its halves.
std::string print_event(const emit::RaceEvent& event);

}  // namespace heddle::tests
