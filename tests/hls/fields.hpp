// Tile instructions by the names of their fields, for tests that write programs by hand or at random.
#pragma once
#include <cstdint>

#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"

namespace heddle::tests {

struct DmaFields {
  int buffer = isa::kBufferA, base = 0;
  std::uint32_t rows = 1, row_bytes = 0, mem_offset = 0, mem_stride = 0, local_addr = 0, local_stride = 0;

  isa::TileInstruction encode(bool store) const {
    isa::TileInstruction x = {};
    x.half[isa::kHalfOpcode] = store ? isa::kOpStore : isa::kOpLoad;
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer | base << 4);
    x.half[isa::kDmaRows] = static_cast<std::uint16_t>(rows);
    isa::set32(x.half, isa::kDmaRowBytes, row_bytes);
    isa::set32(x.half, isa::kDmaMemOffset, mem_offset);
    isa::set32(x.half, isa::kDmaMemStride, mem_stride);
    isa::set32(x.half, isa::kDmaLocalAddr, local_addr);
    isa::set32(x.half, isa::kDmaLocalStride, local_stride);
    return x;
  }
};

struct MatrixFields {
  int flags = isa::kMatrixFirst | isa::kMatrixLast;
  std::uint16_t rows = 1, k_tiles = 1, n_tiles = 1, outer = 1;
  std::uint16_t a_addr = 0, a_row_stride = 0, a_block_stride = 0, a_outer_stride = 0;
  std::uint16_t w_addr = 0, w_k_stride = 0, w_n_stride = 0, w_outer_stride = 0;
  std::uint16_t c_addr = 0, c_outer_stride = 0;
  std::uint16_t s_addr = 0, s_row_stride = 0, s_outer_stride = 0;
  std::uint16_t d_addr = 0, d_row_stride = 0, d_outer_stride = 0;
  std::uint16_t acc_addr = 0, acc_n_stride = 0;

  isa::TileInstruction encode() const {
    isa::TileInstruction x = {};
    x.half[isa::kHalfOpcode] = isa::kOpMatrix;
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(flags);
    x.half[isa::kMatrixFormats] = isa::kFormatFp32 << 8;
    const std::uint16_t values[] = {
        rows,           k_tiles,        n_tiles,  outer,        a_addr,         a_row_stride,
        a_block_stride, a_outer_stride, w_addr,   w_k_stride,   w_n_stride,     w_outer_stride,
        c_addr,         c_outer_stride, s_addr,   s_row_stride, s_outer_stride, d_addr,
        d_row_stride,   d_outer_stride, acc_addr, acc_n_stride};
    for (int i = 0; i < 22; ++i) x.half[isa::kMatrixRows + i] = values[i];
    return x;
  }
};

struct VectorFields {
  bool rope = false, mask = false, reduce_function = false, mask_step = false;
  int pre_combine = 0, post_combine = 0, reduce = 0, function = 0;
  int pre_mul = 0, pre_add = 0, post_mul = 0, post_add = 0;
  int a_space = isa::kSpaceV, u_space = isa::kSpaceV, destination = isa::kDestNone;
  std::int16_t mask_limit = 0;
  std::uint16_t columns = 1, rows = 1, outer = 1;
  std::uint16_t a_addr = 0, a_row_stride = 0, a_outer_stride = 0;
  std::uint16_t u_addr = 0, u_row_stride = 0, u_outer_stride = 0;
  std::uint16_t s0_addr = 0, s1_addr = 0, red_addr = 0, s_row_stride = 0, s_outer_stride = 0;
  std::uint16_t d_addr = 0, d_row_stride = 0, d_outer_stride = 0, d_block_stride = 1;
  float imm0 = 0, imm1 = 0;

  bool selects(int operand) const {
    return pre_mul == operand || pre_add == operand || post_mul == operand || post_add == operand;
  }
  bool needs_u() const { return rope || selects(isa::kSelU); }

  isa::TileInstruction encode() const {
    isa::TileInstruction x = {};
    x.half[isa::kHalfOpcode] = isa::kOpVector;
    x.half[isa::kHalfFlags] =
        static_cast<std::uint16_t>(rope | mask << 1 | pre_combine << 2 | post_combine << 4 |
                                   reduce_function << 6 | reduce << 7 | function << 10 | mask_step << 13);
    x.half[isa::kVectorMaskLimit] = static_cast<std::uint16_t>(mask_limit);
    x.half[isa::kVectorSelects] = static_cast<std::uint16_t>(pre_mul | pre_add << 3 | post_mul << 6 |
                                                             post_add << 9 | a_space << 12 | u_space << 14);
    x.half[isa::kVectorDest] = static_cast<std::uint16_t>(destination);
    const std::uint16_t values[] = {
        columns,      rows,           outer,          a_addr,       a_row_stride,   a_outer_stride,
        u_addr,       u_row_stride,   u_outer_stride, s0_addr,      s1_addr,        red_addr,
        s_row_stride, s_outer_stride, d_addr,         d_row_stride, d_outer_stride, d_block_stride};
    for (int i = 0; i < 18; ++i) x.half[isa::kVectorColumns + i] = values[i];
    isa::set32(x.half, isa::kVectorImm0, isa::bits_of(imm0));
    isa::set32(x.half, isa::kVectorImm1, isa::bits_of(imm1));
    return x;
  }
};

}  // namespace heddle::tests
