#include "compiler/tiles/step_list.hpp"

#include <gtest/gtest.h>

#include "isa/config_file.hpp"

namespace heddle::tiles {
namespace {

class StepListTest : public testing::Test {
 protected:
  StepListTest() {
    bank0 = steps.builder().region("bank0", Memory::kV, 0, 64);
    bank1 = steps.builder().region("bank1", Memory::kV, config.v_bank_blocks(), 64);
  }

  void load(int region, std::int64_t block, int stream, const Piece& read = {}) {
    steps.load({.buffer = isa::kBufferV,
                .row_bytes = config.block_bytes(),
                .local = steps.bytes_of({region, block})},
               stream, read);
  }
  void copy(int from, std::int64_t block, int to, std::int64_t at, int stream) {
    steps.vector(
        {.columns = config.columns, .a = {isa::kSpaceV, {from, block}}, .d = Stream{isa::kSpaceV, {to, at}}},
        stream);
  }
  void store(int region, std::int64_t block, int stream, const Piece& written = {}) {
    steps.store({.buffer = isa::kBufferV,
                 .row_bytes = config.block_bytes(),
                 .local = steps.bytes_of({region, block})},
                stream, written);
  }
  /// Tile operations of a unit, in the order of the program.
  static std::vector<Operation> of_unit(const Program& program, int opcode) {
    std::vector<Operation> out;
    for (const Operation& op : program.body) {
      if (op.kind == Kind::kTile && op.opcode == opcode) out.push_back(op);
    }
    return out;
  }

