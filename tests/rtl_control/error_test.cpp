// Every way in which a run can fail: its status, its program counter, and that the device runs again.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>

#include "tests/rtl_control/programs.hpp"

namespace heddle::tests {
namespace {

/// A quad with this opcode and this core.
isa::ScalarInstruction quad(int opcode, int core = 0) {
  isa::ScalarInstruction x = {};
  x.half[0] = static_cast<std::uint16_t>(opcode | core << 8);
  return x;
}

void expect_fault(Bench& bench, std::uint32_t status, std::uint64_t pc) {
  const Report report = bench.run();
  EXPECT_EQ(report.status, status) << isa::status_text(report.status);
  EXPECT_EQ(report.pc, pc);
  for (int u = 0; u < isa::kUnits; ++u) {
    const std::uint64_t* states = report.counters + isa::unit_counter(u, isa::kUnitBusy);
    EXPECT_EQ(std::accumulate(states, states + isa::kUnitStates, std::uint64_t{0}),
              report.counters[isa::kCounter_cycles]);
  }
}

void expect_fault(Bench& bench, const Assembler& code, std::uint32_t status, std::uint64_t pc) {
  bench.load(code);
  expect_fault(bench, status, pc);
}

TEST(Header, Refused) {
  Bench bench(100);
  const isa::StartArguments good = bench.arguments;
  const auto with_header = [&](const std::function<void(isa::ProgramHeader&)>& change, std::uint32_t status) {
    bench.load(small_program());
    isa::ProgramHeader header;
    std::memcpy(&header, bench.memory.memory.data() + Bench::kProgram, sizeof header);
    change(header);
    std::memcpy(bench.memory.memory.data() + Bench::kProgram, &header, sizeof header);
    expect_fault(bench, status, 0);
    EXPECT_TRUE(bench.units.started.empty());
    expect_small_program_runs(bench);
  };
  with_header([](isa::ProgramHeader& x) { ++x.magic; }, isa::kStatusVersion);
  with_header([](isa::ProgramHeader& x) { ++x.version; }, isa::kStatusVersion);
  with_header([](isa::ProgramHeader& x) { x.magic = 0, x.config_hash = 0; }, isa::kStatusVersion);
  with_header([](isa::ProgramHeader& x) { x.config_hash ^= 1ull << 63; }, isa::kStatusConfig);
  with_header([](isa::ProgramHeader& x) { x.code_quads = 0; }, isa::kStatusIllegal);

  bench.load(small_program());
  const std::pair<std::uint64_t, std::uint32_t> addresses[] = {
      {Bench::kProgram + 16, isa::kStatusIllegal},
      {Bench::kProgram - 64, isa::kStatusWindow},
      {Bench::kProgram + Bench::kProgramBytes, isa::kStatusWindow},
      {Bench::kProgram | 1ull << 52, isa::kStatusWindow}};
  for (const auto& [address, status] : addresses) {
    bench.arguments.program = address;
    expect_fault(bench, status, 0);
  }
  bench.arguments = good;
  bench.arguments.window_size[0] = 0;  // closed
  expect_fault(bench, isa::kStatusWindow, 0);
  bench.arguments = good;
  bench.memory.error_first = Bench::kProgram, bench.memory.error_end = Bench::kProgram + 64;
  expect_fault(bench, isa::kStatusBus, 0);
  bench.memory.error_end = 0;
  expect_small_program_runs(bench);
}

TEST(Header, PastTheEndOfMemoryIsABusError) {
  Bench bench(101);
  bench.arguments.program = 1ull << 40;
  bench.arguments.window_base[0] = 1ull << 40;
  expect_fault(bench, isa::kStatusBus, 0);
}

TEST(Code, OutsideTheWindow) {
  for (const int lines : {1, 2, 3, 5, 17}) {
    Bench bench(110);
    Assembler code;
    for (int i = 0; i < 200; ++i) code.set(1, i);
    code.halt();
    const std::uint64_t size = bench.arguments.window_size[0];
    bench.arguments.window_size[0] = (64 + 64 * static_cast<std::uint64_t>(lines)) | isa::kWindowReadOnly;
    expect_fault(bench, code, isa::kStatusWindow, 4u * lines);

    Assembler crossing;  // a tile instruction with its last quads outside
    for (int i = 0; i < 4 * lines - 2; ++i) crossing.set(1, i);
    crossing.tile(tile(isa::kUnitLoad));
    crossing.halt();
    expect_fault(bench, crossing, isa::kStatusWindow, 4u * lines - 2);
    EXPECT_TRUE(bench.units.started.empty());

    Assembler inside;  // prefetching past the window harms nobody
    for (int i = 0; i < 4 * lines - 1; ++i) inside.set(1, i);
    inside.halt();
    for (int i = 0; i < 100; ++i) inside.set(1, i);
    expect_fault(bench, inside, isa::kStatusOk, 4u * lines - 1);
    bench.arguments.window_size[0] = size;
    expect_small_program_runs(bench);
  }
}

// Windows that leave a gap in a line of the instruction cache: nothing is read there, and a bus error before
// it is the line's.
TEST(Code, WindowsWithAGap) {
  constexpr std::uint64_t kGap = 128, kGapEnd = 192;  // bytes of the program: quads 4 to 7 of the code
  Bench bench(113);
  const isa::StartArguments good = bench.arguments;
  bench.arguments.window_size[0] = kGap | isa::kWindowReadOnly;
  bench.arguments.window_base[3] = Bench::kProgram + kGapEnd;
  bench.arguments.window_size[3] = (Bench::kProgramBytes - kGapEnd) | isa::kWindowReadOnly;
  Assembler across, into;
  across.branch(isa::kOpBranchEq, 0, 0, 8);
  for (int i = 1; i < 200; ++i) across.set(1, i), into.set(1, i);
  across.halt();
  expect_fault(bench, across, isa::kStatusOk, 200);
  expect_fault(bench, into, isa::kStatusWindow, 4);
  bench.memory.error_first = Bench::kProgram + 64, bench.memory.error_end = Bench::kProgram + kGap;
  expect_fault(bench, across, isa::kStatusBus, 0);
  bench.memory.error_end = 0;
  expect_fault(bench, across, isa::kStatusOk, 200);
  bench.arguments = good;
  expect_small_program_runs(bench);
}

TEST(Code, BeginsWithinALine) {
  Bench bench(114);
  const isa::StartArguments good = bench.arguments;
  for (const std::uint64_t offset : {64, 128, 192, 256}) {
    bench.load(small_program());
    std::uint8_t* const program = bench.memory.memory.data() + Bench::kProgram;
    std::memmove(program + offset, program, Bench::kProgramBytes - offset);
    bench.arguments.program = bench.arguments.window_base[0] = Bench::kProgram + offset;
    bench.arguments.window_size[0] = (Bench::kProgramBytes - offset) | isa::kWindowReadOnly;
    EXPECT_EQ(bench.run().status, isa::kStatusOk) << offset;
    bench.arguments = good;
  }
  expect_small_program_runs(bench);
}

TEST(Code, BusError) {
  Bench bench(111);
  Assembler code;
  for (int i = 0; i < 300; ++i) code.set(1, i);
  code.halt();
  bench.memory.error_first = Bench::kProgram + 2048, bench.memory.error_end = Bench::kProgram + 2048 + 512;
  expect_fault(bench, code, isa::kStatusBus, (2048 - 64) / 16);

  Assembler around;
  for (int i = 0; i < (2048 - 64) / 16 - 1; ++i) around.set(1, i);
  around.branch(isa::kOpBranchEq, 0, 0, (2048 - 64 + 512) / 16);
  while (around.pc() < (2048 - 64 + 512) / 16) around.append(quad(0xFF));
  around.halt();
  expect_fault(bench, around, isa::kStatusOk, around.pc() - 1);
  bench.memory.error_end = 0;
  expect_small_program_runs(bench);
}

TEST(Code, PastTheEnd) {
  Bench bench(112);
  for (const int length : {1, 3, 4, 12, 13, 40}) {
    Assembler code;
    for (int i = 0; i < length; ++i) code.set(1, i);
    expect_fault(bench, code, isa::kStatusIllegal, length);
    for (int quads = 1; quads < 4; ++quads) {  // of a tile instruction that the code cuts short
      Assembler cut = code;
      for (int i = 0; i < quads; ++i) cut.append(quad(i == 0 ? isa::kOpVector : 0));
      expect_fault(bench, cut, isa::kStatusIllegal, length);
    }
  }
  for (const std::uint64_t target :
       {5ull, 1ull << 32, (1ull << 47) + 3, (1ull << 48) - 1, 0xFFFF000000000007ull}) {
    Assembler code;
    code.branch(isa::kOpBranchEq, 0, 0, target);
    code.halt();
    expect_fault(bench, code, isa::kStatusIllegal, target & ((1ull << 48) - 1));
  }
  expect_small_program_runs(bench);
}

TEST(Scalar, Refused) {
  Bench bench(120);
  const auto after = [](const std::function<void(Assembler&)>& append) {
    Assembler code;
    code.set(1, 6);
    code.set(2, 1);
    append(code);
    code.halt();
    return code;
  };
  for (const int opcode : {0x13, 0x1F, 0x24, 0x30, 0x31, 0x80, 0xFF})
    expect_fault(bench, after([&](Assembler& code) { code.append(quad(opcode)); }), isa::kStatusIllegal, 2);
  for (const int opcode : {0x00, 0x01, 0x12})
    expect_fault(bench, after([&](Assembler& code) { code.append(quad(opcode, 1)); }), isa::kStatusIllegal,
                 2);
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    isa::TileInstruction x = tile(unit);
    x.half[0] |= 0x100;
    expect_fault(bench, after([&](Assembler& code) { code.tile(x); }), isa::kStatusIllegal, 2);
  }
  expect_fault(bench, after([](Assembler& code) { code.argument(3, 16); }), isa::kStatusIllegal, 2);
  expect_fault(bench, after([](Assembler& code) { code.argument(3, -1); }), isa::kStatusIllegal, 2);
  const std::uint32_t patches[] = {Assembler::patch(0, 5, 1, false), Assembler::patch(1, 0, 2, true),
                                   Assembler::patch(2, 7, 1, true), 1u << 30, 1u << 31};
  for (const std::uint32_t patch : patches)
    expect_fault(bench, after([&](Assembler& code) { code.tile(tile(0), 0, 0, patch); }), isa::kStatusIllegal,
                 2);
  // A patch with register 0 is none, whatever its half.
  expect_fault(bench,
               after([&](Assembler& code) { code.tile(tile(0), 0, 0, Assembler::patch(0, 3, 0, true)); }),
               isa::kStatusOk, 6);
  EXPECT_EQ(bench.units.started.size(), 1u);
  expect_small_program_runs(bench);
}

TEST(Scalar, WordsOutsideTheWindows) {
  Bench bench(121);
  const auto word = [&](std::uint64_t address, std::uint32_t status) {
    Assembler code;
    code.set(1, static_cast<std::int64_t>(address) - 12);
    code.scalar_immediate(isa::kOpLoadWord, 2, 1, 12);
    code.halt();
    expect_fault(bench, code, status, status == isa::kStatusOk ? 2 : 1);
  };
  word(Bench::kData, isa::kStatusOk);
  word(Bench::kData + Bench::kDataBytes - 4, isa::kStatusOk);
  word(Bench::kConstants, isa::kStatusOk);
  word(Bench::kData - 4, isa::kStatusWindow);
  word(Bench::kData + Bench::kDataBytes, isa::kStatusWindow);
  word((1ull << 48) - 4, isa::kStatusWindow);
  word(Bench::kData + 2, isa::kStatusIllegal);
  word(Bench::kData - 5, isa::kStatusIllegal);
  bench.memory.error_first = Bench::kData + 4096, bench.memory.error_end = Bench::kData + 8192;
  word(Bench::kData + 4096, isa::kStatusBus);
  bench.memory.error_end = 0;
  expect_small_program_runs(bench);
}

TEST(Units, FaultsStopEverything) {
  Bench bench(130);
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    for (const std::uint32_t status : {isa::kStatusWindow, isa::kStatusBus, isa::kStatusIllegal}) {
      bench.memory.stall_permille = unit * 100;
      Assembler code;
      code.set(1, Bench::kData);
      code.set(2, Bench::kData + 0x10000);
      // The others are busy, LOAD and STORE with long traffic, and have more to do.
      for (int other = 0; other < isa::kUnits; ++other) {
        isa::TileInstruction x = tile(other, other < 2 ? 1 : 300);
        x.half[isa::kHalfFlags] = static_cast<std::uint16_t>((other + 1) << 4);
        if (other < 2) x.half[kModelBeats] = 4, x.half[kModelRequests] = 40;
        if (other != unit) {
          code.tile(x);
          code.tile(x);
        }
      }
      const std::uint64_t pc = code.pc();
      code.tile(tile(unit, 50, status));
      code.tile(tile(unit, 5));
      code.halt();
      expect_fault(bench, code, status, pc);
      std::uint64_t fault = 0;
      for (const Started& x : bench.units.started) {
        if (x.unit == unit) fault = x.done_cycle;
      }
      for (const Started& x : bench.units.started) EXPECT_LE(x.start_cycle, fault);
      EXPECT_TRUE(bench.memory.idle());
      expect_small_program_runs(bench);
    }
  }
}

