// Every field of the tile instructions by name: where it lies and what it may hold. The tile program names
// fields through this table, the assembler writes them and the disassembler reads them back.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "isa/instruction.hpp"

namespace heddle::tiles {

/// What a field holds, and so how it is written in text.
enum class FieldType : std::uint8_t {
  kUnsigned,
  kSigned,         // two's complement in its width
  kFloat,          // FP32 bits
  kAddressA,       // blocks of A
  kAddressW,       // words of W
  kAddressC,       // blocks of C
  kAddressV,       // blocks of V
  kAddressS,       // words of S
  kAddressAcc,     // rows of the accumulators
  kAddressBytes,   // bytes of the buffer that the instruction names
  kAddressStream,  // unit of the space that the instruction names for this stream
  kBuffer,
  kSelect,
  kCombine,
  kFunction,
  kReduce,
  kSpace,
  kDest,
  kFormat,
  kBaseRegister,
};

// X(instruction kind, enumerator, name, half, shift, bits, type). LOAD and STORE share the fields of kind
// Dma.
#define HEDDLE_TILE_FIELDS(X)                                                     \
  X(Dma, kBufferField, "buffer", isa::kHalfFlags, 0, 4, kBuffer)                  \
  X(Dma, kBase, "base", isa::kHalfFlags, 4, 5, kBaseRegister)                     \
  X(Dma, kDmaRows, "rows", isa::kDmaRows, 0, 16, kUnsigned)                       \
  X(Dma, kRowBytes, "row_bytes", isa::kDmaRowBytes, 0, 32, kUnsigned)             \
  X(Dma, kMemOffset, "mem_offset", isa::kDmaMemOffset, 0, 32, kUnsigned)          \
  X(Dma, kMemStride, "mem_stride", isa::kDmaMemStride, 0, 32, kUnsigned)          \
  X(Dma, kLocalAddr, "local_addr", isa::kDmaLocalAddr, 0, 32, kAddressBytes)      \
  X(Dma, kLocalStride, "local_stride", isa::kDmaLocalStride, 0, 32, kUnsigned)    \
  X(Matrix, kFirst, "first", isa::kHalfFlags, 0, 1, kUnsigned)                    \
  X(Matrix, kLast, "last", isa::kHalfFlags, 1, 1, kUnsigned)                      \
  X(Matrix, kTransposed, "transposed", isa::kHalfFlags, 2, 1, kUnsigned)          \
  X(Matrix, kMatrixAFormat, "a_format", isa::kMatrixFormats, 0, 4, kFormat)       \
  X(Matrix, kMatrixWFormat, "w_format", isa::kMatrixFormats, 4, 4, kFormat)       \
  X(Matrix, kMatrixDFormat, "d_format", isa::kMatrixFormats, 8, 4, kFormat)       \
  X(Matrix, kMatrixRows, "rows", isa::kMatrixRows, 0, 16, kUnsigned)              \
  X(Matrix, kKTiles, "k_tiles", isa::kMatrixKTiles, 0, 16, kUnsigned)             \
  X(Matrix, kNTiles, "n_tiles", isa::kMatrixNTiles, 0, 16, kUnsigned)             \
  X(Matrix, kMatrixOuter, "outer", isa::kMatrixOuter, 0, 16, kUnsigned)           \
  X(Matrix, kMatrixAAddr, "a_addr", isa::kMatrixAAddr, 0, 16, kAddressA)          \
  X(Matrix, kMatrixARow, "a_row", isa::kMatrixARowStride, 0, 16, kUnsigned)       \
  X(Matrix, kMatrixABlock, "a_block", isa::kMatrixABlockStride, 0, 16, kUnsigned) \
  X(Matrix, kMatrixAOuter, "a_outer", isa::kMatrixAOuterStride, 0, 16, kUnsigned) \
  X(Matrix, kWAddr, "w_addr", isa::kMatrixWAddr, 0, 16, kAddressW)                \
  X(Matrix, kWK, "w_k", isa::kMatrixWKStride, 0, 16, kUnsigned)                   \
  X(Matrix, kWN, "w_n", isa::kMatrixWNStride, 0, 16, kUnsigned)                   \
  X(Matrix, kWOuter, "w_outer", isa::kMatrixWOuterStride, 0, 16, kUnsigned)       \
  X(Matrix, kCAddr, "c_addr", isa::kMatrixCAddr, 0, 16, kAddressC)                \
  X(Matrix, kCOuter, "c_outer", isa::kMatrixCOuterStride, 0, 16, kUnsigned)       \
  X(Matrix, kMatrixSAddr, "s_addr", isa::kMatrixSAddr, 0, 16, kAddressS)          \
  X(Matrix, kMatrixSRow, "s_row", isa::kMatrixSRowStride, 0, 16, kUnsigned)       \
  X(Matrix, kMatrixSOuter, "s_outer", isa::kMatrixSOuterStride, 0, 16, kUnsigned) \
  X(Matrix, kMatrixDAddr, "d_addr", isa::kMatrixDAddr, 0, 16, kAddressV)          \
  X(Matrix, kMatrixDRow, "d_row", isa::kMatrixDRowStride, 0, 16, kUnsigned)       \
  X(Matrix, kMatrixDOuter, "d_outer", isa::kMatrixDOuterStride, 0, 16, kUnsigned) \
  X(Matrix, kAccAddr, "acc_addr", isa::kMatrixAccAddr, 0, 16, kAddressAcc)        \
  X(Matrix, kAccN, "acc_n", isa::kMatrixAccNStride, 0, 16, kUnsigned)             \
  X(Matrix, kGroup, "group", isa::kMatrixGroup, 0, 16, kUnsigned)                 \
  X(Vector, kRope, "rope", isa::kHalfFlags, 0, 1, kUnsigned)                      \
  X(Vector, kMask, "mask", isa::kHalfFlags, 1, 1, kUnsigned)                      \
  X(Vector, kPre, "pre", isa::kHalfFlags, 2, 2, kCombine)                         \
  X(Vector, kPost, "post", isa::kHalfFlags, 4, 2, kCombine)                       \
  X(Vector, kReduceF, "reduce_f", isa::kHalfFlags, 6, 1, kUnsigned)               \
  X(Vector, kReduceField, "reduce", isa::kHalfFlags, 7, 3, kReduce)               \
  X(Vector, kFunctionField, "function", isa::kHalfFlags, 10, 3, kFunction)        \
  X(Vector, kMaskStep, "mask_step", isa::kHalfFlags, 13, 1, kUnsigned)            \
  X(Vector, kMaskLimit, "mask_limit", isa::kVectorMaskLimit, 0, 16, kSigned)      \
  X(Vector, kPreMul, "pre_mul", isa::kVectorSelects, 0, 3, kSelect)               \
  X(Vector, kPreAdd, "pre_add", isa::kVectorSelects, 3, 3, kSelect)               \
  X(Vector, kPostMul, "post_mul", isa::kVectorSelects, 6, 3, kSelect)             \
  X(Vector, kPostAdd, "post_add", isa::kVectorSelects, 9, 3, kSelect)             \
  X(Vector, kASpace, "a_space", isa::kVectorSelects, 12, 2, kSpace)               \
  X(Vector, kUSpace, "u_space", isa::kVectorSelects, 14, 2, kSpace)               \
  X(Vector, kDestField, "dest", isa::kVectorDest, 0, 2, kDest)                    \
  X(Vector, kVectorAFormat, "a_format", isa::kVectorDest, 4, 4, kFormat)          \
  X(Vector, kVectorUFormat, "u_format", isa::kVectorDest, 8, 4, kFormat)          \
  X(Vector, kVectorDFormat, "d_format", isa::kVectorDest, 12, 4, kFormat)         \
  X(Vector, kColumns, "columns", isa::kVectorColumns, 0, 16, kUnsigned)           \
  X(Vector, kVectorRows, "rows", isa::kVectorRows, 0, 16, kUnsigned)              \
  X(Vector, kVectorOuter, "outer", isa::kVectorOuter, 0, 16, kUnsigned)           \
  X(Vector, kAAddr, "a_addr", isa::kVectorAAddr, 0, 16, kAddressStream)           \
  X(Vector, kARow, "a_row", isa::kVectorARowStride, 0, 16, kUnsigned)             \
  X(Vector, kAOuter, "a_outer", isa::kVectorAOuterStride, 0, 16, kUnsigned)       \
  X(Vector, kUAddr, "u_addr", isa::kVectorUAddr, 0, 16, kAddressStream)           \
  X(Vector, kURow, "u_row", isa::kVectorURowStride, 0, 16, kUnsigned)             \
  X(Vector, kUOuter, "u_outer", isa::kVectorUOuterStride, 0, 16, kUnsigned)       \
  X(Vector, kS0Addr, "s0_addr", isa::kVectorS0Addr, 0, 16, kAddressS)             \
  X(Vector, kS1Addr, "s1_addr", isa::kVectorS1Addr, 0, 16, kAddressS)             \
  X(Vector, kRedAddr, "red_addr", isa::kVectorRedAddr, 0, 16, kAddressS)          \
  X(Vector, kSRow, "s_row", isa::kVectorSRowStride, 0, 16, kUnsigned)             \
  X(Vector, kSOuter, "s_outer", isa::kVectorSOuterStride, 0, 16, kUnsigned)       \
  X(Vector, kDAddr, "d_addr", isa::kVectorDAddr, 0, 16, kAddressStream)           \
  X(Vector, kDRow, "d_row", isa::kVectorDRowStride, 0, 16, kUnsigned)             \
  X(Vector, kDOuter, "d_outer", isa::kVectorDOuterStride, 0, 16, kUnsigned)       \
  X(Vector, kDBlock, "d_block", isa::kVectorDBlockStride, 0, 16, kUnsigned)       \
  X(Vector, kImm0, "imm0", isa::kVectorImm0, 0, 32, kFloat)                       \
  X(Vector, kImm1, "imm1", isa::kVectorImm1, 0, 32, kFloat)

enum class Field : std::uint8_t {
#define HEDDLE_FIELD_ENUM(kind, id, name, half, shift, bits, type) id,
  HEDDLE_TILE_FIELDS(HEDDLE_FIELD_ENUM)
#undef HEDDLE_FIELD_ENUM
      kCount
};
constexpr int kFields = static_cast<int>(Field::kCount);

/// The instruction that a field belongs to; LOAD and STORE are both kDma.
enum class FieldOwner : std::uint8_t { kDma, kMatrix, kVector };

struct FieldInfo {
  FieldOwner owner;
  const char* name;
  int half, shift, bits;
  FieldType type;
  bool whole_half() const { return shift == 0 && bits >= 16; }  // can be patched
};

const FieldInfo& field_info(Field field);
FieldOwner field_owner(int opcode);
/// The field of that name of instructions with this opcode; kCount when there is none.
Field find_field(int opcode, const std::string& name);
/// The whole-half field that starts at `half`; kCount when there is none.
Field field_at_half(int opcode, int half);

/// The word for a value of an enumerated type ("abs_max"), or nullptr when the type has none or the value is
/// reserved.
const char* field_word(FieldType type, std::int64_t value);
/// The value of a word; -1 when it is none of that type.
std::int64_t field_value_of_word(FieldType type, const std::string& word);

/// Reads and writes a field's raw bits.
std::uint32_t get_field(const isa::TileInstruction& instruction, Field field);
void set_field(isa::TileInstruction& instruction, Field field, std::uint32_t bits);

/// One patch (10 bits): the field plus register s1-s15. Fields in their order make an instruction canonical.
std::uint32_t patch_bits(Field field, int reg);
/// At most isa::kPatches.
void set_patches(isa::TileInstruction& instruction, const std::map<Field, std::uint32_t>& patches);

/// "load", "matrix", "add", ...; nullptr for opcodes that do not execute. And back; -1 when unknown.
const char* opcode_name(int opcode);
int opcode_of_name(const std::string& name);

}  // namespace heddle::tiles
