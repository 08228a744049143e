#include "compiler/graph/packed.hpp"

#include <algorithm>
#include <thread>

namespace heddle::graph {

namespace {

constexpr std::int64_t kParallelWork =
    1 << 20;  // multiplications below which a thread costs more than it saves

/// `Rows` rows of x, each `inputs` long, times one panel.
template <int Rows>
void multiply_rows(const float* x, std::int64_t inputs, const float* panel, float (*out)[kPanel]) {
  float sums[Rows][kPanel] = {};
  for (std::int64_t k = 0; k < inputs; ++k) {
    for (int r = 0; r < Rows; ++r) {
      const float factor = x[r * inputs + k];
      for (int n = 0; n < kPanel; ++n) sums[r][n] += factor * panel[k * kPanel + n];
    }
  }
  for (int r = 0; r < Rows; ++r) {
    for (int n = 0; n < kPanel; ++n) out[r][n] = sums[r][n];
  }
}

}  // namespace

void multiply_row(const float* x, std::int64_t inputs, const float* panel, float* out) {
  multiply_rows<1>(x, inputs, panel, reinterpret_cast<float(*)[kPanel]>(out));
}

void parallel_ranges(std::int64_t count, int threads,
                     const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t pieces = std::clamp<std::int64_t>(threads, 1, std::max<std::int64_t>(count, 1));
  std::vector<std::thread> workers;
  for (std::int64_t piece = 1; piece < pieces; ++piece) {
    workers.emplace_back(body, count * piece / pieces, count * (piece + 1) / pieces);
  }
  body(0, count / pieces);
  for (std::thread& worker : workers) worker.join();
}

PackedMatrix::PackedMatrix(const float* weight, std::int64_t outputs, std::int64_t inputs)
    : outputs_(outputs), inputs_(inputs) {
  const std::int64_t panels = (outputs + kPanel - 1) / kPanel;
  panels_.assign(static_cast<std::size_t>(panels * inputs * kPanel), 0.0f);
  for (std::int64_t n = 0; n < outputs; ++n) {
    float* panel = panels_.data() + n / kPanel * inputs * kPanel + n % kPanel;
    for (std::int64_t k = 0; k < inputs; ++k) panel[k * kPanel] = weight[n * inputs + k];
  }
}

void PackedMatrix::multiply(const float* x, std::int64_t rows, const float* bias, float* y,
                            int threads) const {
  const auto panels = [&](std::int64_t begin, std::int64_t end) {
    float out[4][kPanel];
    for (std::int64_t p = begin; p < end; ++p) {
      const float* panel = panels_.data() + p * inputs_ * kPanel;
      const std::int64_t first = p * kPanel, width = std::min(kPanel, outputs_ - first);
      for (std::int64_t r = 0; r < rows;) {
        const std::int64_t count = rows - r >= 4 ? 4 : 1;
        if (count == 4) {
          multiply_rows<4>(x + r * inputs_, inputs_, panel, out);
        } else {
          multiply_rows<1>(x + r * inputs_, inputs_, panel, out);
        }
        for (std::int64_t i = 0; i < count; ++i) {
          for (std::int64_t n = 0; n < width; ++n) {
            y[(r + i) * outputs_ + first + n] = bias == nullptr ? out[i][n] : out[i][n] + bias[first + n];
          }
        }
        r += count;
      }
    }
  };
  const bool large = rows * outputs_ * inputs_ >= kParallelWork;
  parallel_ranges((outputs_ + kPanel - 1) / kPanel, large ? threads : 1, panels);
}

}  // namespace heddle::graph
