// Rotary positions as products and sums, for programs that have no operation for them.
#pragma once
#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Replaces every Rope of a Linear: x cos + rotate_half(x) sin, where rotate_half(x) is a Linear of its own
/// whose rows are those of the first, exchanged and negated; cosines and sines are constants, since rows
/// stand at positions 0, 1, ... One more product, of the size of the first. A Rope of something else is left.
void turn_rotations(Model* model);

}  // namespace heddle::graph::onnx
