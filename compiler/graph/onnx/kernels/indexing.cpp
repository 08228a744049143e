// Operators whose indices are data.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

void require_indices(const Tensor& indices) {
  if (indices.type() != ElementType::kInt64 && indices.type() != ElementType::kInt32) {
    refuse("indices must be int32 or int64, are " + indices.type_text());
  }
}

/// Negative indices count from the end.
std::int64_t wrapped(std::int64_t index, std::int64_t length) {
  if (index < -length || index >= length)
    refuse(fmt::format("index {} is out of range of {} elements", index, length));
  return index < 0 ? index + length : index;
}

void gather(Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  require_indices(indices);
  const std::size_t axis = axis_of(call.integer("axis", 0), x.rank());
  Shape shape(x.shape().begin(), x.shape().begin() + static_cast<std::ptrdiff_t>(axis));
  shape.insert(shape.end(), indices.shape().begin(), indices.shape().end());
  shape.insert(shape.end(), x.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape().end());
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<std::int64_t> chosen = indices.integers();
  const std::int64_t outer = extent(x.shape(), 0, axis), length = x.shape()[axis];
  const std::int64_t run =
      extent(x.shape(), axis + 1, x.shape().size()) * static_cast<std::int64_t>(element_bytes(x.type()));
  Tensor out(x.type(), shape);
  out.allocate();
  auto to = out.bytes().begin();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t index : chosen) {
      to = std::copy_n(x.bytes().begin() + (o * length + wrapped(index, length)) * run, run, to);
    }
  }
  call.give(0, std::move(out));
}

/// For each element of `indices`, the element of a tensor of that shape that it points to along the axis.
std::vector<std::int64_t> pointed_at(const Tensor& indices, const Shape& shape, std::size_t axis) {
  const std::vector<std::int64_t> strides = strides_of(shape), chosen = indices.integers();
  const std::vector<std::int64_t> own = strides_of(indices.shape());
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    std::int64_t index = 0;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const std::int64_t at = static_cast<std::int64_t>(i) / own[k] % indices.shape()[k];
      index += strides[k] * (k == axis ? wrapped(chosen[i], shape[k]) : at);
    }
    out.push_back(index);
  }
  return out;
}

void require_inside(const Tensor& indices, const Tensor& x, std::size_t axis) {
  require_indices(indices);
  bool inside = indices.rank() == x.rank();
  for (std::size_t i = 0; inside && i < x.shape().size(); ++i) {
    inside = i == axis || indices.shape()[i] <= x.shape()[i];
  }
  if (!inside) refuse(fmt::format("indices {} do not fit {}", indices.type_text(), x.type_text()));
}

void gather_elements(Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  const std::size_t axis = axis_of(call.integer("axis", 0), x.rank());
  require_inside(indices, x, axis);
  if (call.abstract()) return call.type(0, x.type(), indices.shape());
  const std::vector<std::int64_t> sources = pointed_at(indices, x.shape(), axis);
  call.give(0, rearranged(x, indices.shape(),
                          [&](std::int64_t i) { return sources[static_cast<std::size_t>(i)]; }));
}

/// Puts update i at element targets[i] + 0 .. run of x, by the reduction that the node names.
void scatter(Call& call, const std::vector<std::int64_t>& targets, std::int64_t run, const Tensor& updates) {
  const Tensor& x = call.in(0);
  const std::string reduction = call.text("reduction", "none");
  const auto combine = [&](auto values, const auto& added) {
    using T = typename decltype(values)::value_type;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      for (std::int64_t r = 0; r < run; ++r) {
        T& value = values[static_cast<std::size_t>(targets[i] + r)];
        const T update = added[i * static_cast<std::size_t>(run) + static_cast<std::size_t>(r)];
        if (reduction == "none")
          value = update;
        else if (reduction == "add")
          value = value + update;
        else if (reduction == "mul")
          value = value * update;
        else if (reduction == "max")
          value = std::max(value, update);
        else
          value = std::min(value, update);
      }
    }
    return values;
  };
  if (is_real(x.type())) {
    call.give(0, Tensor::of_reals(x.type(), x.shape(), combine(x.reals(), updates.reals())));
  } else if (reduction == "none") {
    call.give(0, Tensor::of_integers(x.type(), x.shape(), combine(x.integers(), updates.integers())));
  } else {
    refuse("reductions are supported on floats only");
  }
}

