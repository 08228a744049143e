// Every way in which a run can fail: its status, its program counter, and that the device runs again.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

class ErrorTest : public HlsTest {
 protected:
  // Runs, checks status and pc, record in memory, and that a good program runs afterwards.
  void expect(const Assembler& code, std::uint32_t status, std::uint64_t pc) {
    const isa::CompletionRecord record = machine.run(code);
    EXPECT_EQ(record.status, status) << isa::status_text(record.status);
    EXPECT_EQ(record.pc, pc);
    EXPECT_EQ(record.magic, isa::kRecordMagic);
    EXPECT_EQ(std::memcmp(&record, machine.at<std::uint8_t>(machine.arguments.record), sizeof record), 0);
    again();
  }
  void again() {
    const isa::StartArguments kept = machine.arguments;
    machine.arguments = {};
    machine.arguments.record = machine.memory.size() - sizeof(isa::CompletionRecord);
    machine.arguments.window_size[0] = machine.memory.size();
    machine.memory[Machine::kData] = 42;
    Assembler code;
    code.tile(linear(false, isa::kBufferV, 0, Machine::kData, 8), 0, 1);
    code.tile(linear(true, isa::kBufferV, 0, Machine::kData + 64, 8), 1, 2);
    code.wait(2);
    code.halt();
    const isa::CompletionRecord record = machine.run(code);
    EXPECT_EQ(record.status, isa::kStatusOk);
    EXPECT_EQ(record.pc, 9u);
    EXPECT_EQ(record.counters[isa::kCounter_load_instructions], 1u);
    EXPECT_EQ(machine.memory[Machine::kData + 64], 42);
    machine.arguments = kept;
  }
  void expect_illegal(const isa::TileInstruction& x, const std::string& what, std::uint32_t patches = 0) {
    Assembler code;
    code.set(1, 1);
    code.tile(x, 0, 0, patches);
    code.halt();
    SCOPED_TRACE(what);
    expect(code, isa::kStatusIllegal, 1);
  }
};

TEST_P(ErrorTest, WrongVersionConfigurationMagic) {
  Assembler code;
  code.halt();
  const std::vector<std::uint8_t> good = code.program(config);
  const auto start = [&](std::size_t byte) {
    std::memcpy(machine.memory.data(), good.data(), good.size());
    machine.memory[byte] ^= 1;
    return machine.library.run(machine.memory, machine.arguments).status;
  };
  EXPECT_EQ(start(0), isa::kStatusVersion);
  EXPECT_EQ(start(4), isa::kStatusVersion);
  EXPECT_EQ(start(8), isa::kStatusConfig);
  again();
}

TEST_P(ErrorTest, WindowOfData) {
  const auto load = [&](std::uint64_t address, std::uint32_t bytes) {
    Assembler code;
    code.tile(
        linear(false, isa::kBufferV, static_cast<std::uint32_t>(address % config.bus_bytes), address, bytes));
    code.halt();
    return code;
  };
  machine.arguments.window_size[0] = Machine::kData | isa::kWindowReadOnly;
  machine.arguments.window_base[1] = Machine::kData + 3;
  machine.arguments.window_size[1] = 100 | isa::kWindowReadOnly;
  machine.arguments.window_base[2] = machine.arguments.record;
  machine.arguments.window_size[2] = sizeof(isa::CompletionRecord);
  machine.arguments.window_base[3] = Machine::kData + 103;  // adjacent: still two windows
  machine.arguments.window_size[3] = 50;
  expect(load(Machine::kData + 3, 100), isa::kStatusOk, 4);
  expect(load(Machine::kData + 2, 1), isa::kStatusWindow, 0);
  expect(load(Machine::kData + 3, 101), isa::kStatusWindow, 0);
  expect(load(Machine::kData + 103, 50), isa::kStatusOk, 4);
  expect(load(Machine::kData + 153, 1), isa::kStatusWindow, 0);
  Assembler store;
  store.tile(linear(true, isa::kBufferV, 8, Machine::kData + 8, 8));
  store.halt();
  const std::uint8_t before = machine.memory[Machine::kData + 8];
  expect(store, isa::kStatusWindow, 0);
  EXPECT_EQ(machine.memory[Machine::kData + 8], before);
}

TEST_P(ErrorTest, WindowOfSecondRowProgramWordAndRecord) {
  machine.arguments.window_size[0] = Machine::kData + 64;
  machine.arguments.record = Machine::kData - 256;
  DmaFields x;
  x.rows = 2, x.row_bytes = 16, x.mem_offset = Machine::kData, x.mem_stride = 64, x.local_stride = 64;
  Assembler second_row;
  second_row.tile(x.encode(false));
  second_row.halt();
  expect(second_row, isa::kStatusWindow, 0);

  Assembler word;
  word.set(1, Machine::kData + 60);
  word.scalar_immediate(isa::kOpLoadWord, 2, 1, 0);
  word.scalar_immediate(isa::kOpLoadWord, 2, 1, 4);
  word.halt();
  expect(word, isa::kStatusWindow, 2);

  // Program outside: nothing is fetched.
  Assembler code;
  code.halt();
  machine.arguments.window_base[0] = 64;
  EXPECT_EQ(machine.run(code).status, isa::kStatusWindow);
  machine.arguments.window_base[0] = 0;
  machine.arguments.window_size[0] = 64;
  EXPECT_EQ(machine.run(code).status, isa::kStatusWindow);

  // Record outside or in a read-only window: reported, not written.
  machine.arguments.window_size[0] = Machine::kData | isa::kWindowReadOnly;
  std::memset(machine.at<std::uint8_t>(machine.arguments.record), 7, 256);
  const isa::CompletionRecord record = machine.run(code);
  EXPECT_EQ(record.status, isa::kStatusOk);
  EXPECT_EQ(*machine.at<std::uint8_t>(machine.arguments.record), 7);
}

