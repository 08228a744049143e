// A static graph with data, compiled, and its result against the float reference.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/emit/compile_static.hpp"
#include "compiler/graph/evaluate.hpp"

namespace heddle::cli {

/// Compiles the graph; the image's constants are the whole arena, inputs bound.
emit::StaticImage compile_case(const graph::Graph& graph, const isa::Config& config,
                               const graph::Tensors& data, const emit::MeasureImage& measure = {},
                               const tiles::StaticTiling* tiling = nullptr);

/// A binding of FP32 rows in the arena of a run, row-major.
std::vector<float> read_rows(const isa::Image& image, const std::vector<std::uint8_t>& arena,
                             const std::string& binding);

/// How near the FP32 rows of a value, in the arena of a run, are to those of the float reference.
struct Agreement {
  std::string value;
  double cosine = 0;
};

/// Every value of the graph that stands in device memory, in the order of computation; outputs come last.
/// Throws std::runtime_error when an element is not finite.
std::vector<Agreement> compare_case(const graph::Graph& graph, const graph::Tensors& data,
                                    const isa::Image& image, const std::vector<std::uint8_t>& arena);

}  // namespace heddle::cli