void check_scatter(Call& call) {
  require_same_type(call.in(0), call.in(2));
  const std::string reduction = call.text("reduction", "none");
  const bool old =
      reduction == "none" || (call.version() >= 16 && (reduction == "add" || reduction == "mul"));
  if (!old && !(call.version() >= 18 && (reduction == "max" || reduction == "min"))) {
    refuse(fmt::format("reduction \"{}\" does not exist in this opset", reduction));
  }
}

void scatter_elements(Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1), &updates = call.in(2);
  const std::size_t axis = axis_of(call.integer("axis", 0), x.rank());
  check_scatter(call);
  require_inside(indices, x, axis);
  if (updates.shape() != indices.shape()) refuse("updates and indices have different shapes");
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  scatter(call, pointed_at(indices, x.shape(), axis), 1, updates);
}

/// Offsets of the slices that index tuples point to; `batch` leading axes are shared with the indices.
std::vector<std::int64_t> tuple_targets(const Tensor& indices, const Shape& shape, std::size_t batch) {
  const std::vector<std::int64_t> strides = strides_of(shape), chosen = indices.integers();
  const auto width = static_cast<std::size_t>(indices.shape().back());
  const std::int64_t in_batch = extent(indices.shape(), batch, indices.shape().size() - 1);
  const std::int64_t batch_stride = extent(shape, batch, shape.size());
  const std::int64_t tuples = extent(indices.shape(), 0, indices.shape().size() - 1);
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < tuples; ++i) {
    std::int64_t index = i / in_batch * batch_stride;
    for (std::size_t k = 0; k < width; ++k) {
      index +=
          strides[batch + k] * wrapped(chosen[static_cast<std::size_t>(i) * width + k], shape[batch + k]);
    }
    out.push_back(index);
  }
  return out;
}

void gather_tuples(Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1);
  if (indices.type() != ElementType::kInt64) refuse("indices must be int64");
  const std::int64_t batch = call.integer("batch_dims", 0);
  if (x.rank() < 1 || indices.rank() < 1 || batch < 0 || batch >= std::min(x.rank(), indices.rank()))
    refuse("ranks do not fit");
  const std::int64_t width = indices.shape().back();
  if (width < 1 || width > x.rank() - batch) refuse("index tuples are longer than the tensor has axes");
  const auto shared = static_cast<std::size_t>(batch);
  if (!std::equal(x.shape().begin(), x.shape().begin() + batch, indices.shape().begin()))
    refuse("batch axes differ");
  Shape shape(indices.shape().begin(), indices.shape().end() - 1);
  shape.insert(shape.end(), x.shape().begin() + batch + width, x.shape().end());
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::int64_t run = extent(x.shape(), shared + static_cast<std::size_t>(width), x.shape().size());
  const std::vector<std::int64_t> targets = tuple_targets(indices, x.shape(), shared);
  call.give(0, rearranged(x, shape, [&](std::int64_t i) {
              return targets[static_cast<std::size_t>(i / run)] + i % run;
            }));
}

void scatter_tuples(Call& call) {
  const Tensor &x = call.in(0), &indices = call.in(1), &updates = call.in(2);
  check_scatter(call);
  if (indices.type() != ElementType::kInt64) refuse("indices must be int64");
  if (x.rank() < 1 || indices.rank() < 1) refuse("ranks do not fit");
  const std::int64_t width = indices.shape().back();
  if (width < 1 || width > x.rank()) refuse("index tuples are longer than the tensor has axes");
  Shape shape(indices.shape().begin(), indices.shape().end() - 1);
  shape.insert(shape.end(), x.shape().begin() + width, x.shape().end());
  if (updates.shape() != shape) refuse("updates must be " + shape_text(shape));
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  const std::int64_t run = extent(x.shape(), static_cast<std::size_t>(width), x.shape().size());
  scatter(call, tuple_targets(indices, x.shape(), 0), run, updates);
}