TEST(Units, SemaphoreOverflow) {
  Bench bench(131);
  Assembler signals;
  signals.set(1, 300);
  signals.signal(0x0100);
  signals.loop(1, 1);
  signals.halt();
  expect_fault(bench, signals, isa::kStatusIllegal, 1);
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    Assembler code;
    code.set(1, 255);
    code.signal(0x8000);
    code.loop(1, 1);
    code.tile(tile(unit), 0, 0x7FFF);
    code.tile(tile(unit), 0, 0x8000);
    code.halt();
    expect_fault(bench, code, isa::kStatusIllegal, 7);
  }
  expect_small_program_runs(bench);
}

TEST(Watchdog, NamesTheFirstUnitThatHasWork) {
  Bench bench(140);
  bench.arguments.watchdog = 1000;
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    Assembler hang;
    hang.set(1, 1);
    hang.tile(tile(isa::kUnitVector, kModelForever));
    hang.tile(tile(unit, kModelForever));
    hang.halt();
    expect_fault(bench, hang, isa::kStatusWatchdog, unit == isa::kUnitVector ? 1 : 5);
    Assembler token;
    token.tile(tile(isa::kUnitVector), 0x10, 0);
    token.tile(tile(unit), 0x20, 0);
    token.fence();
    token.halt();
    expect_fault(bench, token, isa::kStatusWatchdog, unit == isa::kUnitVector ? 0 : 4);
    expect_small_program_runs(bench);
  }
}

