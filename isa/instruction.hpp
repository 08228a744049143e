// Instructions. Fields are 16-bit halves of a little-endian image: h0 is bytes 0-1, h1 bytes 2-3, ...
//
// A scalar instruction is one quad (16 bytes, h0-h7) and executes in the scalar unit, in order.
// A tile instruction is four quads (64 bytes, h0-h31); the scalar unit patches it with registers and
// queues it for its unit, which executes its queue in order. The program counter counts quads from the
// first quad of the code.
//
// Order between units comes from 16 counting semaphores alone (8 bits, zero at START). A tile
// instruction waits until every semaphore of its wait mask is above zero, takes one from each, executes,
// and when its last byte is written adds one to each semaphore of its signal mask.
//
// What stops a run: a core field other than 0, an opcode that is reserved or unknown, a fetch at or past
// code_quads (pc = the target), a patch of halves 0-5 or a wide patch of an odd half, an argument number past
// 15, a LoadWord address that is not 4-byte aligned: kStatusIllegal. A program that is not 64-byte aligned is
// kStatusIllegal with pc 0; a record that is not is not written. A tile instruction whose later quads cannot
// be fetched fails with the pc of its first. Windows are checked per aligned 64 bytes for the program.
//
// Local addresses wrap at 16 bits (32 bits in LOAD and STORE); one that lies outside its memory when it is
// used stops the run with kStatusIllegal. An instruction with a count of zero does nothing but its tokens.
//
// Ports. Banks are consecutive equal parts of a memory. Two instructions of different units that no token
// orders must not use the same port, nor touch the same bytes if one of them writes:
//   A (2 banks), per bank: one read port (MATRIX, STORE, VECTOR's stream A), one write port (LOAD, VECTOR)
//   V (4 banks), per bank: one read port (VECTOR's streams, STORE), one write port (LOAD, MATRIX, VECTOR)
//   S (2 banks), per bank: one write port (LOAD, VECTOR); reads never collide
//   W, C: LOAD writes, MATRIX reads
#pragma once
#include <cstdint>