TEST_P(ErrorTest, BusError) {
  const std::uint64_t end = machine.memory.size();
  machine.arguments.window_size[0] = end + 4096;
  Assembler load, store, word;
  load.tile(linear(false, isa::kBufferV, 0, end, 16));
  load.halt();
  store.tile(linear(true, isa::kBufferV, 0, end - 1024, 2048));
  store.halt();
  word.set(1, static_cast<std::int64_t>(end));
  word.scalar_immediate(isa::kOpLoadWord, 1, 1, 0);
  word.halt();
  machine.arguments.record = Machine::kData;
  expect(load, isa::kStatusBus, 0);
  expect(store, isa::kStatusBus, 0);
  expect(word, isa::kStatusBus, 1);
  Assembler code;
  code.halt();
  machine.arguments.record = end;  // cannot be written, is reported all the same
  EXPECT_EQ(machine.run(code).status, isa::kStatusOk);
  machine.arguments.program = end;
  isa::CompletionRecord record = machine.library.run(machine.memory, machine.arguments);
  EXPECT_EQ(record.status, isa::kStatusBus);
  EXPECT_EQ(record.pc, 0u);
}

TEST_P(ErrorTest, Hang) {
  Assembler unit;
  unit.signal(2);
  unit.tile(linear(true, isa::kBufferV, 0, Machine::kData, 0), 2, 4);
  unit.tile(VectorFields().encode(), 1);
  unit.tile(MatrixFields().encode(), 8);
  unit.halt();
  expect(unit, isa::kStatusWatchdog, 9);  // MATRIX is searched before VECTOR

  Assembler scalar;
  scalar.set(1, 1);
  scalar.wait(1);
  scalar.halt();
  expect(scalar, isa::kStatusWatchdog, 1);

  Assembler fence;
  fence.tile(VectorFields().encode(), 1);
  fence.fence();
  fence.halt();
  expect(fence, isa::kStatusWatchdog, 0);

  Assembler forever;
  forever.tile(linear(false, isa::kBufferV, 0, Machine::kData, 8));
  forever.branch(isa::kOpBranchEq, 0, 0, 4);
  machine.arguments.watchdog = 5000;
  expect(forever, isa::kStatusWatchdog, 4);
}

TEST_P(ErrorTest, SemaphoreOverflow) {
  Assembler code;
  code.set(1, 256);
  code.signal(1);
  code.loop(1, 1);
  code.halt();
  expect(code, isa::kStatusIllegal, 1);
  Assembler unit;
  unit.set(1, 255);
  unit.signal(1);
  unit.loop(1, 1);
  unit.tile(linear(false, isa::kBufferV, 0, 0, 0), 0, 1);
  unit.halt();
  expect(unit, isa::kStatusIllegal, 3);
}

TEST_P(ErrorTest, IllegalScalar) {
  const auto quad = [&](int opcode, int core, std::int64_t immediate) {
    isa::ScalarInstruction x = {};
    x.half[0] = static_cast<std::uint16_t>(opcode | core << 8);
    std::memcpy(&x.half[isa::kHalfImmediate], &immediate, sizeof immediate);
    Assembler code;
    code.append(x);
    code.halt();
    expect(code, isa::kStatusIllegal, 0);
  };
  for (const int opcode : {0x13, 0x1F, 0x24, int(isa::kOpTopK), int(isa::kOpArgmax), 0xFF})
    quad(opcode, 0, 0);
  quad(isa::kOpAdd, 1, 0);
  quad(isa::kOpArgument, 0, 16);
  quad(isa::kOpLoadWord, 0, Machine::kData + 2);
  Assembler past_end;
  past_end.set(1, 1);
  expect(past_end, isa::kStatusIllegal, 1);
  Assembler half_tile;
  isa::ScalarInstruction head = {};
  head.half[0] = isa::kOpVector;
  half_tile.append(head);
  expect(half_tile, isa::kStatusIllegal, 0);
  Assembler away;
  away.branch(isa::kOpBranchEq, 0, 0, 1000);
  expect(away, isa::kStatusIllegal, 1000);
}

