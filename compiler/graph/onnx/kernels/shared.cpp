#include <fmt/format.h>

#include <algorithm>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

std::size_t axis_of(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) refuse(fmt::format("axis {} of a tensor of {} dimensions", axis, rank));
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

Shape broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t in_a = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t in_b = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (in_a != in_b && in_a != 1 && in_b != 1) {
      refuse(fmt::format("shapes {} and {} do not broadcast", shape_text(a), shape_text(b)));
    }
    out[rank - 1 - i] = in_a == 1 ? in_b : in_a;
  }
  element_count(out);
  return out;
}

std::vector<std::int64_t> strides_of(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

std::int64_t extent(const Shape& shape, std::size_t begin, std::size_t end) {
  return element_count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(begin),
                             shape.begin() + static_cast<std::ptrdiff_t>(end)));
}

void require_real(const Tensor& tensor) {
  if (!is_real(tensor.type())) refuse(fmt::format("works on floats, not on {}", tensor.type_text()));
}

void require_same_type(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type()) {
    refuse(fmt::format("operands have different types, {} and {}", a.type_text(), b.type_text()));
  }
}

}  // namespace heddle::graph::onnx