namespace heddle {
namespace isa {

constexpr int kQuadBytes = 16;
constexpr int kTileQuads = 4;
constexpr int kTileHalves = 32;
constexpr int kSemaphores = 16;
constexpr int kScalarRegisters = 32;  // s0 reads as zero
constexpr int kScalarBits = 48;       // two's complement; results wrap
constexpr int kArguments = 16;
constexpr int kPatches = 3;

enum Opcode : std::uint8_t {
  // Scalar unit. rd, ra, rb are registers; B is rb, or the immediate when kScalarImmediate is set.
  kOpHalt = 0x00,    // waits until every unit is idle, then the run is done
  kOpAdd = 0x01,     // rd = ra + B
  kOpSub = 0x02,     // rd = ra - B
  kOpMul = 0x03,     // rd = low 32 bits of ra * low 32 bits of B, both unsigned, full product
  kOpShl = 0x04,     // rd = ra << (B mod 64)
  kOpShr = 0x05,     // rd = ra >> (B mod 64), arithmetic
  kOpAnd = 0x06,     // rd = ra & B
  kOpMin = 0x07,     // rd = signed minimum
  kOpMax = 0x08,     // rd = signed maximum
  kOpArgument = 0x09,  // rd = argument register number `immediate` (0-15)
  kOpLoadWord = 0x0A,  // rd = zero-extended 32-bit word of memory at ra + immediate (4-byte aligned)
  kOpBranchEq = 0x0B,  // if ra == rb: pc = immediate (quads). Branches ignore kScalarImmediate.
  kOpBranchNe = 0x0C,
  kOpBranchLt = 0x0D,  // signed
  kOpBranchGe = 0x0E,
  kOpLoop = 0x0F,      // rd = rd - 1; if the difference != 0: pc = immediate (of s0 always: it stays 0)
  kOpWait = 0x10,      // waits for and takes one from each semaphore of h2
  kOpSignal = 0x11,    // adds one to each semaphore of h3: initial credits
  kOpFence = 0x12,     // waits until every queue is empty and every unit idle
  // Tile units.
  kOpLoad = 0x20,
  kOpStore = 0x21,
  kOpMatrix = 0x22,
  kOpVector = 0x23,
  // Reserved: refused today.
  kOpTopK = 0x30,
  kOpArgmax = 0x31,
};

/// Units that hold a queue, in the order in which they are searched for a hang's program counter.
enum Unit : int { kUnitLoad = 0, kUnitStore = 1, kUnitMatrix = 2, kUnitVector = 3, kUnits = 4 };

/// Element formats (4-bit fields). Only kFormatInt8 and kFormatFp32 execute today.
enum Format : int {
  kFormatInt8 = 0, kFormatFp32 = 1, kFormatInt4 = 2, kFormatFp8E4M3 = 3, kFormatFp8E5M2 = 4, kFormatBf16 = 5,
  kFormatInt32 = 6,  // results of MATRIX on a device without the float unit, and only there
};

// --- h0-h5 and h7 of every tile instruction -----------------------------------------------------
// h0  [7:0] opcode, [15:8] core (0 today)
// h1  tag: the graph operation that this instruction belongs to, for counters and traces
// h2  wait mask, h3 signal mask
// h4-h5  three patches of 10 bits, patch i at bits 10i: [4:0] half, [8:5] register s0-s15, [9] wide.
//        A patch with register 0 does nothing. half += register (16 bits, or 32 bits from an even half
//        when wide). Halves 0-5 may not be patched.
constexpr int kHalfOpcode = 0, kHalfTag = 1, kHalfWait = 2, kHalfSignal = 3, kHalfPatches = 4, kHalfFlags = 6;

// --- scalar quad --------------------------------------------------------------------------------
// h0 [7:0] opcode, [15:8] core; h1 [4:0] rd, [9:5] ra, [14:10] rb, [15] kScalarImmediate
// h2 wait mask (kOpWait), h3 signal mask (kOpSignal); h4-h7 signed 64-bit immediate (low 48 bits used)
constexpr int kHalfRegisters = 1, kHalfImmediate = 4;

// --- LOAD and STORE: `rows` rows of `row_bytes` bytes between memory and a buffer ------------------
// Memory row r starts at reg[base] + mem_offset + r * mem_stride, buffer row r at byte
// local_addr + r * local_stride. Bytes are not rotated: both starts of every row agree modulo bus_bytes.
// Checked in this order: reserved bits, buffer (kStatusIllegal, even when a count is zero); rows or row_bytes of
// zero does nothing; agreement modulo bus_bytes of the starts and, for rows > 1, of the strides
// (kStatusIllegal); then row by row the window (kStatusWindow) and the buffer's end (kStatusIllegal). Rows
// before the row at fault are transferred; an earlier row's bus error goes before a later row's. Everything between may be touched only where the mask of
// bytes says so: STORE uses byte strobes.
enum Buffer : int { kBufferA = 0, kBufferW = 1, kBufferC = 2, kBufferV = 3, kBufferS = 4, kBuffers = 5 };
// h6  [3:0] buffer, [8:4] base register. STORE reads A, V and S only; LOAD writes all.
constexpr int kDmaRows = 7;          // u16
constexpr int kDmaRowBytes = 8;      // u32 (h8-h9)
constexpr int kDmaMemOffset = 10;    // u32, zero-extended
constexpr int kDmaMemStride = 12;    // u32
constexpr int kDmaLocalAddr = 14;    // u32
constexpr int kDmaLocalStride = 16;  // u32
// h18-h31 zero

// --- MATRIX: D[o][m][n] = scale * sum over k of A[o][m][k] * W[o][k][n] ----------------------------
// for o < outer, for nt < n_tiles, for kt < k_tiles, for m < rows. Sums are INT32 (wrapping) in the
// accumulators at row acc_addr + nt * acc_n_stride + m. With FIRST the sum starts from zero, else from
// the accumulator. With LAST the sum of column n is converted,
//     y = (float(sum) * C[c_addr + o*c_outer_stride + nt][n]) * S[s_addr + o*s_outer_stride + m*s_row_stride]
// and written to V block d_addr + o*d_outer_stride + m*d_row_stride + nt; else the accumulator keeps it.
// Without the float unit y is the sum itself, INT32; C and S are not read.
// Without both FIRST and LAST, outer must be 1. After LAST what the accumulator row holds is undefined.
// Reserved flags, formats and groups are refused first, even when a count is zero. Accumulator rows are
// range-checked whether or not FIRST and LAST make them unnecessary; C, S and D are read with LAST only.
// A byte k of k-tile kt is byte (kt*rows_of_array + k) mod columns of A block
//     a_addr + o*a_outer_stride + m*a_row_stride + ((kt*rows_of_array) / columns) * a_block_stride.
// Weights: plain tile (kt, nt) is the w_tile_words words from
//     w_addr + o*w_outer_stride + kt*w_k_stride + nt*w_n_stride;
// word i holds array rows i*R .. i*R+R-1, each of `columns` bytes.
// TRANSPOSED (keys): tile (kt, nt) is columns/R words from
//     w_addr + o*w_outer_stride + ((kt*rows_of_array)/columns)*w_k_stride + nt*w_n_stride;
// word i holds R tokens of `columns` bytes: array columns i*R .. i*R+R-1; array row k reads byte
// (kt*rows_of_array + k) mod columns of its token.
enum MatrixFlag : int { kMatrixFirst = 1, kMatrixLast = 2, kMatrixTransposed = 4 };  // h6; others zero
// h7 formats: [3:0] A, [7:4] W, [11:8] D; all must be what executes: INT8, INT8, FP32
// (INT32 without the float unit).
constexpr int kMatrixFormats = 7;
constexpr int kMatrixRows = 8, kMatrixKTiles = 9, kMatrixNTiles = 10, kMatrixOuter = 11;  // any zero: does nothing
constexpr int kMatrixAAddr = 12, kMatrixARowStride = 13, kMatrixABlockStride = 14, kMatrixAOuterStride = 15;
constexpr int kMatrixWAddr = 16, kMatrixWKStride = 17, kMatrixWNStride = 18, kMatrixWOuterStride = 19;
constexpr int kMatrixCAddr = 20, kMatrixCOuterStride = 21;
constexpr int kMatrixSAddr = 22, kMatrixSRowStride = 23, kMatrixSOuterStride = 24;
constexpr int kMatrixDAddr = 25, kMatrixDRowStride = 26, kMatrixDOuterStride = 27;
constexpr int kMatrixAccAddr = 28, kMatrixAccNStride = 29;
constexpr int kMatrixGroup = 30;  // k-tiles that share a scale; 0: the whole row (the only one today)

// --- VECTOR: for o < outer, for r < rows, for every column c < columns_of_operand ---------------
//   x  = a                                   element, from the A stream
//   x1 = pre(x * m0, q0)                     pre_mul operand m0, pre_add operand q0
//   x1 = mask and c >= limit + step*r ? kMaskedScore : x1
//   f  = func(x1)
//   x2 = post(f * m1, q1)
//   reduction over the row of f or x2 -> S[red_addr + o*s_outer_stride + r*s_row_stride]
//   x2 -> destination
// A multiplier or adder whose operand is NONE is skipped, not fed with one or zero.
// pre and post: ADD t+q, SUB t-q, MAX, MIN.
// ROPE (lanes in pairs 2i, 2i+1; u = [cos, sin, cos, sin, ...]): x2 = f1 + f0 with
//   even lane: f0 = x[2i]*u[2i],   f1 = x[2i+1] * (-u[2i+1])
//   odd lane:  f0 = x[2i+1]*u[2i], f1 = x[2i]   *   u[2i+1]
//   and every select, mask, func must be NONE.
// Streams A and U read block addr + o*outer_stride + r*row_stride + c/columns of their space. A and U must
// be in different banks of V, and not both in S. Space CONST: x = imm0, nothing read.
// Row scalars s0, s1 are S[s0_addr + o*s_outer_stride + r*s_row_stride] and likewise s1.
// A row is processed in whole blocks of `columns` columns. Lanes past the last column do not take part in
// reductions; they are not written to V and S; to A they are written as zero, to the end of the block.
// Destination block: d_addr + o*d_outer_stride + r*d_row_stride + (c/columns)*d_block_stride.
// A destination may be the very blocks of stream A (in place) with block stride 1, no two rows of which share a
// block; else it must not overlap A or U. With destination S there is no reduction. A reduction must not
// overlap s0, s1 or a stream of S.
constexpr float kMaskedScore = -1.0e30f;  // finite, so that exp of a fully masked row is zero, not NaN

enum VectorSelect : int { kSelNone = 0, kSelU = 1, kSelS0 = 2, kSelS1 = 3, kSelImm0 = 4, kSelImm1 = 5 };
enum VectorCombine : int { kCombineAdd = 0, kCombineSub = 1, kCombineMax = 2, kCombineMin = 3 };
enum VectorFunction : int { kFuncNone = 0, kFuncExp = 1, kFuncReciprocal = 2, kFuncRsqrt = 3 };  // 4-7 reserved
enum VectorReduce : int { kReduceNone = 0, kReduceSum = 1, kReduceMax = 2, kReduceAbsMax = 3 };   // 4-7 reserved
enum VectorSpace : int { kSpaceV = 0, kSpaceS = 1, kSpaceA = 2, kSpaceConst = 3 };  // A: INT8 <-> FP32
enum VectorDest : int { kDestNone = 0, kDestV = 1, kDestA = 2, kDestS = 3 };
// h6  [0] ROPE, [1] MASK, [3:2] pre combine, [5:4] post combine, [6] reduce f instead of x2,
//     [9:7] reduce, [12:10] function, [13] mask step (0 or 1), [15:14] zero
// h7  mask limit, signed 16 bits
// h8  [2:0] pre_mul, [5:3] pre_add, [8:6] post_mul, [11:9] post_add, [13:12] space of A (any VectorSpace),
//     [15:14] space of U (V or S)
// h9  [1:0] destination, [7:4] format of A stream, [11:8] of U, [15:12] of destination (formats: zero means
//     the space's own, INT8 in A, FP32 elsewhere; others are refused today)
constexpr int kVectorMaskLimit = 7, kVectorSelects = 8, kVectorDest = 9;
constexpr int kVectorColumns = 10, kVectorRows = 11, kVectorOuter = 12;  // any zero: does nothing
constexpr int kVectorAAddr = 13, kVectorARowStride = 14, kVectorAOuterStride = 15;
constexpr int kVectorUAddr = 16, kVectorURowStride = 17, kVectorUOuterStride = 18;
constexpr int kVectorS0Addr = 19, kVectorS1Addr = 20, kVectorRedAddr = 21;
constexpr int kVectorSRowStride = 22, kVectorSOuterStride = 23;
constexpr int kVectorDAddr = 24, kVectorDRowStride = 25, kVectorDOuterStride = 26, kVectorDBlockStride = 27;
constexpr int kVectorImm0 = 28, kVectorImm1 = 30;  // FP32 (h28-h29, h30-h31)

/// A tile instruction as it lies in memory, and after patching.
struct TileInstruction {
  std::uint16_t half[kTileHalves];
};

/// A scalar instruction as it lies in memory.
struct ScalarInstruction {
  std::uint16_t half[8];
};

constexpr int kScalarImmediate = 0x8000;  // bit of h1

inline std::uint32_t get32(const std::uint16_t* half, int index) {
  return static_cast<std::uint32_t>(half[index]) | (static_cast<std::uint32_t>(half[index + 1]) << 16);
}

inline void set32(std::uint16_t* half, int index, std::uint32_t value) {
  half[index] = static_cast<std::uint16_t>(value);
  half[index + 1] = static_cast<std::uint16_t>(value >> 16);
}

constexpr bool is_tile_opcode(int opcode) { return opcode >= kOpLoad && opcode <= kOpVector; }
constexpr int unit_of(int opcode) { return opcode - kOpLoad; }

}  // namespace isa
}  // namespace heddle