void one_hot(Call& call) {
  const Tensor &indices = call.in(0), &values = call.in(2);
  const Tensor& depth = call.known(1);
  if (depth.count() != 1) refuse("the depth must be a scalar");
  const std::int64_t classes = depth.integers()[0];
  if (classes < 1 || classes > kMostElements) refuse(fmt::format("depth {} is out of range", classes));
  if (values.shape() != Shape{2}) refuse("values must have two elements");
  const std::size_t axis = axis_of(call.integer("axis", -1), indices.rank() + 1);
  Shape shape(indices.shape());
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), classes);
  if (call.abstract()) return call.type(0, values.type(), shape);
  const std::vector<double> chosen = indices.reals();
  const std::int64_t inner = extent(shape, axis + 1, shape.size());
  call.give(0, rearranged(values, shape, [&](std::int64_t i) -> std::int64_t {
              auto wanted = chosen[static_cast<std::size_t>(i / inner / classes * inner + i % inner)];
              if (wanted < 0) wanted += static_cast<double>(classes);
              return static_cast<double>(i / inner % classes) == wanted ? 1 : 0;
            }));
}

void non_zero(Call& call) {
  const Tensor& x = call.known(0);
  const std::vector<double> values = x.reals();
  const std::vector<std::int64_t> strides = strides_of(x.shape());
  std::vector<std::int64_t> found, out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) found.push_back(static_cast<std::int64_t>(i));
  }
  for (std::size_t axis = 0; axis < x.shape().size(); ++axis) {
    for (const std::int64_t i : found) out.push_back(i / strides[axis] % x.shape()[axis]);
  }
  call.give(
      0, Tensor::of_integers(ElementType::kInt64, {x.rank(), static_cast<std::int64_t>(found.size())}, out));
}

void top_k(Call& call) {
  const Tensor& x = call.in(0);
  const std::size_t axis = axis_of(call.integer("axis", -1), x.rank());
  const Tensor& wanted = call.known(1);
  if (wanted.count() != 1) refuse("k must be one number");
  const std::int64_t k = wanted.integers()[0], length = x.shape()[axis];
  if (k < 0 || k > length) refuse(fmt::format("k = {} of {} elements", k, length));
  const bool largest = call.integer("largest", 1) != 0;
  Shape shape(x.shape());
  shape[axis] = k;
  call.type(1, ElementType::kInt64, shape);
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<double> values = x.reals();
  const std::int64_t outer = extent(shape, 0, axis), inner = extent(shape, axis + 1, shape.size());
  std::vector<double> best(static_cast<std::size_t>(element_count(shape)));
  std::vector<std::int64_t> places(best.size()), order(static_cast<std::size_t>(length));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto at = [&](std::int64_t n) {
        return values[static_cast<std::size_t>((o * length + n) * inner + i)];
      };
      std::iota(order.begin(), order.end(), std::int64_t{0});
      std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
        return largest ? at(a) > at(b) : at(a) < at(b);
      });
      for (std::int64_t n = 0; n < k; ++n) {
        const auto to = static_cast<std::size_t>((o * k + n) * inner + i);
        best[to] = at(order[static_cast<std::size_t>(n)]);
        places[to] = order[static_cast<std::size_t>(n)];
      }
    }
  }
  call.give(0, Tensor::of_reals(x.type(), shape, best));
  call.give(1, Tensor::of_integers(ElementType::kInt64, shape, places));
}

}  // namespace

void add_indexing(Operators* table) {
  add(table, "Gather", {1, 11, 13}, gather, 2, 2);
  add(table, "GatherElements", {11, 13}, gather_elements, 2, 2);
  add(table, "GatherND", {11, 12, 13}, gather_tuples, 2, 2);
  add(table, "ScatterElements", {11, 13, 16, 18}, scatter_elements, 3, 3);
  add(table, "ScatterND", {11, 13, 16, 18}, scatter_tuples, 3, 3);
  add(table, "OneHot", {9, 11}, one_hot, 3, 3);
  add(table, "NonZero", {9, 13}, non_zero, 1, 1);
  add(table, "TopK", {10, 11}, top_k, 2, 2, 2);
}

}  // namespace heddle::graph::onnx
