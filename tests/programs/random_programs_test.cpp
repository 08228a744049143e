// Random programs: the same for a seed, legal by the race checker and the golden model, concurrent, and no
// longer legal without their tokens.
#include <gtest/gtest.h>

#include "isa/status.hpp"
#include "tests/hls/harness.hpp"
#include "tests/programs/memory_map.hpp"
#include "tests/programs/runner.hpp"

namespace heddle::tests {
namespace {

constexpr std::uint64_t kSeeds = 40;

class RandomProgramsTest : public HlsTest {};

TEST_P(RandomProgramsTest, SameForASeed) {
  const RandomProgram a = generate_program(config, 7), b = generate_program(config, 7),
                      c = generate_program(config, 8);
  EXPECT_EQ(a.memory, b.memory);
  EXPECT_NE(a.memory, c.memory);
}

TEST_P(RandomProgramsTest, LegalAndWalkedAsExecuted) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RandomProgram program = generate_program(config, seed);
    const RunResult result = run_program(machine.library, program, seed);
    ASSERT_EQ(check_program(config, program, result), "") << "seed " << seed;
    // The golden model's trace is what the checker's walk through the program found.
    std::vector<emit::RaceEvent> seen;
    std::vector<std::uint8_t> memory = program.memory;
    heddle_run_options options = {};
    options.user = &seen;
    options.trace = [](void* user, int unit, std::uint64_t pc, const isa::TileInstruction* x,
                       std::uint64_t base) {
      static_cast<std::vector<emit::RaceEvent>*>(user)->push_back(emit::RaceEvent::tile(unit, pc, *x, base));
    };
    machine.library.run(memory, program.arguments, options);
    std::size_t next = 0;
    for (const emit::RaceEvent& event : program_events(program)) {
      if (event.kind != emit::RaceEvent::kTile) continue;
      ASSERT_LT(next, seen.size());
      ASSERT_EQ(emit::describe_event(event), emit::describe_event(seen[next]));
      ASSERT_EQ(std::memcmp(&event.instruction, &seen[next].instruction, sizeof event.instruction), 0);
      ASSERT_EQ(event.base, seen[next].base);
      ++next;
    }
    EXPECT_EQ(next, seen.size());
  }
}

TEST_P(RandomProgramsTest, EveryPrefixIsLegal) {
  for (const int items : {0, 1, 3, 10}) {
    const RandomProgram program = generate_program(config, 5, items);
    EXPECT_EQ(check_program(config, program, run_program(machine.library, program, 5)), "") << items;
  }
}

TEST_P(RandomProgramsTest, TokensAreNeeded) {
  int with_tokens = 0, refused = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    std::vector<emit::RaceEvent> events = program_events(generate_program(config, seed));
    int tokens = 0;
    for (emit::RaceEvent& event : events) {
      if (event.kind != emit::RaceEvent::kTile) {
        event.mask = 0;
        continue;
      }
      tokens += event.instruction.half[isa::kHalfWait] != 0;
      event.instruction.half[isa::kHalfWait] = event.instruction.half[isa::kHalfSignal] = 0;
    }
    if (tokens == 0) continue;
    ++with_tokens;
    refused += !emit::check_races(config, events).empty();
  }
  EXPECT_GT(with_tokens, static_cast<int>(kSeeds) * 3 / 4);
  EXPECT_GE(refused, with_tokens - 2);  // all but programs whose only tokens were more than needed
}

// A difference in memory is found, with the instruction that wrote it.
TEST_P(RandomProgramsTest, DifferenceNamesItsStore) {
  const RandomProgram program = generate_program(config, 11);
  const RunResult good = run_program(machine.library, program, 11);
  EXPECT_EQ(first_difference(config, program, good, good), "");
  std::uint64_t written = memory_map::kDump;
  while (good.memory[written] == program.memory[written]) ++written;
  RunResult bad = good;
  bad.memory[written] ^= 1;
  EXPECT_NE(first_difference(config, program, good, bad).find("last written by STORE at pc"),
            std::string::npos);
  bad = good;
  ++bad.record.counters[isa::kCounter_macs];
  EXPECT_NE(first_difference(config, program, good, bad).find("counter macs"), std::string::npos);
}

HEDDLE_HLS_SUITE(RandomProgramsTest);

}  // namespace
}  // namespace heddle::tests
