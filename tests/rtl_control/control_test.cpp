// Directed tests of the control part: the register map, the course of a run, its counters.
#include <gtest/gtest.h>

#include "tests/rtl_control/bench.hpp"
#include "tests/rtl_control/programs.hpp"

namespace heddle::tests {
namespace {

TEST(Registers, MapAfterReset) {
  Bench bench(1);
  EXPECT_EQ(bench.read(isa::kRegisterControl), 4u);
  EXPECT_EQ(bench.read(isa::kRegisterMagic), isa::kDeviceMagic);
  EXPECT_EQ(bench.read(isa::kRegisterVersion), isa::kIsaVersion);
  EXPECT_EQ(bench.read64(isa::kRegisterConfigHash), hls::kConfigHash);
  EXPECT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusOk);
  for (std::uint32_t address = isa::kRegisterProgram; address < 0x1000; address += 4) {
    if (address >= isa::kRegisterMagic && address < isa::kRegisterPc) continue;
    if (address >= isa::kRegisterCounters && address < isa::kRegisterCounters + 8 * isa::kCounters) continue;
    EXPECT_EQ(bench.read(address), 0u) << address;
  }
}

TEST(Registers, ArgumentsKeepWhatIsWrittenAndOthersIgnoreIt) {
  Bench bench(2);
  const auto is_argument = [](std::uint32_t address) {
    return (address >= isa::kRegisterProgram && address < isa::kRegisterWatchdog + 8) ||
           (address >= isa::kRegisterWindow && address < isa::kRegisterArgumentEnd);
  };
  std::vector<std::uint32_t> before;
  for (std::uint32_t address = 0; address < 0x400; address += 4) before.push_back(bench.read(address));
  for (std::uint32_t address = isa::kRegisterProgram; address < 0x400; address += 4)
    bench.write(address, 0x01234567u + address);
  for (std::uint32_t address = isa::kRegisterProgram; address < 0x400; address += 4) {
    const std::uint32_t expected = is_argument(address) ? 0x01234567u + address : before[address / 4];
    EXPECT_EQ(bench.read(address), expected) << address;
  }
  bench.write(isa::kRegisterRecord, 0xFFFFFFFFu, 0b0110);
  EXPECT_EQ(bench.read(isa::kRegisterRecord), 0x01FFFF7Fu);
  EXPECT_EQ(bench.read(isa::kRegisterMagic + 1), 0u) << "unaligned";
}

TEST(Registers, ControlIsIdleStartDoneReady) {
  Bench bench(3);
  bench.load(small_program());
  bench.set_arguments();
  bench.units.begin_run();
  bench.start();
  EXPECT_EQ(bench.read(isa::kRegisterControl), 1u);
  EXPECT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusRunning);
  bench.write64(isa::kRegisterProgram, 0x55);  // ignored while running
  EXPECT_EQ(bench.read64(isa::kRegisterProgram), Bench::kProgram);
  for (int i = 0; i < 3000; ++i) bench.tick();
  EXPECT_EQ(bench.read(isa::kRegisterControl), 0xEu);
  EXPECT_EQ(bench.read(isa::kRegisterControl), 4u) << "done and ready clear on read";
  bench.start();
  for (int i = 0; i < 3000; ++i) bench.tick();
  bench.start();
  EXPECT_EQ(bench.read(isa::kRegisterControl), 1u) << "a start clears what was not read";
  bench.wait_done();
  EXPECT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusOk);
}

TEST(Registers, Interrupt) {
  Bench bench(4);
  bench.load(small_program());
  bench.set_arguments();
  bench.units.begin_run();
  const auto run = [&] {
    bench.start();
    for (int i = 0; i < 3000; ++i) bench.tick();
  };
  run();
  EXPECT_EQ(bench.read(isa::kRegisterInterruptStatus), 0u) << "not enabled";
  bench.write(isa::kRegisterInterruptEnable, 1);
  run();
  EXPECT_EQ(bench.read(isa::kRegisterInterruptStatus), 1u);
  EXPECT_EQ(bench.dut.interrupt_o, 0) << "globally disabled";
  bench.write(isa::kRegisterGlobalInterrupt, 1);
  bench.tick();
  EXPECT_EQ(bench.dut.interrupt_o, 1);
  bench.write(isa::kRegisterInterruptStatus, 1);  // toggles
  bench.tick();
  EXPECT_EQ(bench.dut.interrupt_o, 0);
  bench.write(isa::kRegisterInterruptEnable, 3);
  std::fill_n(bench.memory.memory.begin() + Bench::kRecord, 256, 0);
  bench.start();
  while (bench.dut.interrupt_o == 0 && bench.cycle < 100000) bench.tick();
  EXPECT_EQ(bench.record().magic, isa::kRecordMagic) << "the record is complete before the interrupt";
  EXPECT_EQ(bench.read(isa::kRegisterInterruptStatus), 3u);
  EXPECT_EQ(bench.read(isa::kRegisterInterruptEnable), 3u);
  EXPECT_EQ(bench.read(isa::kRegisterGlobalInterrupt), 1u);
}

TEST(Run, SmallProgramAgainAndAgain) {
  Bench bench(5);
  for (const int stalls : {0, 300}) {
    bench.memory.stall_permille = stalls;
    for (int i = 0; i < 4; ++i) expect_small_program_runs(bench);
  }
}

TEST(Run, TheProgramMayChangeBetweenRuns) {
  Bench bench(6);
  for (std::int64_t value = 1; value < 300; value += 7) {
    Assembler code;
    code.set(1, value);
    isa::TileInstruction x = tile(isa::kUnitLoad, 1);
    x.half[isa::kHalfFlags] = 1 << 4;
    code.tile(x);
    code.halt();
    EXPECT_EQ(bench.run(code).status, isa::kStatusOk);
    ASSERT_EQ(bench.units.started.size(), 1u);
    ASSERT_EQ(bench.units.started[0].base, static_cast<std::uint64_t>(value));
  }
}

