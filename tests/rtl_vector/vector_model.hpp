// VECTOR written straight from isa/instruction.hpp, one element after the other: what heddle_vector must do.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "heddle_config.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"
#include "isa/status.hpp"

namespace heddle::rtl_vector {

constexpr int kColumns = hls::kColumns;
constexpr int kLanes = hls::kLanes;
constexpr std::uint32_t kVBlocks = hls::kVBytes / (4 * kColumns);
constexpr std::uint32_t kABlocks = hls::kABytes / kColumns;
constexpr std::uint32_t kSWords = hls::kSBytes / 4;
constexpr std::uint32_t kSBlocks = kSWords / kColumns;
constexpr std::uint32_t kVBankBlocks = kVBlocks / 4;

/// The memories that VECTOR touches; FP32 as bits.
struct Memories {
  std::vector<std::uint32_t> v = std::vector<std::uint32_t>(kVBlocks * kColumns);
  std::vector<std::uint32_t> s = std::vector<std::uint32_t>(kSWords);
  std::vector<std::uint8_t> a = std::vector<std::uint8_t>(kABlocks * kColumns);
};

/// Fields of a VECTOR instruction by name.
struct Fields {
  std::uint16_t half[isa::kTileHalves] = {};
  int flag(int low, int bits) const { return (half[isa::kHalfFlags] >> low) & ((1 << bits) - 1); }
  int select(int place) const { return (half[isa::kVectorSelects] >> (3 * place)) & 7; }
  int a_space() const { return (half[isa::kVectorSelects] >> 12) & 3; }
  int u_space() const { return half[isa::kVectorSelects] >> 14; }
  int destination() const { return half[isa::kVectorDest] & 3; }
  bool rope() const { return flag(0, 1) != 0; }
  bool selects(int operand) const {
    for (int place = 0; place < 4; ++place) {
      if (select(place) == operand) return true;
    }
    return false;
  }
  bool uses_u() const { return rope() || selects(isa::kSelU); }
  int columns() const { return half[isa::kVectorColumns]; }
  int rows() const { return half[isa::kVectorRows]; }
  int outer() const { return half[isa::kVectorOuter]; }
  int blocks() const { return (columns() + kColumns - 1) / kColumns; }
  /// Address of stream (base, row stride, outer stride at three fields) for row r of outer step o.
  std::uint32_t address(int base, int row_stride, int outer_stride, int o, int r, int extra = 0) const {
    return static_cast<std::uint16_t>(half[base] + o * half[outer_stride] + r * half[row_stride] + extra);
  }
};

/// Executes on `m`; returns the status. After an error the memories are undefined.
class Model {
 public:
  static std::uint32_t run(const Fields& i, Memories& m) {
    if (illegal(i)) return isa::kStatusIllegal;
    for (int o = 0; o < i.outer() && i.columns() && i.rows(); ++o) {
      for (int r = 0; r < i.rows(); ++r) {
        if (!row(i, m, o, r)) return isa::kStatusIllegal;
      }
    }
    return isa::kStatusOk;
  }

 private:
  static bool illegal(const Fields& i) {
    if (i.flag(14, 2) || i.flag(7, 3) > isa::kReduceAbsMax || i.flag(10, 3) > isa::kFuncRsqrt) return true;
    for (int place = 0; place < 4; ++place) {
      if (i.select(place) > isa::kSelImm1) return true;
      if (i.rope() && i.select(place) != isa::kSelNone) return true;
    }
    if (i.rope() && (i.flag(1, 1) || i.flag(10, 3))) return true;
    if (i.u_space() > isa::kSpaceS || (i.half[isa::kVectorDest] >> 2) != 0) return true;
    if (i.destination() == isa::kDestS && i.flag(7, 3)) return true;
    return i.uses_u() && i.a_space() == isa::kSpaceS && i.u_space() == isa::kSpaceS;
  }

  static bool read_block(const Memories& m, int space, std::uint32_t block, float imm0, float* to) {
    for (int c = 0; c < kColumns; ++c) {
      if (space == isa::kSpaceConst) {
        to[c] = imm0;
      } else if (space == isa::kSpaceV) {
        if (block >= kVBlocks) return false;
        to[c] = isa::float_of(m.v[block * kColumns + c]);
      } else if (space == isa::kSpaceS) {
        if (block >= kSBlocks) return false;
        to[c] = isa::float_of(m.s[block * kColumns + c]);
      } else {
        if (block >= kABlocks) return false;
        to[c] = static_cast<float>(static_cast<std::int8_t>(m.a[block * kColumns + c]));
      }
    }
    return true;
  }

  static float combine(int how, float t, float q) {
    switch (how) {
      case isa::kCombineAdd:
        return isa::fp32_add(t, q);
      case isa::kCombineSub:
        return isa::fp32_sub(t, q);
      case isa::kCombineMax:
        return isa::fp32_max(t, q);
      default:
        return isa::fp32_min(t, q);
    }
  }

  static float apply(int function, float x) {
    switch (function) {
      case isa::kFuncExp:
        return isa::fp32_exp(x);
      case isa::kFuncReciprocal:
        return isa::fp32_reciprocal(x);
      case isa::kFuncRsqrt:
        return isa::fp32_rsqrt(x);
      default:
        return x;
    }
  }

