// A matrix product for the accelerator as one piece of device memory: program, operands, room for the result.
// Shared by the host programs in xrt/ and opencl/, which copy it to a device, start it and look at the
// result.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/program.hpp"

namespace examples {

namespace isa = heddle::isa;

/// D = A * B, A of kRows x K and B of K x columns, INT8; D in FP32. K is two tiles of the array.
class MatrixProduct {
 public:
  static constexpr std::uint32_t kProgram = 0, kRecord = 4096, kOperands = 8192;  // offsets in `memory`
  static constexpr std::uint32_t kRows = 5;

  explicit MatrixProduct(const isa::Config& config)
      : n_(config.columns),
        k_(2 * config.rows),
        a_row_((k_ + n_ - 1) / n_ * n_),
        b_(kOperands + kRows * a_row_),
        column_scales_(b_ + k_ * n_),
        row_scales_(column_scales_ + config.block_bytes()),
        result_(row_scales_ + config.block_bytes() * kRows),
        memory((result_ + kRows * config.block_bytes() + 63) / 64 * 64) {
    for (std::uint32_t m = 0; m < kRows; ++m) {
      for (std::uint32_t k = 0; k < k_; ++k)
        memory[kOperands + m * a_row_ + k] = static_cast<std::uint8_t>(m * 7 - k);
    }
    for (std::uint32_t i = 0; i < k_ * n_; ++i) memory[b_ + i] = static_cast<std::uint8_t>(3 * i - 40);
    const float one = 1;
    for (std::uint32_t i = 0; i < n_; ++i) std::memcpy(&memory[column_scales_ + 4 * i], &one, sizeof one);
    for (std::uint32_t i = 0; i < kRows; ++i) std::memcpy(&memory[row_scales_ + 4 * i], &one, sizeof one);

    scalar(isa::kOpArgument, kBase, 0);  // argument 0: the address of all this
    dma(isa::kOpLoad, isa::kBufferA, kOperands, kRows * a_row_);
    dma(isa::kOpLoad, isa::kBufferW, b_, k_ * n_);
    dma(isa::kOpLoad, isa::kBufferC, column_scales_, config.block_bytes());
    dma(isa::kOpLoad, isa::kBufferS, row_scales_, kRows * isa::kBytesPerWord);
    scalar(isa::kOpFence);
    isa::TileInstruction product = {};
    product.half[isa::kHalfOpcode] = isa::kOpMatrix;
    product.half[isa::kHalfFlags] = isa::kMatrixFirst | isa::kMatrixLast;
    product.half[isa::kMatrixFormats] = isa::kFormatFp32 << 8;
    product.half[isa::kMatrixRows] = kRows;
    product.half[isa::kMatrixKTiles] = 2;
    product.half[isa::kMatrixNTiles] = product.half[isa::kMatrixOuter] = 1;
    product.half[isa::kMatrixARowStride] = static_cast<std::uint16_t>(a_row_ / n_);
    product.half[isa::kMatrixABlockStride] = product.half[isa::kMatrixSRowStride] = 1;
    product.half[isa::kMatrixWKStride] = static_cast<std::uint16_t>(config.w_tile_words());
    product.half[isa::kMatrixDRowStride] = 1;
    append(&product, sizeof product);
    scalar(isa::kOpFence);
    dma(isa::kOpStore, isa::kBufferV, result_, kRows * config.block_bytes());
    scalar(isa::kOpHalt);

    isa::ProgramHeader header;
    header.config_hash = isa::config_hash(config);
    header.code_quads = static_cast<std::uint32_t>(code_.size() / isa::kQuadBytes);
    std::memcpy(&memory[kProgram], &header, sizeof header);
    std::memcpy(&memory[kProgram + sizeof header], code_.data(), code_.size());
  }

  /// Whether `memory`, copied back, holds a record without error and the right result.
  bool correct() const {
    isa::CompletionRecord record;
    std::memcpy(&record, &memory[kRecord], sizeof record);
    if (record.magic != isa::kRecordMagic || record.status != 0) return false;
    for (std::uint32_t m = 0; m < kRows; ++m) {
      for (std::uint32_t n = 0; n < n_; ++n) {
        std::int32_t sum = 0;
        for (std::uint32_t k = 0; k < k_; ++k) {
          sum += static_cast<std::int8_t>(memory[kOperands + m * a_row_ + k]) *
                 static_cast<std::int8_t>(memory[b_ + k * n_ + n]);
        }
        float d;
        std::memcpy(&d, &memory[result_ + 4 * (m * n_ + n)], sizeof d);
        if (d != static_cast<float>(sum)) return false;
      }
    }
    return true;
  }

 private:
  static constexpr int kBase = 1;  // scalar register

  void scalar(int opcode, int rd = 0, std::int64_t immediate = 0) {
    isa::ScalarInstruction x = {};
    x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    x.half[isa::kHalfRegisters] = static_cast<std::uint16_t>(rd | isa::kScalarImmediate);
    std::memcpy(&x.half[isa::kHalfImmediate], &immediate, sizeof immediate);
    append(&x, sizeof x);
  }

  /// One row of bytes between `offset` in memory and the start of a buffer.
  void dma(int opcode, int buffer, std::uint32_t offset, std::uint32_t bytes) {
    isa::TileInstruction x = {};
    x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer | kBase << 4);
    x.half[isa::kDmaRows] = 1;
    isa::set32(x.half, isa::kDmaRowBytes, bytes);
    isa::set32(x.half, isa::kDmaMemOffset, offset);
    append(&x, sizeof x);
  }

  void append(const void* instruction, std::size_t bytes) {
    const auto* from = static_cast<const std::uint8_t*>(instruction);
    code_.insert(code_.end(), from, from + bytes);
  }

  std::uint32_t n_, k_, a_row_, b_, column_scales_, row_scales_, result_;
  std::vector<std::uint8_t> code_;

 public:
  std::vector<std::uint8_t>
      memory;  // what a device gets, and gives back; whole lines of 64 bytes, as windows are
};

}  // namespace examples