TEST(Watchdog, ElseTheScalarUnit) {
  Bench bench(141);
  bench.arguments.watchdog = 500;
  Assembler wait;
  wait.tile(tile(isa::kUnitLoad, 10), 0, 1);
  wait.wait(3);
  wait.halt();
  expect_fault(bench, wait, isa::kStatusWatchdog, 4);
  Assembler loop;
  for (int i = 0; i < 9; ++i) loop.set(1, i);
  loop.branch(isa::kOpBranchEq, 0, 0, 9);
  expect_fault(bench, loop, isa::kStatusWatchdog, 9);
  expect_small_program_runs(bench);
}

TEST(Watchdog, CountsCyclesWithoutProgress) {
  Bench bench(142);
  bench.arguments.watchdog = 400;
  Assembler slow;
  for (int i = 0; i < 10; ++i) slow.tile(tile(isa::kUnitMatrix, 350));
  slow.halt();
  expect_fault(bench, slow, isa::kStatusOk, 40);
  Assembler slower;
  slower.tile(tile(isa::kUnitMatrix, 450));
  slower.halt();
  expect_fault(bench, slower, isa::kStatusWatchdog, 0);
  bench.arguments.watchdog = 0;  // never
  expect_fault(bench, slower, isa::kStatusOk, 4);
  bench.arguments.watchdog = ~0ull;
  expect_fault(bench, slower, isa::kStatusOk, 4);
}