  static bool row(const Fields& i, Memories& m, int o, int r) {
    const float imm[2] = {isa::float_of(isa::get32(i.half, isa::kVectorImm0)),
                          isa::float_of(isa::get32(i.half, isa::kVectorImm1))};
    float scalar[2] = {};
    for (int k = 0; k < 2; ++k) {
      if (!i.selects(k == 0 ? isa::kSelS0 : isa::kSelS1)) continue;
      const std::uint32_t word = i.address(k == 0 ? isa::kVectorS0Addr : isa::kVectorS1Addr,
                                           isa::kVectorSRowStride, isa::kVectorSOuterStride, o, r);
      if (word >= kSWords) return false;
      scalar[k] = isa::float_of(m.s[word]);
    }
    const std::int64_t limit =
        static_cast<std::int16_t>(i.half[isa::kVectorMaskLimit]) + (i.flag(13, 1) ? std::int64_t{r} : 0);
    std::vector<float> reduced;
    for (int block = 0; block < i.blocks(); ++block) {
      float x[kColumns], u[kColumns] = {}, result[kColumns];
      const std::uint32_t a_block =
          i.address(isa::kVectorAAddr, isa::kVectorARowStride, isa::kVectorAOuterStride, o, r, block);
      if (!read_block(m, i.a_space(), a_block, imm[0], x)) return false;
      if (i.uses_u()) {
        const std::uint32_t u_block =
            i.address(isa::kVectorUAddr, isa::kVectorURowStride, isa::kVectorUOuterStride, o, r, block);
        if (!read_block(m, i.u_space(), u_block, imm[0], u)) return false;
        if (i.a_space() == isa::kSpaceV && i.u_space() == isa::kSpaceV &&
            a_block / kVBankBlocks == u_block / kVBankBlocks) {
          return false;
        }
      }
      for (int lane = 0; lane < kColumns; ++lane) {
        const int c = block * kColumns + lane;
        const auto operand = [&](int place) {
          switch (i.select(place)) {
            case isa::kSelU:
              return u[lane];
            case isa::kSelS0:
              return scalar[0];
            case isa::kSelS1:
              return scalar[1];
            case isa::kSelImm0:
              return imm[0];
            default:
              return imm[1];
          }
        };
        float t = x[lane];
        if (i.select(0)) t = isa::fp32_mul(t, operand(0));
        if (i.select(1)) t = combine(i.flag(2, 2), t, operand(1));
        if (i.flag(1, 1) && c >= limit) t = isa::kMaskedScore;
        t = apply(i.flag(10, 3), t);
        const float f = t;
        if (i.rope()) {
          const int even = lane & ~1, odd = lane | 1;
          const float f0 = isa::fp32_mul(x[lane], u[even]);
          const float sine = lane == even ? isa::float_of(isa::bits_of(u[odd]) ^ 0x80000000u) : u[odd];
          t = isa::fp32_add(isa::fp32_mul(x[lane ^ 1], sine), f0);
        }
        if (i.select(2)) t = isa::fp32_mul(t, operand(2));
        if (i.select(3)) t = combine(i.flag(4, 2), t, operand(3));
        result[lane] = t;
        if (c < i.columns()) reduced.push_back(i.flag(6, 1) ? f : t);
      }
      if (!write_block(i, m, o, r, block, result)) return false;
    }
    return reduce(i, m, o, r, reduced);
  }

  static bool write_block(const Fields& i, Memories& m, int o, int r, int block, const float* from) {
    const std::uint32_t to = i.address(isa::kVectorDAddr, isa::kVectorDRowStride, isa::kVectorDOuterStride, o,
                                       r, block * i.half[isa::kVectorDBlockStride]);
    const int count = std::min(kColumns, i.columns() - block * kColumns);
    switch (i.destination()) {
      case isa::kDestV:
        if (to >= kVBlocks) return false;
        for (int c = 0; c < count; ++c) m.v[to * kColumns + c] = isa::bits_of(from[c]);
        break;
      case isa::kDestS:
        if (to >= kSBlocks) return false;
        for (int c = 0; c < count; ++c) m.s[to * kColumns + c] = isa::bits_of(from[c]);
        break;
      case isa::kDestA:
        if (to >= kABlocks) return false;
        for (int c = 0; c < kColumns; ++c) {
          m.a[to * kColumns + c] = c < count ? static_cast<std::uint8_t>(isa::fp32_to_int8(from[c])) : 0;
        }
        break;
      default:
        break;
    }
    return true;
  }

  static bool reduce(const Fields& i, Memories& m, int o, int r, const std::vector<float>& values) {
    const int how = i.flag(7, 3);
    if (how == isa::kReduceNone) return true;
    const std::uint32_t word =
        i.address(isa::kVectorRedAddr, isa::kVectorSRowStride, isa::kVectorSOuterStride, o, r);
    if (word >= kSWords) return false;
    float total;
    if (how == isa::kReduceSum) {
      total = isa::fp32_row_sum(values.data(), static_cast<int>(values.size()));
    } else {
      const auto take = [&](float x) {
        return how == isa::kReduceAbsMax ? isa::fp32_abs(x) : isa::fp32_canonical(x);
      };
      total = take(values[0]);
      for (float x : values) total = isa::fp32_max(total, take(x));
    }
    m.s[word] = isa::bits_of(total);
    return true;
  }
};

}  // namespace heddle::rtl_vector
