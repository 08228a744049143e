// MATRIX: a weight-stationary array. A tile of weights is taken, then rows of activations pass through it
// into the accumulators; at the last tile of a column block, rows of sums leave through a stream to the edge,
// which scales them and writes V.
#pragma once
#include <cstdint>
#include <cstring>

#include "hls/kernels/numeric.hpp"
#include "hls/types/device.hpp"

namespace heddle {
namespace hls {

struct Matrix {
  bool first, last, transposed;
  std::uint32_t rows, k_tiles, n_tiles, outer;
  std::uint32_t a_addr, a_row_stride, a_block_stride, a_outer_stride;
  std::uint32_t w_addr, w_k_stride, w_n_stride, w_outer_stride;
  std::uint32_t c_addr, c_outer_stride;
  std::uint32_t s_addr, s_row_stride, s_outer_stride;
  std::uint32_t d_addr, d_row_stride, d_outer_stride;
  std::uint32_t acc_addr, acc_n_stride;
};

/// The weights in the array, widened once for all rows that pass.
struct WeightTile {
  alignas(64) std::int32_t weight[kRows][kColumns];
};

/// A row of sums that leaves the array, with where it goes.
struct SumRow {
  std::uint32_t m;
  std::int32_t sum[kColumns];
};

inline std::uint32_t wrap16(std::uint32_t x) { return x & 0xFFFFu; }

inline std::uint32_t decode_matrix(const isa::TileInstruction& instruction, Matrix* matrix) {
  const std::uint16_t* half = instruction.half;
  const std::uint32_t flags = half[isa::kHalfFlags];
  matrix->first = (flags & isa::kMatrixFirst) != 0;
  matrix->last = (flags & isa::kMatrixLast) != 0;
  matrix->transposed = (flags & isa::kMatrixTransposed) != 0;
  matrix->rows = half[isa::kMatrixRows];
  matrix->k_tiles = half[isa::kMatrixKTiles];
  matrix->n_tiles = half[isa::kMatrixNTiles];
  matrix->outer = half[isa::kMatrixOuter];
  matrix->a_addr = half[isa::kMatrixAAddr];
  matrix->a_row_stride = half[isa::kMatrixARowStride];
  matrix->a_block_stride = half[isa::kMatrixABlockStride];
  matrix->a_outer_stride = half[isa::kMatrixAOuterStride];
  matrix->w_addr = half[isa::kMatrixWAddr];
  matrix->w_k_stride = half[isa::kMatrixWKStride];
  matrix->w_n_stride = half[isa::kMatrixWNStride];
  matrix->w_outer_stride = half[isa::kMatrixWOuterStride];
  matrix->c_addr = half[isa::kMatrixCAddr];
  matrix->c_outer_stride = half[isa::kMatrixCOuterStride];
  matrix->s_addr = half[isa::kMatrixSAddr];
  matrix->s_row_stride = half[isa::kMatrixSRowStride];
  matrix->s_outer_stride = half[isa::kMatrixSOuterStride];
  matrix->d_addr = half[isa::kMatrixDAddr];
  matrix->d_row_stride = half[isa::kMatrixDRowStride];
  matrix->d_outer_stride = half[isa::kMatrixDOuterStride];
  matrix->acc_addr = half[isa::kMatrixAccAddr];
  matrix->acc_n_stride = half[isa::kMatrixAccNStride];
  const bool reserved = (flags >> 3) != 0 || half[isa::kMatrixGroup] != 0 || half[isa::kMatrixGroup + 1] != 0;
  const int result = kHasFloat ? isa::kFormatFp32 : isa::kFormatInt32;
  const bool formats =
      half[isa::kMatrixFormats] == (isa::kFormatInt8 | (isa::kFormatInt8 << 4) | (result << 8));
  const bool kept_sums = !(matrix->first && matrix->last) && matrix->outer > 1;
  return reserved || !formats || kept_sums ? isa::kStatusIllegal : isa::kStatusOk;
}

/// Takes the tile whose words start at `word`. Transposed: word i holds keys, of which bytes from `byte`
/// count.
inline bool take_tile(const Scratchpads& scratch, std::uint32_t word, bool transposed, std::uint32_t byte,
                      WeightTile* tile) {
  if (!transposed) {
  TILE_WORDS:
    for (std::uint32_t i = 0; i < kTileWords; ++i) {
#pragma HLS PIPELINE II = 1
      const std::uint32_t at = wrap16(word + i);
      if (at >= kWWords) return false;
      const std::int8_t* const from = &scratch.w[at * kWWordBytes];
      std::int32_t* const to = tile->weight[i * kWeightRows];
    TILE_WEIGHTS:
      for (int b = 0; b < static_cast<int>(kWWordBytes); ++b) to[b] = from[b];
    }
    return true;
  }
KEY_WORDS:
  for (std::uint32_t i = 0; i < kTransposedWords; ++i) {
#pragma HLS PIPELINE II = 1
    const std::uint32_t at = wrap16(word + i);
    if (at >= kWWords) return false;
  KEYS:
    for (int token = 0; token < kWeightRows; ++token) {
#pragma HLS UNROLL
      const std::int8_t* const from = &scratch.w[at * kWWordBytes + token * kColumns + byte];
    KEY_BYTES:
      for (int k = 0; k < kRows; ++k) tile->weight[k][i * kWeightRows + token] = from[k];
    }
  }
  return true;
}

/// sum[n] += activation[k] * weight[k][n].
inline void multiply_tile(const std::int8_t* __restrict activation, const WeightTile& tile,
                          std::int32_t* __restrict sum) {
  std::uint32_t column[kColumns];  // unsigned: sums wrap
COLUMNS_IN:
  for (int n = 0; n < kColumns; ++n) column[n] = static_cast<std::uint32_t>(sum[n]);
ARRAY_ROWS:
  for (int k = 0; k < kRows; ++k) {
#pragma HLS UNROLL
    const std::int32_t a = activation[k];
  ARRAY_COLUMNS:
    for (int n = 0; n < kColumns; ++n) {
#pragma HLS UNROLL
      column[n] += static_cast<std::uint32_t>(a * tile.weight[k][n]);
    }
  }
COLUMNS_OUT:
  for (int n = 0; n < kColumns; ++n) sum[n] = static_cast<std::int32_t>(column[n]);
}

/// Which tile it is, and which row passes it.
struct ArrayStep {
  std::uint32_t outer, n_tile, k_tile, m;
};

/// The array: adds a row's products to its sums. A simulator may bring its own with the same member.
struct Array {
  void multiply(const ArrayStep&, const std::int8_t* activation, const WeightTile& tile, std::int32_t* sum) {
    multiply_tile(activation, tile, sum);
  }
};

/// The lanes at the array's edge: both scales, then V.
inline void scale_row(const SumRow& row, const float* column_scale, float row_scale, float* to) {
EDGE:
  for (int n = 0; n < kColumns; ++n) {
#pragma HLS UNROLL
    to[n] = isa::fp32_mul(isa::fp32_mul(isa::fp32_from_int(row.sum[n]), column_scale[n]), row_scale);
  }
}

template <class AnyArray>
std::uint32_t run_matrix(Device& device, const Dispatched& item, AnyArray& array) {
  Matrix x;
  const std::uint32_t decoded = decode_matrix(item.instruction, &x);
  if (decoded != isa::kStatusOk) return decoded;
  if (x.rows == 0 || x.k_tiles == 0 || x.n_tiles == 0 || x.outer == 0) return isa::kStatusOk;
  Scratchpads& scratch = device.scratch;
  WeightTile tile;
  Stream<SumRow, 2> edge;
OUTER:
  for (std::uint32_t o = 0; o < x.outer; ++o) {
  N_TILES:
    for (std::uint32_t nt = 0; nt < x.n_tiles; ++nt) {
    K_TILES:
      for (std::uint32_t kt = 0; kt < x.k_tiles; ++kt) {
        const std::uint32_t block = kt * kRows / kColumns;
        const std::uint32_t byte = kt * kRows % kColumns;
        const std::uint32_t w_k = (x.transposed ? block : kt) * x.w_k_stride;
        const std::uint32_t word = wrap16(x.w_addr + o * x.w_outer_stride + w_k + nt * x.w_n_stride);
        if (!take_tile(scratch, word, x.transposed, byte, &tile)) return isa::kStatusIllegal;
        const bool from_zero = x.first && kt == 0;
        const bool leaves = x.last && kt + 1 == x.k_tiles;
        const std::uint32_t c = wrap16(x.c_addr + o * x.c_outer_stride + nt);
        if (kHasFloat && leaves && c >= kCBlocks) return isa::kStatusIllegal;
      M_ROWS:
        for (std::uint32_t m = 0; m < x.rows; ++m) {
#pragma HLS PIPELINE II = 1
          const std::uint32_t a =
              wrap16(x.a_addr + o * x.a_outer_stride + m * x.a_row_stride + block * x.a_block_stride);
          const std::uint32_t acc = wrap16(x.acc_addr + nt * x.acc_n_stride + m);
          if (a >= kABlocks || acc >= kAccRows) return isa::kStatusIllegal;
          std::int32_t* const sum = &scratch.acc[acc * kColumns];
          if (from_zero) std::memset(sum, 0, kBlockBytes);
          const ArrayStep step = {o, nt, kt, m};
          array.multiply(step, &scratch.a[a * kColumns + byte], tile, sum);
          if (!leaves) continue;
          const std::uint32_t s = wrap16(x.s_addr + o * x.s_outer_stride + m * x.s_row_stride);
          const std::uint32_t d = wrap16(x.d_addr + o * x.d_outer_stride + m * x.d_row_stride + nt);
          if ((kHasFloat && s >= kSWords) || d >= kVBlocks) return isa::kStatusIllegal;
          if (!kHasFloat) {
            std::memcpy(&scratch.v[d * kColumns], sum, kBlockBytes);
            continue;
          }
          SumRow out;
          out.m = m;
          std::memcpy(out.sum, sum, sizeof out.sum);
          edge.write(out);
          scale_row(edge.read(), &scratch.c[c * kColumns], scratch.s[s], &scratch.v[d * kColumns]);
        }
      }
    }
  }
  device.counter[isa::kCounter_macs] += static_cast<std::uint64_t>(x.outer) * x.n_tiles * x.k_tiles * x.rows *
                                        (static_cast<std::uint64_t>(kRows) * kColumns);
  return isa::kStatusOk;
}

}  // namespace hls
}  // namespace heddle
