// What the kernels of ONNX's operators share: registration, broadcasting, axes. Semantics are those of ONNX's
// operator reference (Operators.md and Changelog.md of the ONNX repository), in double where it says float.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

using Operators = std::vector<Operator>;
void add_elementwise(Operators* table);     // of one operand
void add_binary(Operators* table);          // of several operands, with broadcasting
void add_reductions(Operators* table);      // along axes
void add_rearrangements(Operators* table);  // that move elements
void add_indexing(Operators* table);        // whose indices are data
void add_shapes(Operators* table);          // about shapes, and constants
void add_normalisations(Operators* table);  // softmax and layer normalisation
void add_products(Operators* table);        // of matrices, and convolutions
void add_quantised(Operators* table);       // 8-bit
void add_einsum(Operators* table);

/// since: see Operator. One output unless said otherwise.
inline void add(Operators* table, const char* name, std::vector<int> since, Kernel kernel, std::size_t least,
                std::size_t most, std::size_t outputs = 1) {
  table->push_back({name, std::move(since), kernel, least, most, outputs, ""});
}

[[noreturn]] inline void refuse(const std::string& message) { throw std::runtime_error(message); }

/// A negative axis counts from the end; throws unless it is one of `rank` axes.
std::size_t axis_of(std::int64_t axis, std::int64_t rank);
/// The shape that both broadcast to; throws when they do not fit.
Shape broadcast(const Shape& a, const Shape& b);
/// Distance in elements between neighbours along each axis.
std::vector<std::int64_t> strides_of(const Shape& shape);
/// Product of extents [begin, end).
std::int64_t extent(const Shape& shape, std::size_t begin, std::size_t end);
void require_real(const Tensor& tensor);
void require_same_type(const Tensor& a, const Tensor& b);

/// Calls action(index in `from`) for each element of `to` in order; `from` must broadcast to `to`.
template <typename Action>
void for_each_broadcast(const Shape& from, const Shape& to, Action action) {
  const std::vector<std::int64_t> dense = strides_of(from);
  std::vector<std::int64_t> steps(to.size(), 0), counter(to.size(), 0);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] != 1) steps[to.size() - from.size() + i] = dense[i];
  }
  std::int64_t index = 0;
  for (std::int64_t left = element_count(to); left > 0; --left) {
    action(index);
    for (std::size_t axis = to.size(); axis-- > 0;) {
      index += steps[axis];
      if (++counter[axis] < to[axis]) break;
      index -= steps[axis] * to[axis];
      counter[axis] = 0;
    }
  }
}

/// Values of shape `from`, repeated to shape `to`.
template <typename T>
std::vector<T> spread(std::vector<T> values, const Shape& from, const Shape& to) {
  if (from == to) return values;
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(element_count(to)));
  for_each_broadcast(from, to,
                     [&](std::int64_t index) { out.push_back(values[static_cast<std::size_t>(index)]); });
  return out;
}

/// A tensor of `shape` whose element i is element source(i) of x; x of any type.
template <typename Source>
Tensor rearranged(const Tensor& x, Shape shape, Source source) {
  Tensor out(x.type(), std::move(shape));
  out.allocate();
  const std::size_t bytes = element_bytes(x.type());
  std::uint8_t* to = out.bytes().data();
  const std::uint8_t* const from = x.bytes().data();
  const std::int64_t count = out.count();
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* element = from + static_cast<std::size_t>(source(i)) * bytes;
    for (std::size_t b = 0; b < bytes; ++b) *to++ = element[b];
  }
  return out;
}

}  // namespace heddle::graph::onnx