  isa::Config config = isa::load_config("edge").config;
  StepList steps{config, "p"};
  int bank0 = 0, bank1 = 0;
};

TEST_F(StepListTest, AReaderWaitsForTheWriter) {
  load(bank0, 0, 0);
  copy(bank0, 0, bank1, 0, 1);
  const Program program = steps.take();
  EXPECT_EQ(of_unit(program, isa::kOpLoad)[0].signal, bit(kVectorFull));
  EXPECT_EQ(of_unit(program, isa::kOpVector)[0].wait, bit(kVectorFull));
}

TEST_F(StepListTest, AWriterWaitsForTheReaderOfWhatItReplaces) {
  load(bank0, 0, 0);
  copy(bank0, 0, bank1, 0, 1);
  load(bank0, 0, 0);
  const Program program = steps.take();
  EXPECT_EQ(of_unit(program, isa::kOpVector)[0].signal, bit(kParametersFree));
  EXPECT_EQ(of_unit(program, isa::kOpLoad)[0].wait, 0);
  EXPECT_EQ(of_unit(program, isa::kOpLoad)[1].wait, bit(kParametersFree));
}

TEST_F(StepListTest, OtherPlacesWithOtherPortsWaitForNothing) {
  load(bank0, 0, 0);
  copy(bank1, 8, bank1, 9, 1);
  const Program program = steps.take();
  for (const Operation& op : program.body) EXPECT_EQ(op.wait | op.signal, 0);
}

TEST_F(StepListTest, UnitsTakeTurnsAtAPort) {
  load(bank0, 0, 0);             // writes bank 0
  copy(bank1, 0, bank0, 32, 1);  // writes elsewhere in bank 0
  const Program program = steps.take();
  EXPECT_EQ(of_unit(program, isa::kOpVector)[0].wait, bit(kVectorFull));
}

TEST_F(StepListTest, TensorsOrderUnitsByTheirRows) {
  copy(bank0, 0, bank1, 0, 1);
  store(bank1, 0, 2, {.tensor = 5, .row0 = 0, .row1 = 4, .column0 = 0, .column1 = 8});
  load(bank0, 1, 0, {.tensor = 5, .row0 = 4, .row1 = 8, .column0 = 0, .column1 = 8});
  load(bank0, 2, 0, {.tensor = 5, .row0 = 3, .row1 = 5, .column0 = 7, .column1 = 9});
  const Program program = steps.take();
  EXPECT_EQ(of_unit(program, isa::kOpLoad)[0].wait, 0);
  EXPECT_EQ(of_unit(program, isa::kOpLoad)[1].wait, bit(kCacheStored));
  EXPECT_EQ(of_unit(program, isa::kOpStore)[0].wait, bit(kCacheRows));
}

TEST(IssueOrder, RunsAheadOfTheScheduleAsFarAsQueuesReach) {
  // Long VECTOR work behind short LOADs: in the schedule all LOADs start before the second VECTOR does, but
  // its queue has room at once, and a LOAD that memory delays must not stand before it.
  constexpr int kCount = 6;
  std::vector<UnitWork> work;
  for (int i = 0; i < kCount; ++i) work.push_back({isa::kUnitLoad, 0, 100, 0, i, {}});
  for (int i = 0; i < kCount; ++i) work.push_back({isa::kUnitVector, 1, 1000, 0, kCount + i, {0}});
  const UnitSchedule schedule = schedule_units(work);
  const std::vector<int> order = issue_order(work, schedule, 4);
  ASSERT_EQ(order.size(), work.size());
  std::vector<std::size_t> scheduled(work.size()), issued(work.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    scheduled[static_cast<std::size_t>(schedule.order[i])] = i;
    issued[static_cast<std::size_t>(order[i])] = i;
  }
  const std::size_t last_load = kCount - 1, second_vector = kCount + 1;
  EXPECT_LT(scheduled[last_load], scheduled[second_vector]);
  EXPECT_LT(issued[second_vector], issued[last_load]);
  EXPECT_LT(issued[second_vector + 1], issued[last_load]);
  // Each unit keeps its order, and nothing stands before what it waits for.
  for (std::size_t i = 1; i < kCount; ++i) {
    EXPECT_LT(issued[i - 1], issued[i]);
    EXPECT_LT(issued[kCount + i - 1], issued[kCount + i]);
  }
  EXPECT_LT(issued[0], issued[kCount]);
}

TEST(IssueOrder, MatrixHasItsInstructionsBeforeWhatTheyWaitFor) {
  // Each product waits for a LOAD of its own; the first three are at hand before anything is loaded, and no
  // later one than the queue holds.
  constexpr int kCount = 8, kDepth = 4;
  std::vector<UnitWork> work;
  for (int i = 0; i < kCount; ++i) work.push_back({isa::kUnitLoad, 0, 1000, 0, i, {}});
  for (int i = 0; i < kCount; ++i) work.push_back({isa::kUnitMatrix, 1, 100, 0, i, {i}});
  const std::vector<int> order = issue_order(work, schedule_units(work), kDepth);
  std::vector<std::size_t> issued(work.size());
  for (std::size_t i = 0; i < order.size(); ++i) issued[static_cast<std::size_t>(order[i])] = i;
  for (int i = 0; i < kDepth - 1; ++i)
    EXPECT_LT(issued[static_cast<std::size_t>(kCount + i)], std::size_t{2 * (kDepth - 1)});
  // A full queue never keeps back the LOAD that its first instruction waits for.
  for (std::size_t i = 0; i + kDepth < kCount; ++i) EXPECT_LT(issued[i], issued[kCount + i + kDepth]);
}

TEST(Urgency, IsThatOfTheFirstProductThatWaits) {
  std::vector<UnitWork> work = {
      {isa::kUnitLoad, 0, 1, 0, 0, {}},  // for the second product
      {isa::kUnitLoad, 1, 1, 0, 0, {}},  // for the first, by way of VECTOR
      {isa::kUnitVector, 2, 1, 0, 0, {1}}, {isa::kUnitMatrix, 3, 1, 0, 0, {2}},
      {isa::kUnitMatrix, 3, 1, 0, 0, {0}}, {isa::kUnitStore, 4, 1, 0, 0, {4}}};  // for none
  set_urgency(work);
  EXPECT_EQ(work[0].urgency, 1);
  EXPECT_EQ(work[1].urgency, 0);
  EXPECT_EQ(work[2].urgency, 0);
  EXPECT_GT(work[5].urgency, 1);
  EXPECT_EQ(schedule_units(work).order[0], 1);
}

}  // namespace
}  // namespace heddle::tiles
