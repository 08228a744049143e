// The race checker: what it must refuse, and what it must let pass.
#include "compiler/emit/race_checker.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "compiler/emit/race_footprint.hpp"
#include "isa/config_file.hpp"
#include "tests/hls/assembler.hpp"
#include "tests/hls/fields.hpp"

namespace heddle::tests {
namespace {

using emit::Race;
using emit::RaceEvent;
using emit::RaceRule;

class RaceTest : public testing::Test {
 protected:
  void tile(isa::TileInstruction x, std::uint16_t wait = 0, std::uint16_t signal = 0) {
    x.half[isa::kHalfWait] = wait;
    x.half[isa::kHalfSignal] = signal;
    events.push_back(RaceEvent::tile(isa::unit_of(x.half[isa::kHalfOpcode] & 0xFF), events.size(), x, 0));
  }
  // Bytes of a buffer from or to memory.
  static isa::TileInstruction dma(bool store, int buffer, std::uint32_t local, std::uint32_t address,
                                  std::uint32_t bytes, std::uint32_t rows = 1, std::uint32_t stride = 0) {
    DmaFields x;
    x.buffer = buffer, x.local_addr = local, x.mem_offset = address, x.row_bytes = bytes, x.rows = rows;
    x.local_stride = x.mem_stride = stride;
    return x.encode(store);
  }
  static isa::TileInstruction load(int buffer, std::uint32_t local, std::uint32_t bytes,
                                   std::uint32_t address = 0) {
    return dma(false, buffer, local, address, bytes);
  }
  static isa::TileInstruction store(int buffer, std::uint32_t local, std::uint32_t bytes,
                                    std::uint32_t address = 0x100000) {
    return dma(true, buffer, local, address, bytes);
  }
  // One row of A by one tile of W into V block `d`.
  static MatrixFields matrix(std::uint16_t a = 0, std::uint16_t w = 0, std::uint16_t d = 0) {
    MatrixFields x;
    x.a_addr = a, x.w_addr = w, x.d_addr = d;
    return x;
  }
  static VectorFields vector(std::uint16_t a, std::uint16_t d) {
    VectorFields x;
    x.a_addr = a, x.d_addr = d, x.destination = isa::kDestV, x.columns = 16;
    return x;
  }

  std::vector<Race> check() const { return emit::check_races(config, events); }
  void expect_clean() const {
    const std::vector<Race> races = check();
    EXPECT_TRUE(races.empty()) << races.front().text;
  }
  void expect(RaceRule rule, std::size_t first, std::size_t second, const std::string& text) const {
    const std::vector<Race> races = check();
    ASSERT_FALSE(races.empty());
    EXPECT_EQ(races[0].rule, rule) << races[0].text;
    EXPECT_EQ(races[0].first, first) << races[0].text;
    EXPECT_EQ(races[0].second, second) << races[0].text;
    EXPECT_NE(races[0].text.find(text), std::string::npos) << races[0].text;
  }

