// Batched products of matrices, shared by the float and the quantised operators.
#pragma once
#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

/// A product by numpy.matmul's rules: leading axes broadcast, one-dimensional operands gain an axis that the
/// result loses.
struct ProductShape {
  Shape batch, batch_a, batch_b, result;
  std::int64_t m = 0, k = 0, n = 0;
};
ProductShape product_shape(const Shape& a, const Shape& b);

/// result [batch, m, n] = a b, summed over k in order.
template <typename T>
std::vector<T> multiply(const ProductShape& shape, const std::vector<T>& a, const std::vector<T>& b) {
  std::vector<T> out(static_cast<std::size_t>(element_count(shape.result)), T{0});
  std::vector<std::int64_t> from_a, from_b;
  for_each_broadcast(shape.batch_a, shape.batch, [&](std::int64_t index) { from_a.push_back(index); });
  for_each_broadcast(shape.batch_b, shape.batch, [&](std::int64_t index) { from_b.push_back(index); });
  for (std::size_t item = 0; item < from_a.size(); ++item) {
    const T* left = a.data() + from_a[item] * shape.m * shape.k;
    const T* right = b.data() + from_b[item] * shape.k * shape.n;
    T* to = out.data() + static_cast<std::int64_t>(item) * shape.m * shape.n;
    for (std::int64_t row = 0; row < shape.m; ++row, to += shape.n) {
      for (std::int64_t k = 0; k < shape.k; ++k) {
        const T factor = left[row * shape.k + k];
        const T* line = right + k * shape.n;
        for (std::int64_t column = 0; column < shape.n; ++column) to[column] += factor * line[column];
      }
    }
  }
  return out;
}

}  // namespace heddle::graph::onnx
