#include "compiler/tiles/quantize.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace heddle::tiles {

QuantizedMatrix quantize_rows(const graph::Matrix& weights, const std::string& tensor) {
  QuantizedMatrix out;
  out.rows = weights.rows;
  out.cols = weights.cols;
  out.values.assign(weights.data.size(), 0);
  out.scales.assign(static_cast<std::size_t>(weights.rows), 0.0f);
  for (std::int64_t r = 0; r < weights.rows; ++r) {
    const float* row = weights.row(r);
    float absmax = 0.0f;
    for (std::int64_t c = 0; c < weights.cols; ++c) {
      if (!std::isfinite(row[c])) {
        throw std::runtime_error(fmt::format("tensor \"{}\": element [{}, {}] is {}; weights must be finite",
                                             tensor, r, c, row[c]));
      }
      absmax = std::max(absmax, std::fabs(row[c]));
    }
    const float scale = absmax / 127.0f;
    if (scale < std::numeric_limits<float>::min()) continue;
    out.scales[static_cast<std::size_t>(r)] = scale;
    std::int8_t* values = out.values.data() + r * weights.cols;
    for (std::int64_t c = 0; c < weights.cols; ++c) {
      // In double, so that the quotient's own rounding does not make ties.
      const double quotient = std::nearbyint(static_cast<double>(row[c]) / static_cast<double>(scale));
      values[c] = static_cast<std::int8_t>(std::clamp(quotient, -127.0, 127.0));
    }
  }
  return out;
}

}  // namespace heddle::tiles
