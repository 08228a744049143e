// What only the golden model promises: its trace, its limits, and the strictest reading of a queue's depth.
// The other tests of this folder hold for every design.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

class ModelTest : public HlsTest {};

TEST_P(ModelTest, CycleLimitAndCancel) {
  Assembler forever;
  forever.branch(isa::kOpBranchEq, 0, 0, 0);
  machine.arguments.watchdog = 0;
  machine.options.cycle_limit = 100000;
  EXPECT_EQ(machine.run(forever).status, isa::kStatusWatchdog);
  machine.options = {};
  machine.options.progress = [](void* user, std::uint64_t) {
    return ++*static_cast<int*>(user) == 3 ? 1 : 0;
  };
  int calls = 0;
  machine.options.user = &calls;
  EXPECT_EQ(machine.run(forever).status, isa::kStatusWatchdog);
  EXPECT_EQ(calls, 3);
}

TEST_P(ModelTest, FullQueueBlocksTheScalarUnit) {
  Assembler queue;  // one more than the queue holds: the scalar unit never reaches the signal
  for (std::uint32_t i = 0; i <= config.queue_depth; ++i)
    queue.tile(linear(false, isa::kBufferV, 0, 0, 0), 1);
  for (std::uint32_t i = 0; i <= config.queue_depth; ++i) queue.signal(1);
  queue.halt();
  const isa::CompletionRecord record = machine.run(queue);
  EXPECT_EQ(record.status, isa::kStatusWatchdog);
  EXPECT_EQ(record.pc, 0u);
}

TEST_P(ModelTest, TraceInOrderOfDispatch) {
  struct Seen {
    std::vector<int> units;
    std::vector<std::uint64_t> pcs, bases;
    std::vector<std::uint32_t> offsets;
  } seen;
  machine.options.user = &seen;
  machine.options.trace = [](void* user, int unit, std::uint64_t pc, const isa::TileInstruction* x,
                             std::uint64_t base) {
    Seen& to = *static_cast<Seen*>(user);
    to.units.push_back(unit);
    to.pcs.push_back(pc);
    to.bases.push_back(base);
    to.offsets.push_back(isa::get32(x->half, isa::kDmaMemOffset));
  };
  DmaFields x;
  x.base = 2, x.row_bytes = 8, x.mem_offset = 32;
  Assembler code;
  code.set(2, Machine::kData);
  code.set(3, 2);
  code.set(4, 512);
  const std::uint64_t top = code.pc();
  code.tile(x.encode(false), 0, 0, Assembler::patch(0, isa::kDmaMemOffset, 4, true));
  code.tile(linear(true, isa::kBufferS, 0, Machine::kData, 0));
  code.loop(3, top);
  code.halt();
  ASSERT_EQ(machine.run(code).status, isa::kStatusOk);
  EXPECT_EQ(seen.units, (std::vector<int>{0, 1, 0, 1}));
  EXPECT_EQ(seen.pcs, (std::vector<std::uint64_t>{3, 7, 3, 7}));
  EXPECT_EQ(seen.bases, (std::vector<std::uint64_t>{Machine::kData, 0, Machine::kData, 0}));
  ASSERT_EQ(seen.offsets.size(), 4u);
  EXPECT_EQ(seen.offsets[0], 544u);
}

HEDDLE_HLS_SUITE(ModelTest);

}  // namespace
}  // namespace heddle::tests