TEST(Watchdog, DoneIsRaisedThoughTheMemoryHangs) {
  Bench bench(143);
  bench.arguments.watchdog = 300;
  for (const int delay : {0, 5, 30, 60, 90, 150, 250, 350, 400, 440, 480}) {
    Assembler code;
    code.set(1, Bench::kData);
    code.set(2, Bench::kData + 0x10000);
    for (int unit = 0; unit < 2; ++unit) {
      isa::TileInstruction x = tile(unit, 1);
      x.half[isa::kHalfFlags] = static_cast<std::uint16_t>((unit + 1) << 4);
      x.half[kModelBeats] = 2, x.half[kModelRequests] = 60;
      code.tile(x);
    }
    code.halt();
    bench.load(code);
    bench.set_arguments();
    bench.units.begin_run();
    bench.start();
    for (int i = 0; i < delay; ++i) bench.tick();
    bench.memory.hang = true;
    bench.wait_done(5000);
    if (bench.read(isa::kRegisterStatus) != isa::kStatusOk) {
      EXPECT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusWatchdog) << "delay " << delay;
    }
    for (int i = 0; i < 1000; ++i) bench.tick();
    // The next run begins when the memory has answered what it owes.
    bench.load(small_program());
    bench.set_arguments();
    bench.units.begin_run();
    bench.start();
    for (int i = 0; i < 100; ++i) bench.tick();
    bench.memory.hang = false;
    bench.wait_done();
    EXPECT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusOk) << "delay " << delay;
    expect_small_program_runs(bench);
  }
}

}  // namespace
}  // namespace heddle::tests
