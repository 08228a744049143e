// Random programs against the interpreter. HEDDLE_CONTROL_SEED replays one seed, HEDDLE_CONTROL_RUNS sets
// the number of programs.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/rtl_control/interpreter.hpp"
#include "tests/rtl_control/programs.hpp"
#include "tests/rtl_control/random_program.hpp"

namespace heddle::tests {
namespace {

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// Every start had its tokens, which were signalled in earlier cycles. Looks at the semaphores that the
/// scalar unit does not touch: its own signals and waits are not seen here.
void check_tokens(const Bench& bench) {
  struct Event {
    std::uint64_t cycle;
    bool take;
    std::uint16_t mask;
  };
  std::vector<Event> events;
  for (const Started& x : bench.units.started) {
    events.push_back({x.start_cycle, true, x.instruction.half[isa::kHalfWait]});
    events.push_back({x.done_cycle, false, x.instruction.half[isa::kHalfSignal]});
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.cycle != b.cycle ? a.cycle < b.cycle : a.take && !b.take;
  });
  int count[isa::kSemaphores] = {};
  for (const Event& event : events) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if (((event.mask >> s) & 1) == 0 || RandomProgram::scalar_touches(s)) continue;
      count[s] += event.take ? -1 : 1;
      ASSERT_GE(count[s], 0) << "semaphore " << s << " in cycle " << event.cycle;
    }
  }
}

void check_program(Bench& bench, const Assembler& code, std::uint64_t seed) {
  for (int i = 0; i < isa::kArguments; ++i)
    bench.arguments.argument[i] = seed * 0x9E3779B97F4A7C15ull * (i + 1);
  bench.load(code);
  const Meaning meaning = interpret(bench.memory.memory, bench.arguments);
  ASSERT_EQ(meaning.status, isa::kStatusOk) << "the program itself is at fault";
  const Report report = bench.run();
  ASSERT_EQ(report.status, isa::kStatusOk) << isa::status_text(report.status) << " at " << report.pc;
  ASSERT_EQ(report.pc, meaning.pc);
  ASSERT_EQ(report.counters[isa::kCounter_scalar_instructions], meaning.scalar_instructions);
  check_counters(report, bench);
  check_tokens(bench);

  std::size_t next[isa::kUnits] = {};
  std::uint64_t last_done[isa::kUnits] = {};
  for (const Started& x : bench.units.started) {
    const auto& expected = meaning.dispatched[x.unit];
    const std::size_t index = next[x.unit]++;
    ASSERT_LT(index, expected.size()) << "unit " << x.unit;
    ASSERT_EQ(std::memcmp(&x.instruction, &expected[index].instruction, sizeof x.instruction), 0)
        << "instruction " << index << " of unit " << x.unit;
    if (x.unit < 2) {
      ASSERT_EQ(x.base, expected[index].base) << "base of " << index << " of unit " << x.unit;
    }
    // LOAD starts while others are on their way, the other units do one at a time.
    ASSERT_GE(x.unit == isa::kUnitLoad ? x.done_cycle : x.start_cycle, last_done[x.unit]) << "in order";
    last_done[x.unit] = x.done_cycle;
  }
  for (int u = 0; u < isa::kUnits; ++u) ASSERT_EQ(next[u], meaning.dispatched[u].size()) << "unit " << u;

  // Memory: what STORE wrote and the record, nothing else.
  std::copy_n(bench.memory.memory.begin() + Bench::kRecord, 256,
              bench.units.expected.begin() + Bench::kRecord);
  ASSERT_EQ(bench.memory.memory == bench.units.expected, true) << "memory";
}

TEST(RandomPrograms, AgreeWithTheInterpreter) {
  const std::uint64_t only = environment("HEDDLE_CONTROL_SEED", 0);
  const std::uint64_t runs = environment("HEDDLE_CONTROL_RUNS", 60);
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : runs); ++seed) {
    SCOPED_TRACE("replay with HEDDLE_CONTROL_SEED=" + std::to_string(seed));
    Bench bench(seed);
    bench.arguments.watchdog = 20000;
    bench.memory.stall_permille = seed % 3 == 0 ? 0 : static_cast<int>(seed * 37 % 700);
    bench.memory.latency = static_cast<int>(seed * 13 % 120);
    bench.units.longest = seed % 5 == 0 ? 3 : 40;
    for (const std::uint64_t program : {seed, seed + 1000000}) {  // the same device again
      if (testing::Test::HasFailure()) return;
      check_program(bench, RandomProgram(program).make(30 + static_cast<int>(seed % 50)), program);
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(RandomPrograms, JumpAllOverTheCache) {
  const std::uint64_t only = environment("HEDDLE_CONTROL_SEED", 0);
  for (std::uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : 10); ++seed) {
    SCOPED_TRACE("replay with HEDDLE_CONTROL_SEED=" + std::to_string(seed));
    Bench bench(seed);
    bench.memory.latency = static_cast<int>(seed * 7 % 60);
    bench.memory.stall_permille = seed % 2 == 0 ? 0 : static_cast<int>(seed * 97 % 800);
    check_program(bench, RandomProgram(seed).make_jumps(700), seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace heddle::tests