  const isa::Config config = isa::load_config("edge").config;
  std::vector<RaceEvent> events;
};

TEST_F(RaceTest, MissingWaitAndSignal) {
  tile(load(isa::kBufferA, 0, 16), 0, 1);
  tile(matrix().encode());  // does not wait
  expect(RaceRule::kConflict, 0, 1, "touch bytes 0x0 to 0x10 of A");
}

TEST_F(RaceTest, TokenOrders) {
  tile(load(isa::kBufferA, 0, 16), 0, 1);
  tile(matrix().encode(), 1);
  expect_clean();
}

TEST_F(RaceTest, WaitWithoutSignal) {
  tile(load(isa::kBufferA, 0, 16));
  tile(matrix().encode(), 1);
  expect(RaceRule::kMissingSignal, 1, 1, "waits for signal 1 of semaphore 0");
}

TEST_F(RaceTest, ScalarWaitWithoutSignal) {
  events.push_back(RaceEvent::wait(0, 4));
  expect(RaceRule::kMissingSignal, 0, 0, "semaphore 2");
}

TEST_F(RaceTest, QueueFullBeforeTheSignal) {
  for (std::uint32_t i = 0; i <= config.queue_depth; ++i) tile(load(isa::kBufferC, 0, 16), 1);
  for (std::uint32_t i = 0; i <= config.queue_depth; ++i) tile(matrix().encode(), 0, 1);
  expect(RaceRule::kMissingSignal, 0, 0, "which never comes");
}

TEST_F(RaceTest, ReadPortOfV) {
  tile(vector(0, 2 * 1024).encode());  // reads bank 0
  tile(store(isa::kBufferV, 64 * 1000, 64));
  expect(RaceRule::kConflict, 0, 1, "use the read port of bank 0 of V");
  events.clear();
  tile(vector(0, 2 * 1024).encode());
  tile(store(isa::kBufferV, 64 * 1024, 64));  // bank 1
  expect_clean();
}

TEST_F(RaceTest, WritePortsOfVAndS) {
  tile(matrix(0, 0, 5).encode());
  tile(load(isa::kBufferV, 64 * 9, 64));
  expect(RaceRule::kConflict, 0, 1, "use the write port of bank 0 of V");
  events.clear();
  VectorFields x = vector(0, 0);
  x.destination = isa::kDestNone, x.reduce = isa::kReduceSum, x.red_addr = 1024;
  tile(x.encode());
  tile(load(isa::kBufferS, 4 * 1500, 16));
  expect(RaceRule::kConflict, 0, 1, "use the write port of bank 1 of S");
  events.back() = RaceEvent::tile(isa::kUnitLoad, 1, load(isa::kBufferS, 4 * 500, 16), 0);
  expect_clean();
}

TEST_F(RaceTest, ReadPortOfA) {
  tile(matrix().encode());
  tile(store(isa::kBufferA, 512, 16));
  expect(RaceRule::kConflict, 0, 1, "use the read port of bank 0 of A");
}

TEST_F(RaceTest, ReadersOfSDoNotCollide) {
  VectorFields x = vector(0, 2048);
  x.pre_mul = isa::kSelS0;
  tile(x.encode());
  MatrixFields m = matrix(0, 0, 1024);
  tile(m.encode());
  tile(store(isa::kBufferS, 0, 64));
  expect_clean();
}

TEST_F(RaceTest, DeviceMemory) {
  tile(store(isa::kBufferS, 0, 64, 0x2000));
  tile(load(isa::kBufferC, 48, 32, 0x2030));
  expect(RaceRule::kConflict, 0, 1, "touch bytes 0x2030 to 0x2040 of device memory");
  events.back() = RaceEvent::tile(isa::kUnitLoad, 1, load(isa::kBufferC, 48, 32, 0x2040), 0);
  expect_clean();
}

TEST_F(RaceTest, LoadWordAfterStore) {
  tile(store(isa::kBufferS, 0, 64, 0x2000), 0, 1);
  events.push_back(RaceEvent::load_word(9, 0x2010));
  expect(RaceRule::kConflict, 0, 1, "LOADWORD");
  events.insert(events.begin() + 1, RaceEvent::wait(8, 1));
  expect_clean();
  events[1] = RaceEvent::fence(8);
  expect_clean();
  events[1] = RaceEvent::signal(8, 2);
  EXPECT_FALSE(check().empty());
}

TEST_F(RaceTest, StoreAfterLoadWordNeedsNothing) {
  events.push_back(RaceEvent::load_word(9, 0x2010));
  tile(store(isa::kBufferS, 0, 64, 0x2000));
  expect_clean();
}

TEST_F(RaceTest, FenceAndScalarWaitOrderUnits) {
  tile(load(isa::kBufferA, 0, 16), 0, 1);
  events.push_back(RaceEvent::fence(4));
  tile(matrix().encode());
  expect_clean();
  events[1] = RaceEvent::wait(4, 1);
  expect_clean();
}

TEST_F(RaceTest, TwoSignallersTwoWaitersLateCredit) {
  tile(load(isa::kBufferC, 0, 16), 0, 1);
  tile(store(isa::kBufferS, 0, 16), 0, 1);
  expect(RaceRule::kSignaller, 0, 1, "semaphore 0 is signalled by LOAD");
  events.clear();
  tile(load(isa::kBufferC, 0, 16), 0, 1);
  tile(load(isa::kBufferC, 0, 16), 0, 1);
  tile(store(isa::kBufferS, 0, 16), 1);
  tile(vector(0, 2048).encode(), 1);
  expect(RaceRule::kWaiter, 2, 3, "semaphore 0 is waited on by STORE");
  events.clear();
  tile(load(isa::kBufferC, 0, 16), 0, 1);
  events.push_back(RaceEvent::signal(4, 1));
  expect(RaceRule::kSignaller, 0, 1, "gets a credit");
  // A fence starts anew.
  events.insert(events.begin() + 1, RaceEvent::fence(3));
  tile(store(isa::kBufferS, 0, 16), 1, 1);
  expect_clean();
}

TEST_F(RaceTest, CreditsCountFirst) {
  // Two halves of a buffer, two credits: LOAD i may run two ahead of MATRIX.
  const auto pipeline = [&](int credits) {
    events.clear();
    for (int i = 0; i < credits; ++i) events.push_back(RaceEvent::signal(0, 2));
    for (int i = 0; i < 40; ++i) {
      tile(load(isa::kBufferW, static_cast<std::uint32_t>(i % 2) * 256, 256), 2, 1);
      tile(matrix(0, static_cast<std::uint16_t>(i % 2 * 8)).encode(), 1, 2);
    }
    return check();
  };
  EXPECT_TRUE(pipeline(1).empty());
  EXPECT_TRUE(pipeline(2).empty());
  const std::vector<Race> races = pipeline(3);
  ASSERT_FALSE(races.empty());
  EXPECT_EQ(races[0].rule, RaceRule::kConflict);
  EXPECT_FALSE(pipeline(0).empty());
}

TEST_F(RaceTest, OrderIsTransitive) {
  tile(load(isa::kBufferA, 0, 16), 0, 1);
  tile(vector(1024, 2048).encode(), 1, 2);
  tile(matrix().encode(), 2);
  expect_clean();
  // By program order of the unit in the middle, too.
  events.clear();
  tile(load(isa::kBufferA, 0, 16), 0, 1);
  tile(vector(1024, 2048).encode(), 1);
  tile(vector(1024, 2048).encode(), 0, 2);
  tile(matrix().encode(), 2);
  expect_clean();
}

TEST_F(RaceTest, Overflow) {
  for (int i = 0; i < 256; ++i) tile(load(isa::kBufferC, 0, 16), 0, 1);
  expect(RaceRule::kOverflow, 255, 255, "may pass 255");
  events.pop_back();
  expect_clean();
}

TEST_F(RaceTest, InterleavedRowsAreApart) {
  // MATRIX writes even blocks of V while STORE reads odd ones.
  MatrixFields x = matrix(0, 0, 0);
  x.rows = 40, x.d_row_stride = 2, x.a_row_stride = 1;
  tile(x.encode());
  tile(dma(true, isa::kBufferV, 64, 0x100000, 64, 40, 128));
  expect_clean();
  tile(dma(true, isa::kBufferV, 64 * 3 + 60, 0x10007C, 8, 3, 128));
  expect(RaceRule::kConflict, 0, 2, "of V");
}

TEST_F(RaceTest, PartsOfKeysAndOfBlocks) {
  // Keys of 8 bytes in words of 16: the other halves may be loaded meanwhile.
  isa::Config rect = config;
  rect.rows = 8;
  MatrixFields x = matrix();
  x.flags |= isa::kMatrixTransposed;
  std::vector<RaceEvent> run = {
      RaceEvent::tile(isa::kUnitMatrix, 0, x.encode(), 0),
      RaceEvent::tile(isa::kUnitLoad, 4, dma(false, isa::kBufferW, 8, 8, 8, 16, 16), 0)};
  EXPECT_TRUE(emit::check_races(rect, run).empty());
  run[1] = RaceEvent::tile(isa::kUnitLoad, 4, dma(false, isa::kBufferW, 7, 7, 8, 16, 16), 0);
  EXPECT_FALSE(emit::check_races(rect, run).empty());
}

TEST_F(RaceTest, RulesWithinVector) {
  const auto alone = [&](const VectorFields& x) {
    events.clear();
    tile(x.encode());
    const std::vector<Race> races = check();
    if (races.empty()) return std::string();
    EXPECT_EQ(races[0].rule, RaceRule::kInstruction);
    return races[0].text;
  };
  VectorFields x = vector(0, 0);
  x.columns = 40, x.rows = 3, x.a_row_stride = x.d_row_stride = 3;
  EXPECT_EQ(alone(x), "");  // in place
  x.a_row_stride = x.d_row_stride = 2;
  EXPECT_NE(alone(x).find("rows overlap"), std::string::npos);
  x.d_row_stride = 3;
  EXPECT_NE(alone(x).find("without being in place"), std::string::npos);
  x.a_row_stride = x.d_row_stride = 3, x.d_block_stride = 2;
  EXPECT_NE(alone(x).find("without being in place"), std::string::npos);
  x = vector(0, 2048);
  x.pre_add = isa::kSelU, x.u_addr = 8;
  EXPECT_NE(alone(x).find("same bank of V"), std::string::npos);
  x.u_addr = 1024;
  EXPECT_EQ(alone(x), "");
  x.d_addr = 1024;
  EXPECT_NE(alone(x).find("overlaps stream U"), std::string::npos);
  x = vector(0, 2048);
  x.rows = 4, x.a_row_stride = x.d_row_stride = 1, x.pre_mul = isa::kSelS0, x.reduce = isa::kReduceSum;
  x.s_row_stride = 1, x.s0_addr = 0, x.red_addr = 3;
  EXPECT_NE(alone(x).find("reduction overlaps row scalars"), std::string::npos);
  x.red_addr = 4;
  EXPECT_EQ(alone(x), "");
  x.a_space = isa::kSpaceS, x.a_addr = 0;
  EXPECT_NE(alone(x).find("reduction overlaps a stream of S"), std::string::npos);
  x = vector(4096, 0);
  EXPECT_NE(alone(x).find("outside V"), std::string::npos);
}

TEST_F(RaceTest, ZeroCountsTouchNothing) {
  VectorFields x = vector(60000, 60000);
  x.rows = 0;
  tile(x.encode());
  tile(dma(false, isa::kBufferV, 0xFFFFFFF0u, 0, 16, 0));
  expect_clean();
}

TEST_F(RaceTest, WalkFollowsLoopsPatchesAndWords) {
  Assembler code;
  code.argument(1, 3);
  code.scalar_immediate(isa::kOpLoadWord, 2, 1, 4);
  const std::uint64_t top = code.pc();
  code.tile(load(isa::kBufferC, 0, 16), 0, 1, Assembler::patch(0, isa::kDmaLocalAddr, 1, true));
  code.scalar_immediate(isa::kOpAdd, 1, 1, 16);
  code.loop(2, top);
  code.fence();
  code.halt();
  const std::vector<std::uint8_t> bytes = code.program(config);
  isa::StartArguments arguments;
  arguments.argument[3] = 32;
  const auto walk = emit::walk_program(std::span(bytes).subspan(sizeof(isa::ProgramHeader)), arguments,
                                       [](std::uint64_t address) { return address == 36 ? 3u : 0u; });
  ASSERT_EQ(walk.size(), 5u);
  EXPECT_EQ(walk[0].kind, RaceEvent::kLoadWord);
  EXPECT_EQ(isa::get32(walk[3].instruction.half, isa::kDmaLocalAddr), 64u);
  EXPECT_EQ(walk[4].kind, RaceEvent::kFence);
  EXPECT_THROW(
      emit::walk_program(std::span(bytes).subspan(64, 16), arguments, [](std::uint64_t) { return 0u; }),
      std::runtime_error);
}

// Double-buffered everywhere: LOAD, MATRIX, VECTOR and STORE two steps apart.
TEST_F(RaceTest, TenThousandInstructionsInASecond) {
  constexpr std::uint16_t kLoaded = 1, kTaken = 2, kSummed = 4, kUsed = 8, kReady = 16, kStored = 32;
  for (int i = 0; i < 2; ++i) events.push_back(RaceEvent::signal(0, kTaken | kUsed | kStored));
  for (int i = 0; i < 2500; ++i) {
    const std::uint16_t half = static_cast<std::uint16_t>(i % 2);
    tile(dma(false, isa::kBufferW, half * 65536u, 0, 512, 128, 512), kTaken, kLoaded);
    MatrixFields m =
        matrix(0, static_cast<std::uint16_t>(half * 2048), static_cast<std::uint16_t>(half * 1024));
    m.rows = 64, m.k_tiles = 16, m.n_tiles = 8, m.w_k_stride = 8, m.w_n_stride = 128;
    m.a_row_stride = 16, m.a_block_stride = 1, m.d_row_stride = 8;
    tile(m.encode(), kLoaded | kUsed, kTaken | kSummed);
    VectorFields v =
        vector(static_cast<std::uint16_t>(half * 1024), static_cast<std::uint16_t>(2048 + half * 1024));
    v.columns = 128, v.rows = 64, v.a_row_stride = v.d_row_stride = 8;
    tile(v.encode(), kSummed | kStored, kUsed | kReady);
    tile(dma(true, isa::kBufferV, (2048u + half * 1024u) * 64, 0x100000, 512, 64, 512), kReady, kStored);
  }
  const auto start = std::chrono::steady_clock::now();
  expect_clean();
  // A second on an idle machine; a busy one gets some slack.
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 3.0);
}

}  // namespace
}  // namespace heddle::tests