TEST_P(ErrorTest, IllegalTile) {
  expect_illegal(linear(true, isa::kBufferW, 0, Machine::kData, 8), "STORE from W");
  expect_illegal(linear(true, isa::kBufferC, 0, Machine::kData, 8), "STORE from C");
  expect_illegal(linear(false, 5, 0, Machine::kData, 8), "buffer 5");
  expect_illegal(linear(false, isa::kBufferS, config.s_bytes - 8, Machine::kData, 16), "past the end of S");
  expect_illegal(linear(false, isa::kBufferS, 0xFFFFFFF0u, Machine::kData, 16), "far past the end of S");
  const auto with = [](isa::TileInstruction x, int half, int value) {
    x.half[half] = static_cast<std::uint16_t>(value);
    return x;
  };
  const isa::TileInstruction load = linear(false, isa::kBufferV, 0, Machine::kData, 8);
  expect_illegal(with(load, isa::kHalfFlags, 0x200), "reserved flag of LOAD");
  expect_illegal(with(load, 31, 1), "reserved half of LOAD");
  expect_illegal(with(load, 0, isa::kOpLoad | 0x100), "core 1");
  expect_illegal(load, "patched opcode", Assembler::patch(0, 0, 1, false));
  expect_illegal(load, "wide patch of an odd half", Assembler::patch(1, 9, 1, true));

  const isa::TileInstruction matrix = MatrixFields().encode();
  expect_illegal(with(matrix, isa::kHalfFlags, 8 | 3), "reserved flag of MATRIX");
  expect_illegal(with(matrix, isa::kMatrixFormats, 0x0200), "format of D");
  expect_illegal(with(matrix, isa::kMatrixGroup, 1), "group");
  expect_illegal(with(with(matrix, isa::kHalfFlags, 1), isa::kMatrixOuter, 2), "outer without LAST");
  expect_illegal(with(matrix, isa::kMatrixAAddr, config.a_blocks()), "A outside");
  expect_illegal(with(matrix, isa::kMatrixWAddr, config.w_words() - config.w_tile_words() + 1), "W outside");
  expect_illegal(with(matrix, isa::kMatrixCAddr, config.c_blocks()), "C outside");
  expect_illegal(with(matrix, isa::kMatrixSAddr, config.s_words()), "S outside");
  expect_illegal(with(matrix, isa::kMatrixDAddr, config.v_blocks()), "V outside");
  expect_illegal(with(matrix, isa::kMatrixAccAddr, config.acc_rows()), "accumulator outside");

  VectorFields v;
  v.destination = isa::kDestV;
  const isa::TileInstruction vector = v.encode();
  expect_illegal(with(vector, isa::kHalfFlags, 1 << 14), "reserved flag of VECTOR");
  expect_illegal(with(vector, isa::kHalfFlags, 4 << 7), "reserved reduction");
  expect_illegal(with(vector, isa::kHalfFlags, 4 << 10), "reserved function");
  expect_illegal(with(vector, isa::kVectorSelects, 6), "reserved select");
  expect_illegal(with(vector, isa::kVectorSelects, 2 << 14), "U in A");
  expect_illegal(with(vector, isa::kVectorDest, isa::kDestV | 1 << 4), "format of A");
  expect_illegal(with(vector, isa::kVectorAAddr, config.v_blocks()), "A outside");
  expect_illegal(with(vector, isa::kVectorDAddr, config.v_blocks()), "destination outside");
  expect_illegal(with(with(vector, isa::kVectorSelects, isa::kSelU), isa::kVectorUAddr, config.v_blocks()),
                 "U outside");
  expect_illegal(with(vector, isa::kVectorSelects, isa::kSelU), "A and U in one bank of V");
  expect_illegal(with(vector, isa::kVectorSelects, isa::kSelU | isa::kSpaceS << 12 | isa::kSpaceS << 14),
                 "A and U in S");
  expect_illegal(with(with(vector, isa::kVectorSelects, isa::kSelS0), isa::kVectorS0Addr, config.s_words()),
                 "S0 outside");
  expect_illegal(with(with(vector, isa::kVectorSelects, isa::kSelS1), isa::kVectorS1Addr, config.s_words()),
                 "S1 outside");
  expect_illegal(
      with(with(vector, isa::kHalfFlags, isa::kReduceSum << 7), isa::kVectorRedAddr, config.s_words()),
      "reduction outside");
  expect_illegal(with(with(vector, isa::kHalfFlags, isa::kReduceSum << 7), isa::kVectorDest, isa::kDestS),
                 "reduction and destination S");
  expect_illegal(with(with(vector, isa::kHalfFlags, 1), isa::kVectorSelects, isa::kSelImm0),
                 "ROPE with a select");
  expect_illegal(with(vector, isa::kHalfFlags, 1 | 2), "ROPE with a mask");
}

TEST_P(ErrorTest, OnChipMemoryStartsAsGarbage) {
  Assembler code;
  code.tile(linear(true, isa::kBufferA, 0, Machine::kData, 64));
  code.halt();
  ASSERT_EQ(machine.run(code).status, isa::kStatusOk);
  EXPECT_NE(machine.memory[Machine::kData], 0);
}

HEDDLE_HLS_SUITE(ErrorTest);

}  // namespace
}  // namespace heddle::tests
