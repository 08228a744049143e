// A matrix product to measure: random operands, and what must come out of them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/tiles/gemm.hpp"
#include "isa/image.hpp"

namespace heddle::cli {

struct GemmCase {
  tiles::GemmShape shape;
  std::vector<std::int8_t> activations;          // [M][K]
  std::vector<std::int8_t> weights;              // [K][N]
  std::vector<float> row_scales, column_scales;  // [M], [N]
};

struct GemmResult {
  std::vector<std::int8_t> output;  // [M][N]
  std::vector<float> scales;        // [M]
};

/// Bytes from -127 to 127 and scales from 0.5 to 1.5 over 127, the same for a seed everywhere. From eight
/// rows on, one row is all zeros, since a row without a largest magnitude is a case of its own.
GemmCase random_gemm(const tiles::GemmShape& shape, std::uint64_t seed);

/// The product in plain C++ by the rules of isa/numerics.
GemmResult reference_gemm(const GemmCase& data);

/// Writes the operands into the image's constants.
void bind_gemm(const GemmCase& data, const tiles::GemmPlan& plan, isa::Image* image);

/// Reads the result from the arena of a run.
GemmResult read_gemm(const tiles::GemmShape& shape, const isa::Image& image,
                     const std::vector<std::uint8_t>& arena);

/// The first difference in words, with its row and column; empty when there is none.
std::string compare_gemm(const GemmResult& expected, const GemmResult& actual, std::int64_t n);

}  // namespace heddle::cli
