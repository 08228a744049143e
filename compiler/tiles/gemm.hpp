// A matrix product of its own: D = quantise(A * W). Rows of 8-bit activations with a scale each, 8-bit
// weights with a scale for each column; the result is 8-bit with a scale for each row, computed on the
// device.
//
//   y[m][n] = float(sum over k of A[m][k] * W[k][n]) * column_scale[n] * row_scale[m]
//   output_scale[m] = max over n of |y[m][n]|;  output[m][n] = int8(y[m][n] * (127 / output_scale[m]))
//
// As everywhere in this compiler the scale of a row is its largest magnitude, and its bytes are multiples of
// a 127th of it: whoever reads the output multiplies by output_scale / 127.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/tiles/program.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

struct GemmShape {
  std::int64_t m = 0, n = 0, k = 0;
};

/// How the operands lie in memory. Bytes unless named otherwise; what is beyond M, N, K is zero.
struct GemmLayout {
  int k_tiles = 0, n_tiles = 0;  // tiles of rows x columns of the array
  std::uint64_t a_row = 0;       // from row to row of the activations
  std::uint64_t w_column = 0;    // from a column of tiles to the next; within it tile kt begins at kt tiles
  std::uint64_t d_row = 0;       // from row to row of the output
};

/// The choices of a tiling.
struct GemmTiling {
  std::vector<int> chunks;  // rows of A taken together, in turn
  int v_sets = 2;           // chunks whose results stand in V at a time
  int group = 1;            // columns of tiles that are loaded together
  int slice = 1;            // k-tiles loaded together; all of them, or as many as fit W
  int slots = 2;            // groups in W at a time
  bool resident = false;    // all weights stay in W: loaded once, slots do not count
  int first_slice = 1;      // k-tiles of the very first piece of work
  int tail_tiles = 0;       // columns of tiles that the last piece of work of MATRIX takes; 0: the group
  int quantise_rows = 1;    // rows of the last chunk that are quantised, then stored, at a time
};

struct GemmCandidate {
  GemmTiling tiling;
  std::int64_t cycles = 0;  // predicted
  std::string text() const;
};

struct GemmPlan {
  isa::Config config;
  GemmShape shape;
  GemmLayout layout;
  GemmTiling tiling;
  std::int64_t predicted_cycles = 0;
  std::vector<GemmCandidate> tried;  // in the order of the search
};

/// Names of the segments, and of the bindings of a compiled product.
constexpr const char* kGemmProgram = "gemm";
constexpr const char* kGemmActivations = "activations";     // i8 [M, K]
constexpr const char* kGemmRowScales = "row_scales";        // f32 [M]
constexpr const char* kGemmWeights = "weights";             // packed tiles, pack_gemm_weights
constexpr const char* kGemmColumnScales = "column_scales";  // f32 [N]
constexpr const char* kGemmOutput = "output";               // i8 [M, N]
constexpr const char* kGemmOutputScales = "output_scales";  // f32 [M]

/// Searches the tilings with a model of the units' cycles. Throws std::runtime_error naming what is too big
/// for which memory, and when an extent is not positive.
GemmPlan plan_gemm(const GemmShape& shape, const isa::Config& config);

/// The tile program, verified.
Module lower_gemm(const GemmPlan& plan);

/// Weights, row-major [K][N], as the program reads them.
std::vector<std::uint8_t> pack_gemm_weights(const GemmPlan& plan, const std::vector<std::int8_t>& weights);

}  // namespace heddle::tiles