TEST(Run, MoreRunsThanCacheGenerations) {
  Bench bench(7);
  bench.load(small_program());
  bench.set_arguments();
  for (int i = 0; i < 600; ++i) {
    bench.start();
    bench.wait_done();
    ASSERT_EQ(bench.read(isa::kRegisterStatus), isa::kStatusOk) << "run " << i;
  }
  expect_small_program_runs(bench);
}

TEST(Run, FullQueuesHoldTheScalarUnitBack) {
  Bench bench(8);
  Assembler code;
  for (int i = 0; i < 3 * hls::kQueueDepth; ++i) code.tile(tile(isa::kUnitVector, 200));
  code.tile(tile(isa::kUnitLoad, 1));
  code.halt();
  const Report report = bench.run(code);
  EXPECT_EQ(report.status, isa::kStatusOk);
  check_counters(report, bench);
  EXPECT_GT(report.counters[isa::kCounter_scalar_wait], 200u * 2 * hls::kQueueDepth);
  // Only the queue and the head may lie before LOAD's dispatch: it starts once a place is free for the last.
  std::uint64_t load_start = 0;
  std::vector<std::uint64_t> starts;
  for (const Started& x : bench.units.started) {
    if (x.unit == isa::kUnitLoad)
      load_start = x.start_cycle;
    else
      starts.push_back(x.start_cycle);
  }
  EXPECT_GT(load_start, starts[starts.size() - 1 - hls::kQueueDepth]);
  EXPECT_LT(load_start, starts[starts.size() - hls::kQueueDepth]);
}

TEST(Run, AWaitingHeadIsPartOfItsQueue) {
  Bench bench(14);
  for (const int count : {hls::kQueueDepth, hls::kQueueDepth + 1}) {
    Assembler code;
    for (int i = 0; i < count; ++i) code.tile(tile(isa::kUnitMatrix), i == 0 ? 1 : 0);
    code.signal(1);
    code.halt();
    EXPECT_EQ(bench.run(code).status, count == hls::kQueueDepth ? isa::kStatusOk : isa::kStatusWatchdog);
  }
}

TEST(Run, WaitSignalAndFence) {
  Bench bench(9);
  Assembler code;
  code.signal(0x0003);
  code.tile(tile(isa::kUnitMatrix, 100), 0x0001, 0x8000);
  code.tile(tile(isa::kUnitVector, 10), 0x8002, 0x4000);
  code.wait(0x4000);
  code.tile(tile(isa::kUnitLoad, 300));
  code.fence();
  code.tile(tile(isa::kUnitStore, 5));
  code.halt();
  const Report report = bench.run(code);
  EXPECT_EQ(report.status, isa::kStatusOk);
  check_counters(report, bench);
  const auto& started = bench.units.started;
  ASSERT_EQ(started.size(), 4u);
  EXPECT_EQ(started[0].unit, isa::kUnitMatrix);
  for (int i = 1; i < 4; ++i) EXPECT_GT(started[i].start_cycle, started[i - 1].done_cycle);
  EXPECT_GE(report.counters[isa::kCounter_vector_token], 50u);
  EXPECT_GE(report.counters[isa::kCounter_scalar_wait], 400u);
}

TEST(Run, UnitsOverlap) {
  Bench bench(10);
  Assembler code;
  for (int u = 0; u < isa::kUnits; ++u) code.tile(tile(u, 500));
  code.halt();
  const Report report = bench.run(code);
  EXPECT_EQ(report.status, isa::kStatusOk);
  EXPECT_LT(report.counters[isa::kCounter_cycles], 800u);
  check_counters(report, bench);
}

TEST(Run, CreditsUpTo255) {
  Bench bench(11);
  Assembler code;
  code.set(1, 255);
  std::uint64_t top = code.pc();
  code.signal(0x0011);
  code.loop(1, top);
  code.set(1, 255);
  top = code.pc();
  code.wait(0x0011);
  code.loop(1, top);
  code.halt();
  EXPECT_EQ(bench.run(code).status, isa::kStatusOk);
}

TEST(Run, RecordIsWrittenOnlyWhereItMay) {
  Bench bench(12);
  const Assembler code = small_program();
  const std::uint64_t refused[] = {Bench::kConstants, Bench::kProgram - 256,
                                   Bench::kData + Bench::kDataBytes - 192, Bench::kData + 4, 1ull << 60};
  for (const std::uint64_t address : refused) {
    bench.arguments.record = address;
    const Report report = bench.run(code);
    EXPECT_EQ(report.status, isa::kStatusOk);
    EXPECT_EQ(bench.memory.memory, bench.units.expected) << "record at " << address;
  }
  for (const std::uint64_t address : {Bench::kData + 64 * 61, Bench::kData}) {  // across 4096 bytes too
    bench.arguments.record = address;
    const Report report = bench.run(code);
    EXPECT_EQ(report.status, isa::kStatusOk);
    const isa::CompletionRecord record = bench.record();
    EXPECT_EQ(record.magic, isa::kRecordMagic);
    EXPECT_EQ(record.counters[isa::kCounter_cycles], report.counters[isa::kCounter_cycles]);
    std::copy_n(bench.memory.memory.begin() + address, 256, bench.units.expected.begin() + address);
    EXPECT_EQ(bench.memory.memory, bench.units.expected) << "bytes beside the record";
  }
  bench.arguments.record = Bench::kRecord;
  expect_small_program_runs(bench);
}

}  // namespace
}  // namespace heddle::tests
