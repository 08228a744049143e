// VECTOR: rows pass segment by segment through multiply, add, mask, function, multiply, add, reduction.
#pragma once
#include <cstdint>
#include <cstring>

#include "hls/kernels/numeric.hpp"
#include "hls/types/device.hpp"

namespace heddle {
namespace hls {

struct Vector {
  bool rope, mask, reduce_function, mask_step;
  int pre_combine, post_combine, reduce, function;
  int pre_mul, pre_add, post_mul, post_add;
  int a_space, u_space, destination;
  std::int32_t mask_limit;
  std::uint32_t columns, rows, outer;
  std::uint32_t a_addr, a_row_stride, a_outer_stride;
  std::uint32_t u_addr, u_row_stride, u_outer_stride;
  std::uint32_t s0_addr, s1_addr, red_addr, s_row_stride, s_outer_stride;
  std::uint32_t d_addr, d_row_stride, d_outer_stride, d_block_stride;
  float imm0, imm1;

  bool selects(int operand) const {
    return pre_mul == operand || pre_add == operand || post_mul == operand || post_add == operand;
  }
  bool needs_u() const { return rope || selects(isa::kSelU); }
};

/// A segment on its way: `count` columns of a row, whole blocks allocated.
struct Segment {
  alignas(64) float x[kSegment];
  alignas(64) float u[kSegment];
};

inline std::uint32_t wrap_address(std::uint32_t x) { return x & 0xFFFFu; }

inline std::uint32_t decode_vector(const isa::TileInstruction& instruction, Vector* vector) {
  const std::uint16_t* half = instruction.half;
  const std::uint32_t flags = half[isa::kHalfFlags];
  vector->rope = (flags & 1u) != 0;
  vector->mask = (flags & 2u) != 0;
  vector->pre_combine = static_cast<int>((flags >> 2) & 3u);
  vector->post_combine = static_cast<int>((flags >> 4) & 3u);
  vector->reduce_function = ((flags >> 6) & 1u) != 0;
  vector->reduce = static_cast<int>((flags >> 7) & 7u);
  vector->function = static_cast<int>((flags >> 10) & 7u);
  vector->mask_step = ((flags >> 13) & 1u) != 0;
  vector->mask_limit = static_cast<std::int16_t>(half[isa::kVectorMaskLimit]);
  const std::uint32_t selects = half[isa::kVectorSelects];
  vector->pre_mul = static_cast<int>(selects & 7u);
  vector->pre_add = static_cast<int>((selects >> 3) & 7u);
  vector->post_mul = static_cast<int>((selects >> 6) & 7u);
  vector->post_add = static_cast<int>((selects >> 9) & 7u);
  vector->a_space = static_cast<int>((selects >> 12) & 3u);
  vector->u_space = static_cast<int>((selects >> 14) & 3u);
  vector->destination = static_cast<int>(half[isa::kVectorDest] & 3u);
  vector->columns = half[isa::kVectorColumns];
  vector->rows = half[isa::kVectorRows];
  vector->outer = half[isa::kVectorOuter];
  vector->a_addr = half[isa::kVectorAAddr];
  vector->a_row_stride = half[isa::kVectorARowStride];
  vector->a_outer_stride = half[isa::kVectorAOuterStride];
  vector->u_addr = half[isa::kVectorUAddr];
  vector->u_row_stride = half[isa::kVectorURowStride];
  vector->u_outer_stride = half[isa::kVectorUOuterStride];
  vector->s0_addr = half[isa::kVectorS0Addr];
  vector->s1_addr = half[isa::kVectorS1Addr];
  vector->red_addr = half[isa::kVectorRedAddr];
  vector->s_row_stride = half[isa::kVectorSRowStride];
  vector->s_outer_stride = half[isa::kVectorSOuterStride];
  vector->d_addr = half[isa::kVectorDAddr];
  vector->d_row_stride = half[isa::kVectorDRowStride];
  vector->d_outer_stride = half[isa::kVectorDOuterStride];
  vector->d_block_stride = half[isa::kVectorDBlockStride];
  vector->imm0 = isa::float_of(isa::get32(half, isa::kVectorImm0));
  vector->imm1 = isa::float_of(isa::get32(half, isa::kVectorImm1));

  bool legal = (flags >> 14) == 0 && (half[isa::kVectorDest] >> 2) == 0;
  legal = legal && vector->reduce <= isa::kReduceAbsMax && vector->function <= isa::kFuncRsqrt;
  legal = legal && vector->pre_mul <= isa::kSelImm1 && vector->pre_add <= isa::kSelImm1;
  legal = legal && vector->post_mul <= isa::kSelImm1 && vector->post_add <= isa::kSelImm1;
  legal = legal && vector->u_space <= isa::kSpaceS;
  if (vector->rope)
    legal = legal && (selects & 0xFFFu) == 0 && !vector->mask && vector->function == isa::kFuncNone;
  if (vector->destination == isa::kDestS) legal = legal && vector->reduce == isa::kReduceNone;
  if (vector->needs_u())
    legal = legal && !(vector->a_space == isa::kSpaceS && vector->u_space == isa::kSpaceS);
  return legal ? isa::kStatusOk : isa::kStatusIllegal;
}

/// Reads `blocks` blocks of a stream from block `address` on.
inline bool read_segment(const Scratchpads& scratch, int space, std::uint32_t address, int blocks,
                         float* to) {
READ_BLOCKS:
  for (int b = 0; b < blocks; ++b) {
#pragma HLS PIPELINE
    const std::uint32_t at = wrap_address(address + static_cast<std::uint32_t>(b));
    float* const lanes = to + b * kColumns;
    if (space == isa::kSpaceV) {
      if (at >= kVBlocks) return false;
      std::memcpy(lanes, &scratch.v[at * kColumns], kBlockBytes);
    } else if (space == isa::kSpaceS) {
      if (at >= kSBlocks) return false;
      std::memcpy(lanes, &scratch.s[at * kColumns], kBlockBytes);
    } else {
      if (at >= kABlocks) return false;
    CONVERT:
      for (int lane = 0; lane < kColumns; ++lane)
        lanes[lane] = isa::fp32_from_int(scratch.a[at * kColumns + lane]);
    }
  }
  return true;
}

/// Whether a block of A and the block of U that is read with it lie in one bank of V, which has one read
/// port.
inline bool share_bank(std::uint32_t a, std::uint32_t u, int blocks) {
  bool share = false;
BANKS:
  for (int b = 0; b < blocks; ++b) {
    const std::uint32_t block = static_cast<std::uint32_t>(b);
    if (wrap_address(a + block) / kVBankBlocks == wrap_address(u + block) / kVBankBlocks) share = true;
  }
  return share;
}

/// Writes `count` columns to blocks from `address` on, `stride` apart.
inline bool write_segment(Scratchpads& scratch, int destination, std::uint32_t address, std::uint32_t stride,
                          int count, const float* from) {
WRITE_BLOCKS:
  for (int start = 0; start < count; start += kColumns) {
#pragma HLS PIPELINE
    const std::uint32_t at = wrap_address(address + static_cast<std::uint32_t>(start / kColumns) * stride);
    const int lanes = count - start < kColumns ? count - start : kColumns;
    const std::uint32_t bytes = static_cast<std::uint32_t>(lanes) * isa::kBytesPerWord;
    if (destination == isa::kDestV) {
      if (at >= kVBlocks) return false;
      std::memcpy(&scratch.v[at * kColumns], from + start, bytes);
    } else if (destination == isa::kDestS) {
      if (at >= kSBlocks) return false;
      std::memcpy(&scratch.s[at * kColumns], from + start, bytes);
    } else {
      if (at >= kABlocks) return false;
      std::int8_t* const to = &scratch.a[at * kColumns];
    QUANTISE:
      for (int lane = 0; lane < lanes; ++lane) to[lane] = isa::fp32_to_int8(from[start + lane]);
    PAD:
      for (int lane = lanes; lane < kColumns; ++lane) to[lane] = 0;
    }
  }
  return true;
}

/// The operand of a step that is the same in every column.
inline float scalar_operand(const Vector& v, int select, float s0, float s1) {
  switch (select) {
    case isa::kSelS0:
      return s0;
    case isa::kSelS1:
      return s1;
    case isa::kSelImm0:
      return v.imm0;
    default:
      return v.imm1;
  }
}

inline void multiply_step(const Vector& v, int select, const float* u, float s0, float s1, float* x,
                          int count) {
  if (select == isa::kSelNone) return;
  if (select == isa::kSelU) {
    multiply_row(x, u, count);
  } else {
    multiply_scalar(x, scalar_operand(v, select, s0, s1), count);
  }
}

inline void combine_step(const Vector& v, int select, int combine, const float* u, float s0, float s1,
                         float* x, int count) {
  if (select == isa::kSelNone) return;
  if (select == isa::kSelU) {
    combine_row(combine, x, u, count);
    return;
  }
  const float y = scalar_operand(v, select, s0, s1);
  float operand[kSegment];
BROADCAST:
  for (int i = 0; i < count; ++i) operand[i] = y;
  combine_row(combine, x, operand, count);
}

/// Rotates pairs; u holds cos, sin, cos, sin, ...
inline void rope_step(const float* u, float* x, int count) {
PAIRS:
  for (int i = 0; i < count; i += 2) {
#pragma HLS UNROLL factor = kLanes
    const float even = x[i], odd = x[i + 1];
    const float minus_sin = isa::float_of(isa::bits_of(isa::fp32_canonical(u[i + 1])) ^ 0x80000000u);
    x[i] = isa::fp32_add(isa::fp32_mul(odd, minus_sin), isa::fp32_mul(even, u[i]));
    x[i + 1] = isa::fp32_add(isa::fp32_mul(even, u[i + 1]), isa::fp32_mul(odd, u[i]));
  }
}

/// Columns from `start` on of row `r`, as far as the mask reaches.
inline void mask_step(const Vector& v, std::uint32_t r, std::uint32_t start, float* x, int count) {
  std::int64_t from = static_cast<std::int64_t>(v.mask_limit) + (v.mask_step ? r : 0u) - start;
  if (from < 0) from = 0;
MASK:
  for (std::int64_t i = from; i < count; ++i) x[i] = isa::kMaskedScore;
}

inline std::uint32_t run_vector(Device& device, const Dispatched& item) {
  Vector v;
  const std::uint32_t decoded = decode_vector(item.instruction, &v);
  if (decoded != isa::kStatusOk) return decoded;
  if (v.columns == 0 || v.rows == 0 || v.outer == 0) return isa::kStatusOk;
  Scratchpads& scratch = device.scratch;
  const bool needs_u = v.needs_u(), needs_s0 = v.selects(isa::kSelS0), needs_s1 = v.selects(isa::kSelS1);
  const bool both_in_v = needs_u && v.a_space == isa::kSpaceV && v.u_space == isa::kSpaceV;
  Segment segment;
OUTER:
  for (std::uint32_t o = 0; o < v.outer; ++o) {
  ROWS:
    for (std::uint32_t r = 0; r < v.rows; ++r) {
      const std::uint32_t s_step = o * v.s_outer_stride + r * v.s_row_stride;
      const std::uint32_t s0_word = wrap_address(v.s0_addr + s_step),
                          s1_word = wrap_address(v.s1_addr + s_step);
      if ((needs_s0 && s0_word >= kSWords) || (needs_s1 && s1_word >= kSWords)) return isa::kStatusIllegal;
      const float s0 = needs_s0 ? scratch.s[s0_word] : 0.0f, s1 = needs_s1 ? scratch.s[s1_word] : 0.0f;
      const std::uint32_t a_row = v.a_addr + o * v.a_outer_stride + r * v.a_row_stride;
      const std::uint32_t u_row = v.u_addr + o * v.u_outer_stride + r * v.u_row_stride;
      const std::uint32_t d_row = v.d_addr + o * v.d_outer_stride + r * v.d_row_stride;
      float total = 0.0f;
    SEGMENTS:
      for (std::uint32_t start = 0; start < v.columns; start += kSegment) {
        const int count = v.columns - start < kSegment ? static_cast<int>(v.columns - start) : kSegment;
        const int blocks = (count + kColumns - 1) / kColumns;
        const std::uint32_t block = start / kColumns;
        float* const x = segment.x;
        if (v.a_space == isa::kSpaceConst) {
        CONSTANT:
          for (int i = 0; i < blocks * kColumns; ++i) x[i] = v.imm0;
        } else if (!read_segment(scratch, v.a_space, a_row + block, blocks, x)) {
          return isa::kStatusIllegal;
        }
        if (needs_u && !read_segment(scratch, v.u_space, u_row + block, blocks, segment.u))
          return isa::kStatusIllegal;
        if (both_in_v && share_bank(a_row + block, u_row + block, blocks)) return isa::kStatusIllegal;
        multiply_step(v, v.pre_mul, segment.u, s0, s1, x, count);
        combine_step(v, v.pre_add, v.pre_combine, segment.u, s0, s1, x, count);
        if (v.mask) mask_step(v, r, start, x, count);
        apply_function(v.function, x, count);
        const bool first = start == 0;
        if (v.reduce != isa::kReduceNone && v.reduce_function)
          total = reduce_segment(v.reduce, x, count, total, first);
        if (v.rope) rope_step(segment.u, x, count);
        multiply_step(v, v.post_mul, segment.u, s0, s1, x, count);
        combine_step(v, v.post_add, v.post_combine, segment.u, s0, s1, x, count);
        if (v.reduce != isa::kReduceNone && !v.reduce_function)
          total = reduce_segment(v.reduce, x, count, total, first);
        if (v.destination != isa::kDestNone &&
            !write_segment(scratch, v.destination, d_row + block * v.d_block_stride, v.d_block_stride, count,
                           x)) {
          return isa::kStatusIllegal;
        }
      }
      if (v.reduce != isa::kReduceNone) {
        const std::uint32_t word = wrap_address(v.red_addr + s_step);
        if (word >= kSWords) return isa::kStatusIllegal;
        scratch.s[word] = total;
      }
    }
  }
  return isa::kStatusOk;
}

}  // namespace hls
}  // namespace heddle
