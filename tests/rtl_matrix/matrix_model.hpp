// MATRIX as isa/instruction.hpp words it, in plain loops, for comparison with the RTL.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "heddle_config.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/status.hpp"

namespace heddle::test {

constexpr int kColumns = hls::kColumns, kRows = hls::kRows, kWeightRows = hls::kWeightRows;

/// One block that an instruction writes to V.
struct BlockWrite {
  std::uint32_t block;
  std::vector<std::uint32_t> words;
};

/// The memories that MATRIX knows. Accumulator rows carry whether their contents are defined.
struct MatrixModel {
  std::vector<std::uint8_t> a, w, c, v, s;
  std::vector<std::uint32_t> acc;
  std::vector<bool> acc_defined;

  MatrixModel()
      : a(hls::kABytes),
        w(hls::kWBytes),
        c(hls::kCBytes),
        v(hls::kVBytes),
        s(hls::kSBytes),
        acc(hls::kAccBytes / 4),
        acc_defined(hls::kAccBytes / (4 * kColumns)) {}

  struct Result {
    std::uint32_t status = isa::kStatusOk;
    bool undefined = false;  // reads an accumulator row that holds nothing defined
    std::uint64_t tiles = 0;
    std::vector<BlockWrite> writes;  // in order
  };

  std::uint8_t* buffer(int number, std::uint32_t* bytes) {
    std::vector<std::uint8_t>* const all[] = {&a, &w, &c, &v, &s};
    *bytes = static_cast<std::uint32_t>(all[number]->size());
    return all[number]->data();
  }

  static std::uint32_t word(const std::vector<std::uint8_t>& memory, std::uint64_t index) {
    return static_cast<std::uint32_t>(memory[4 * index]) |
           static_cast<std::uint32_t>(memory[4 * index + 1]) << 8 |
           static_cast<std::uint32_t>(memory[4 * index + 2]) << 16 |
           static_cast<std::uint32_t>(memory[4 * index + 3]) << 24;
  }

  /// Executes; changes V and the accumulators.
  Result run(const isa::TileInstruction& instruction) {
    Result result;
    const std::uint16_t* const h = instruction.half;
    const int flags = h[isa::kHalfFlags];
    const bool first = flags & isa::kMatrixFirst, last = flags & isa::kMatrixLast;
    const bool transposed = flags & isa::kMatrixTransposed;
    const int formats = isa::kFormatInt8 | isa::kFormatInt8 << 4 | isa::kFormatFp32 << 8;
    const int rows = h[isa::kMatrixRows], k_tiles = h[isa::kMatrixKTiles];
    const int n_tiles = h[isa::kMatrixNTiles], outer = h[isa::kMatrixOuter];
    if ((flags & ~7) != 0 || h[isa::kMatrixFormats] != formats || h[isa::kMatrixGroup] != 0 ||
        h[isa::kMatrixGroup + 1] != 0 || (!(first && last) && outer > 1)) {
      result.status = isa::kStatusIllegal;
      return result;
    }
    if (rows == 0 || k_tiles == 0 || n_tiles == 0 || outer == 0) return result;
    const auto at = [](int value) { return static_cast<std::uint32_t>(value) & 0xFFFFu; };
    for (int o = 0; o < outer; ++o) {
      for (int nt = 0; nt < n_tiles; ++nt) {
        for (int kt = 0; kt < k_tiles; ++kt) {
          ++result.tiles;
          const int k0 = kt * kRows;
          std::int8_t weight[kRows][kColumns];
          const std::uint32_t tile =
              at(h[isa::kMatrixWAddr] + o * h[isa::kMatrixWOuterStride] + nt * h[isa::kMatrixWNStride] +
                 (transposed ? k0 / kColumns : kt) * h[isa::kMatrixWKStride]);
          const int words = (transposed ? kColumns : kRows) / kWeightRows;
          for (int i = 0; i < words; ++i) {
            const std::uint32_t index = at(tile + i);
            if ((index + 1) * kWeightRows * kColumns > w.size()) return illegal(result);
            for (int r = 0; r < kWeightRows; ++r) {
              const std::uint8_t* const bytes = &w[(index * kWeightRows + r) * kColumns];
              if (transposed) {
                for (int k = 0; k < kRows; ++k) {
                  weight[k][i * kWeightRows + r] = static_cast<std::int8_t>(bytes[(k0 + k) % kColumns]);
                }
              } else {
                for (int n = 0; n < kColumns; ++n) {
                  weight[i * kWeightRows + r][n] = static_cast<std::int8_t>(bytes[n]);
                }
              }
            }
          }
          for (int m = 0; m < rows; ++m) {
            const std::uint32_t a_block =
                at(h[isa::kMatrixAAddr] + o * h[isa::kMatrixAOuterStride] + m * h[isa::kMatrixARowStride] +
                   (k0 / kColumns) * h[isa::kMatrixABlockStride]);
            const std::uint32_t row = at(h[isa::kMatrixAccAddr] + nt * h[isa::kMatrixAccNStride] + m);
            if ((a_block + 1) * kColumns > a.size() || row >= acc_defined.size()) return illegal(result);
            const bool from_zero = first && kt == 0;
            if (!from_zero && !acc_defined[row]) result.undefined = true;
            std::uint32_t sum[kColumns];
            for (int n = 0; n < kColumns; ++n) {
              sum[n] = from_zero ? 0 : acc[row * kColumns + n];
              for (int k = 0; k < kRows; ++k) {
                const int activation = static_cast<std::int8_t>(a[a_block * kColumns + (k0 + k) % kColumns]);
                sum[n] += static_cast<std::uint32_t>(activation * weight[k][n]);
              }
              acc[row * kColumns + n] = sum[n];
            }
            acc_defined[row] = true;
            if (!last || kt != k_tiles - 1) continue;
            acc_defined[row] = false;
            const std::uint32_t c_block = at(h[isa::kMatrixCAddr] + o * h[isa::kMatrixCOuterStride] + nt);
            const std::uint32_t s_word =
                at(h[isa::kMatrixSAddr] + o * h[isa::kMatrixSOuterStride] + m * h[isa::kMatrixSRowStride]);
            const std::uint32_t d_block = at(h[isa::kMatrixDAddr] + o * h[isa::kMatrixDOuterStride] +
                                             m * h[isa::kMatrixDRowStride] + nt);
            if ((c_block + 1) * kColumns * 4 > c.size() || (s_word + 1) * 4 > s.size() ||
                (d_block + 1) * kColumns * 4 > v.size()) {
              return illegal(result);
            }
            BlockWrite write{d_block, {}};
            const float row_scale = isa::float_of(word(s, s_word));
            for (int n = 0; n < kColumns; ++n) {
              const float column_scale = isa::float_of(word(c, c_block * kColumns + n));
              const float real = isa::fp32_from_int(static_cast<std::int32_t>(sum[n]));
              const std::uint32_t y =
                  isa::bits_of(isa::fp32_mul(isa::fp32_mul(real, column_scale), row_scale));
              write.words.push_back(y);
              for (int b = 0; b < 4; ++b)
                v[(d_block * kColumns + n) * 4 + b] = static_cast<std::uint8_t>(y >> 8 * b);
            }
            result.writes.push_back(write);
          }
        }
      }
    }
    return result;
  }

 private:
  static Result illegal(Result result) {
    result.status = isa::kStatusIllegal;
    return result;
  }
};

}  // namespace heddle::test
