// Random MATRIX instructions: shapes at the edges of tiles, strides of either sign, splits into FIRST and
// LAST.
#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "heddle_config.hpp"
#include "isa/instruction.hpp"
#include "tests/rtl_memory/random.hpp"

namespace heddle::test {

/// One loop of an address: how often it steps, and by what.
struct Step {
  int count;
  int* stride;
};

/// Strides such that every address lies in [0, capacity), and a base. Strides may be negative (they wrap).
inline int place(Random& random, int capacity, std::initializer_list<Step> steps) {
  int low = 0, high = 0;
  for (const Step& step : steps) {
    const int room = capacity - 1 - (high - low);
    const int most = step.count > 1 ? room / (step.count - 1) : 40;
    int stride =
        random.chance(150) ? 0 : random.range(1, std::max(1, std::min(most, random.pick({1, 2, 5, 64}))));
    if (stride > most) stride = most;
    if (random.chance(150)) stride = -stride;
    const int reach = stride * (step.count - 1);
    (reach < 0 ? low : high) += reach;
    *step.stride = stride;
  }
  return random.chance(200) ? -low : random.range(-low, capacity - 1 - high);
}

inline isa::TileInstruction random_matrix(Random& random) {
  using namespace hls;
  constexpr int kGroups = kRows / kWeightRows, kParts = kColumns / kRows, kShifts = kColumns / kWeightRows;
  isa::TileInstruction instruction = {};
  std::uint16_t* const h = instruction.half;
  const auto set = [&](int index, int value) { h[index] = static_cast<std::uint16_t>(value); };
  for (int i = 0; i < isa::kHalfFlags; ++i) set(i, random.range(0, 65535));
  int flags = random.chance(600) ? isa::kMatrixFirst | isa::kMatrixLast : random.range(0, 3);
  if (random.chance(400)) flags |= isa::kMatrixTransposed;
  int rows = random.pick({1, 1, 2, 3, kGroups - 1, kGroups, kGroups + 1, kRows - 1, kRows, kRows + 1,
                          kShifts + kGroups, kColumns, 2 * kColumns + 1});
  int k_tiles = random.pick({1, 1, 2, 3, kParts, kParts + 1, 2 * kParts + 1, 9});
  int n_tiles = random.pick({1, 1, 2, 3, 5});
  int outer = (flags & 3) == 3 ? random.pick({1, 1, 2, 3, 6}) : 1;
  if (rows < 1) rows = 1;
  const int acc_rows = kAccBytes / (4 * kColumns), c_blocks = kCBytes / (4 * kColumns);
  rows = std::min(rows, acc_rows);
  while (outer * n_tiles > c_blocks) --n_tiles;

  int row = 0, block = 0, over = 0;
  const int k_blocks = (k_tiles - 1) / kParts + 1;
  set(isa::kMatrixAAddr,
      place(random, kABytes / kColumns, {{rows, &row}, {k_blocks, &block}, {outer, &over}}));
  set(isa::kMatrixARowStride, row), set(isa::kMatrixABlockStride, block), set(isa::kMatrixAOuterStride, over);

  const bool transposed = flags & isa::kMatrixTransposed;
  int k = 0, n = 0;
  const int words = transposed ? kShifts : kGroups;
  const int w_words = kWBytes / (kWeightRows * kColumns);
  set(isa::kMatrixWAddr, place(random, w_words - words + 1,
                               {{transposed ? k_blocks : k_tiles, &k}, {n_tiles, &n}, {outer, &over}}));
  set(isa::kMatrixWKStride, k), set(isa::kMatrixWNStride, n), set(isa::kMatrixWOuterStride, over);

  set(isa::kMatrixCAddr, place(random, c_blocks - n_tiles + 1, {{outer, &over}}));
  set(isa::kMatrixCOuterStride, over);
  set(isa::kMatrixSAddr, place(random, kSBytes / 4, {{rows, &row}, {outer, &over}}));
  set(isa::kMatrixSRowStride, row), set(isa::kMatrixSOuterStride, over);
  set(isa::kMatrixDAddr,
      place(random, kVBytes / (4 * kColumns) - n_tiles + 1, {{rows, &row}, {outer, &over}}));
  set(isa::kMatrixDRowStride, row), set(isa::kMatrixDOuterStride, over);
  set(isa::kMatrixAccAddr, place(random, acc_rows - rows + 1, {{n_tiles, &n}}));
  if (random.chance(500) && rows * n_tiles <= acc_rows) {  // the natural layout
    n = rows;
    set(isa::kMatrixAccAddr, random.range(0, acc_rows - rows * n_tiles));
  }
  set(isa::kMatrixAccNStride, n);

  set(isa::kHalfFlags, flags);
  set(isa::kMatrixFormats, isa::kFormatInt8 | isa::kFormatInt8 << 4 | isa::kFormatFp32 << 8);
  set(isa::kMatrixRows, rows), set(isa::kMatrixKTiles, k_tiles), set(isa::kMatrixNTiles, n_tiles);
  set(isa::kMatrixOuter, outer);

  if (random.chance(40)) {  // something refused, or nothing to do
    switch (random.range(0, 5)) {
      case 0:
        set(isa::kHalfFlags, flags | 8 << random.range(0, 12));
        break;
      case 1:
        h[isa::kMatrixFormats] ^= static_cast<std::uint16_t>(1 << random.range(0, 15));
        break;
      case 2:
        set(isa::kMatrixGroup + random.range(0, 1), random.range(1, 65535));
        break;
      case 3:
        set(random.range(isa::kMatrixRows, isa::kMatrixOuter), 0);
        break;
      case 4:
        set(isa::kMatrixOuter, 2);
        break;
      default:
        set(random.pick({isa::kMatrixAAddr, isa::kMatrixWAddr, isa::kMatrixCAddr, isa::kMatrixSAddr,
                         isa::kMatrixDAddr, isa::kMatrixAccAddr}),
            random.pick({65535, 32768, random.range(0, 65535)}));
    }
  }
  return instruction;
}

}  // namespace heddle::test
