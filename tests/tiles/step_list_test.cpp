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
  // A LOAD that starts late must not hold back the VECTOR work that stands behind it in the schedule.
  std::vector<UnitWork> work;
  for (int i = 0; i < 6; ++i) work.push_back({isa::kUnitLoad, 0, 100, 0, i, {}});
  for (int i = 0; i < 6; ++i)
    work.push_back({isa::kUnitVector, 1, 100, 0, 6 + i, i == 0 ? std::vector<int>{0} : std::vector<int>{}});
  const UnitSchedule schedule = schedule_units(work);
  const std::vector<int> order = issue_order(work, schedule, 4);
  ASSERT_EQ(order.size(), work.size());
  std::vector<std::size_t> place(work.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[static_cast<std::size_t>(order[i])] = i;
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_LT(place[i - 1], place[i]);
    EXPECT_LT(place[6 + i - 1], place[6 + i]);
  }
  EXPECT_LT(place[0], place[6]);
  // Three LOADs and three VECTORs fill the queues before a fourth is issued.
  EXPECT_LT(place[8], place[3]);
}

}  // namespace
}  // namespace heddle::tiles
