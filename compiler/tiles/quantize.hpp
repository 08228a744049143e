// Symmetric 8-bit quantisation of weights, one scale for each output channel.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/weights.hpp"

namespace heddle::tiles {

/// Row-major; row = output channel. The value of an element is values[r * cols + c] * scales[r].
struct QuantizedMatrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<std::int8_t> values;  // -127 .. 127
  std::vector<float> scales;        // one a row; 0 for a row of zeros
  const std::int8_t* row(std::int64_t r) const { return values.data() + r * cols; }
};

/// scale = absmax / 127; value = w / scale rounded half to even, clamped to [-127, 127]. A row whose scale
/// would be subnormal becomes zeros with scale 0, as the device flushes subnormals. Throws std::runtime_error
/// naming `tensor` and the element when a weight is not finite.
QuantizedMatrix quantize_rows(const graph::Matrix& weights, const std::string& tensor);

}  // namespace heddle::tiles
