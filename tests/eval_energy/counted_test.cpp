// Operations and bytes of instructions that are worked out by hand.
#include "eval/energy/counted.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "isa/config_file.hpp"
#include "isa/instruction.hpp"
#include "isa/program.hpp"

namespace heddle::eval {
namespace {

using Counts = std::array<std::uint64_t, isa::kCounters>;

/// An image whose program "p" is the one instruction.
isa::Image image_of(const isa::TileInstruction& instruction) {
  isa::Image image;
  image.config = isa::load_config("tiny").config;  // 4 x 4, 4 lanes, bus of 8 bytes
  image.constants.resize(sizeof(isa::ProgramHeader) + sizeof instruction);
  std::memcpy(image.constants.data() + sizeof(isa::ProgramHeader), &instruction, sizeof instruction);
  image.programs.push_back({"p", 0, image.constants.size()});
  return image;
}

CountedWork once(const isa::TileInstruction& instruction, int unit, std::uint64_t active) {
  runtime::Timeline timeline;
  heddle_unit_event event = {};
  event.unit = unit;
  event.active = active;
  timeline.add(event);
  timeline.end_run("p", 100);
  return counted_work(timeline, image_of(instruction), Counts{});
}

isa::TileInstruction matrix(int flags, int rows, int k_tiles, int n_tiles) {
  isa::TileInstruction i = {};
  i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(flags);
  i.half[isa::kMatrixRows] = static_cast<std::uint16_t>(rows);
  i.half[isa::kMatrixKTiles] = static_cast<std::uint16_t>(k_tiles);
  i.half[isa::kMatrixNTiles] = static_cast<std::uint16_t>(n_tiles);
  i.half[isa::kMatrixOuter] = 1;
  return i;
}

TEST(CountedWork, OfAMatrixInstruction) {
  // 5 rows, 3 tiles along K, 2 along N: 30 rows enter, 10 sums leave.
  const CountedWork w = once(matrix(isa::kMatrixFirst | isa::kMatrixLast, 5, 3, 2), isa::kUnitMatrix, 30);
  EXPECT_EQ(w[WorkKind::kProducts], 30 * 16);
  EXPECT_EQ(w[WorkKind::kWeights], 6 * 16);
  EXPECT_EQ(w[WorkKind::kEdgeMultiplications], 2 * 10 * 4);
  EXPECT_EQ(w[WorkKind::kReadAccumulators], 20 * 16);   // not the first tile's
  EXPECT_EQ(w[WorkKind::kWriteAccumulators], 20 * 16);  // not the last one's
  EXPECT_EQ(w[WorkKind::kReadC], 2 * 16);
  EXPECT_EQ(w[WorkKind::kWriteV], 10 * 16);
  EXPECT_EQ(w[WorkKind::kBusWrites], 256);  // the completion record
}

TEST(CountedWork, APatchedSizeIsWhatTheActiveCyclesLeave) {
  isa::TileInstruction i = matrix(isa::kMatrixFirst | isa::kMatrixLast, 5, 0xFFFF, 2);
  isa::set32(i.half, isa::kHalfPatches, isa::kMatrixKTiles | 1u << 5);
  const CountedWork w = once(i, isa::kUnitMatrix, 30);
  EXPECT_EQ(w[WorkKind::kWeights], 6 * 16);
  EXPECT_EQ(w[WorkKind::kReadAccumulators], 20 * 16);
}

TEST(CountedWork, OfAVectorInstruction) {
  // 10 columns take three blocks of four lanes in each of 2 rows: exp(a - s0) to V.
  isa::TileInstruction i = {};
  i.half[isa::kHalfFlags] = isa::kCombineSub << 2 | isa::kFuncExp << 10;
  i.half[isa::kVectorSelects] = isa::kSelS0 << 3 | isa::kSpaceV << 12;
  i.half[isa::kVectorDest] = isa::kDestV;
  i.half[isa::kVectorColumns] = 10;
  i.half[isa::kVectorRows] = 2;
  i.half[isa::kVectorOuter] = 1;
  const CountedWork w = once(i, isa::kUnitVector, 6);
  EXPECT_EQ(w[WorkKind::kAdditions], 6 * 4);
  EXPECT_EQ(w[WorkKind::kFunctions], 6 * 4);
  EXPECT_EQ(w[WorkKind::kMultiplications], 0);
  EXPECT_EQ(w[WorkKind::kReadV], 6 * 16);
  EXPECT_EQ(w[WorkKind::kReadS], 6 * 16);
  EXPECT_EQ(w[WorkKind::kWriteV], 2 * 10 * 4);
}

TEST(CountedWork, RefusesAProgramThatTheImageDoesNotHold) {
  runtime::Timeline timeline;
  timeline.add({});
  timeline.end_run("other", 1);
  EXPECT_THROW(counted_work(timeline, image_of({}), Counts{}), std::runtime_error);
}

}  // namespace
}  // namespace heddle::eval
