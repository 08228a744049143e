// The scalar unit: arithmetic on 48 bits, branches, loops, patches, words from memory.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

class ScalarTest : public HlsTest {
 protected:
  // Whether `code` leaves `expected` in register rd: a branch on equality looks at every bit, and whatever
  // differs runs into an illegal instruction.
  bool holds(Assembler code, int rd, std::int64_t expected) {
    code.set(31, expected);
    const std::uint64_t branch = code.pc();
    code.branch(isa::kOpBranchEq, rd, 31, 0);
    isa::ScalarInstruction illegal = {};
    illegal.half[0] = isa::kOpTopK;
    code.append(illegal);
    code.set_target(branch, code.pc());
    code.halt();
    return machine.run(code).status == isa::kStatusOk;
  }
};

std::int64_t wrap48(std::int64_t x) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(x) << 16) >> 16;
}

TEST_P(ScalarTest, Arithmetic) {
  const std::int64_t values[] = {
      0, 1, -1, 7, -13, 0x7FFFFFFFFFFFll, -0x800000000000ll, 0x123456789ABCll, 0xFFFFFFFFll};
  for (const std::int64_t a : values) {
    for (const std::int64_t b : values) {
      const std::uint64_t ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
      const std::pair<int, std::int64_t> cases[] = {
          {isa::kOpAdd, wrap48(static_cast<std::int64_t>(ua + ub))},
          {isa::kOpSub, wrap48(static_cast<std::int64_t>(ua - ub))},
          {isa::kOpMul, wrap48(static_cast<std::int64_t>((ua & 0xFFFFFFFFu) * (ub & 0xFFFFFFFFu)))},
          {isa::kOpShl, wrap48(static_cast<std::int64_t>(ua << (ub & 63u)))},
          {isa::kOpShr, a >> (ub & 63u)},
          {isa::kOpAnd, a & b},
          {isa::kOpMin, std::min(a, b)},
          {isa::kOpMax, std::max(a, b)}};
      for (const auto& [opcode, expected] : cases) {
        Assembler registers, immediate;
        registers.set(1, a);
        registers.set(2, b);
        registers.scalar(opcode, 3, 1, 2);
        immediate.set(1, a);
        immediate.scalar_immediate(opcode, 3, 1, b);
        ASSERT_TRUE(holds(registers, 3, expected)) << "opcode " << opcode << ": " << a << ", " << b;
        ASSERT_TRUE(holds(immediate, 3, expected)) << "opcode " << opcode << ": " << a << ", " << b;
      }
    }
  }
}

TEST_P(ScalarTest, ArgumentsWordsAndZeroRegister) {
  machine.arguments.argument[5] = 0xFFFF800000000123ull;
  *machine.at<std::uint32_t>(Machine::kData + 8) = 0xDEADBEEFu;
  Assembler code;
  code.argument(1, 5);
  code.set(2, Machine::kData + 16);
  code.scalar_immediate(isa::kOpLoadWord, 3, 2, -8);
  code.set(0, 99);
  EXPECT_TRUE(holds(code, 1, wrap48(static_cast<std::int64_t>(0xFFFF800000000123ull))));
  EXPECT_TRUE(holds(code, 3, 0xDEADBEEFll));
  EXPECT_TRUE(holds(code, 0, 0));
}

TEST_P(ScalarTest, LoopsAndBranches) {
  Assembler code;
  code.set(1, 10);
  const std::uint64_t top = code.pc();
  code.scalar_immediate(isa::kOpAdd, 2, 2, 3);
  code.loop(1, top);
  code.set(3, 4);
  const std::uint64_t while_top = code.pc();
  code.scalar_immediate(isa::kOpSub, 3, 3, 1);
  code.scalar_immediate(isa::kOpAdd, 4, 4, 1);
  code.branch(isa::kOpBranchGe, 3, 0, while_top);
  EXPECT_TRUE(holds(code, 2, 30));
  EXPECT_TRUE(holds(code, 1, 0));
  EXPECT_TRUE(holds(code, 4, 5));
  code.halt();
  EXPECT_EQ(machine.run(code).counters[isa::kCounter_scalar_instructions], 1u + 20u + 1u + 15u + 1u);
}

TEST_P(ScalarTest, PatchesNarrowAndWide) {
  const std::uint64_t to = Machine::kData + 4096;
  machine.memory[Machine::kData] = 1;
  machine.memory[Machine::kData + config.bus_bytes] = 77;
  DmaFields load;
  load.buffer = isa::kBufferA, load.rows = 0, load.row_bytes = 1, load.mem_offset = 5;
  Assembler code;
  code.set(1, 1);                                                                 // rows: 0 + 1
  code.set(2, static_cast<std::int64_t>(Machine::kData) - 5 + config.bus_bytes);  // offset, wide
  code.set(3, -1);
  code.tile(load.encode(false), 0, 1,
            Assembler::patch(0, isa::kDmaRows, 1, false) | Assembler::patch(2, isa::kDmaMemOffset, 2, true));
  DmaFields store;
  store.buffer = isa::kBufferA, store.rows = 2, store.row_bytes = 1,
  store.mem_offset = static_cast<std::uint32_t>(to);
  code.tile(store.encode(true), 1, 0, Assembler::patch(1, isa::kDmaRows, 3, false));
  code.halt();
  const isa::CompletionRecord record = machine.run(code);
  EXPECT_EQ(record.status, isa::kStatusOk);
  EXPECT_EQ(machine.memory[to], 77);
  EXPECT_EQ(record.counters[isa::kCounter_store_bytes], 1u);
}

HEDDLE_HLS_SUITE(ScalarTest);

}  // namespace
}  // namespace heddle::tests
