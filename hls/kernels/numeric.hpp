// Rows of FP32 arithmetic by the rules of isa/numerics. Loops are written so that a compiler can take
// several lanes at once; hardware unrolls them by its number of lanes.
#pragma once
#include <cstdint>

#include "hls/types/sizes.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"

namespace heddle {
namespace hls {

/// x[i] = x[i] * y[i].
inline void multiply_row(float* __restrict x, const float* __restrict y, int count) {
MULTIPLY:
  for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
    x[i] = isa::fp32_mul(x[i], y[i]);
  }
}

/// x[i] = x[i] * y.
inline void multiply_scalar(float* x, float y, int count) {
MULTIPLY_SCALAR:
  for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
    x[i] = isa::fp32_mul(x[i], y);
  }
}

/// x[i] = x[i] combine y[i].
inline void combine_row(int combine, float* __restrict x, const float* __restrict y, int count) {
  switch (combine) {
    case isa::kCombineAdd:
    ADD:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_add(x[i], y[i]);
      }
      break;
    case isa::kCombineSub:
    SUBTRACT:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_sub(x[i], y[i]);
      }
      break;
    case isa::kCombineMax:
    MAXIMUM:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_max(x[i], y[i]);
      }
      break;
    default:
    MINIMUM:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_min(x[i], y[i]);
      }
      break;
  }
}

/// x[i] = function(x[i]).
inline void apply_function(int function, float* x, int count) {
  switch (function) {
    case isa::kFuncExp:
    EXP:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_exp(x[i]);
      }
      break;
    case isa::kFuncReciprocal:
    RECIPROCAL:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_reciprocal(x[i]);
      }
      break;
    case isa::kFuncRsqrt:
    RSQRT:
      for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
        x[i] = isa::fp32_rsqrt(x[i]);
      }
      break;
    default:
      break;
  }
}

/// The tree of isa/numerics/reduction.hpp over one segment: two level arrays instead of one in place, so
/// that a level has no dependence within itself.
inline float sum_segment(const float* x, int count) {
  float even[kSegment], odd[kSegment / 2];
  float* from = even;
  float* to = odd;
  const float* level = x;
TREE:
  for (int n = count; n > 1;) {
    const int pairs = n / 2;
  PAIRS:
    for (int i = 0; i < pairs; ++i) {
#pragma HLS UNROLL factor = kLanes
      to[i] = isa::fp32_add(level[2 * i], level[2 * i + 1]);
    }
    if (n & 1) to[pairs] = level[n - 1];
    n = pairs + (n & 1);
    level = to;
    float* const swap = from;
    from = to;
    to = swap;
  }
  return isa::fp32_canonical(level[0]);
}

inline float max_segment(const float* x, int count) {
  std::uint32_t key = 0;
MAX:
  for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
    const std::uint32_t k = isa::fp32_order(x[i]);
    key = k > key ? k : key;
  }
  return isa::float_of((key & 0x80000000u) ? key & 0x7FFFFFFFu : ~key);
}

inline float absmax_segment(const float* x, int count) {
  std::uint32_t key = 0;
ABSMAX:
  for (int i = 0; i < count; ++i) {
#pragma HLS UNROLL factor = kLanes
    const std::uint32_t k = isa::bits_of(isa::fp32_abs(x[i]));
    key = k > key ? k : key;
  }
  return isa::float_of(key);
}

/// Folds a segment into the reduction of its row; `first` starts the row.
inline float reduce_segment(int reduce, const float* x, int count, float total, bool first) {
  switch (reduce) {
    case isa::kReduceSum: {
      const float sum = sum_segment(x, count);
      return first ? sum : isa::fp32_add(total, sum);
    }
    case isa::kReduceMax: {
      const float maximum = max_segment(x, count);
      return first ? maximum : isa::fp32_max(total, maximum);
    }
    default: {
      const float maximum = absmax_segment(x, count);
      return first ? maximum : isa::fp32_max(total, maximum);
    }
  }
}

}  // namespace hls
}  // namespace heddle
