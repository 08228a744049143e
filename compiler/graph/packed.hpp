// Products of rows with matrices in a layout that compilers vectorise without reordering sums: eight output
// channels side by side. Every output is one sum over K in ascending order, in float, whatever the number of
// rows or threads, so that a token gives the same bits alone and within a prompt.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

namespace heddle::graph {

constexpr std::int64_t kPanel = 8;  // output channels side by side

/// weight [N, K] as panels of [K][kPanel], the last one filled up with zeros.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  /// `weight`: row-major [outputs, inputs].
  PackedMatrix(const float* weight, std::int64_t outputs, std::int64_t inputs);

  std::int64_t outputs() const { return outputs_; }
  std::int64_t inputs() const { return inputs_; }
  /// y [rows, outputs] = x [rows, inputs] weight^T + bias (if not null).
  void multiply(const float* x, std::int64_t rows, const float* bias, float* y, int threads) const;

 private:
  std::int64_t outputs_ = 0, inputs_ = 0;
  std::vector<float> panels_;
};

/// out[0 .. kPanel) = sum over k of x[k] * panel[k][0 .. kPanel).
void multiply_row(const float* x, std::int64_t inputs, const float* panel, float* out);

/// Calls body(begin, end) on pieces of [0, count), on up to `threads` threads, and waits for all.
void parallel_ranges(std::int64_t count, int threads,
                     const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace heddle::graph
