// The constants of a static program: weights quantised and laid out as the program reads them.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "compiler/tiles/static_lower.hpp"

namespace heddle::tiles {

/// Elements of a constant of the graph as floats, row-major.
using ConstantReader = std::function<std::vector<float>(const graph::Value& value)>;

/// Writes the read-only segment, which begins at `segment` of `memory`. Weights get a scale for each output
/// channel (quantize.hpp); biases, norms and constant rows stay FP32. Throws std::runtime_error naming the
/// constant that has another number of elements than its type, or that is not finite.
void pack_static(const StaticProgram& program, const ConstantReader& read, std::uint64_t segment,
                 std::vector<std::uint8_t>* memory);

}  // namespace heddle::tiles
