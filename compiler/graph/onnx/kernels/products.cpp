// Products of matrices, and convolutions.
#include "compiler/graph/onnx/kernels/products.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace heddle::graph::onnx {

ProductShape product_shape(const Shape& a, const Shape& b) {
  if (a.empty() || b.empty()) refuse("a product of scalars");
  Shape left(a), right(b);
  if (a.size() == 1) left.insert(left.begin(), 1);
  if (b.size() == 1) right.push_back(1);
  ProductShape shape;
  shape.m = left[left.size() - 2];
  shape.k = left.back();
  shape.n = right.back();
  if (right[right.size() - 2] != shape.k) {
    refuse(fmt::format("shapes {} and {} do not multiply", shape_text(a), shape_text(b)));
  }
  shape.batch_a.assign(left.begin(), left.end() - 2);
  shape.batch_b.assign(right.begin(), right.end() - 2);
  shape.batch = broadcast(shape.batch_a, shape.batch_b);
  shape.result = shape.batch;
  if (a.size() > 1) shape.result.push_back(shape.m);
  if (b.size() > 1) shape.result.push_back(shape.n);
  element_count(shape.result);
  return shape;
}

namespace {

std::vector<std::uint64_t> wrapping(const Tensor& x) {
  const std::vector<std::int64_t> values = x.integers();
  return {values.begin(), values.end()};
}

void matmul(Call& call) {
  const Tensor &a = call.in(0), &b = call.in(1);
  require_same_type(a, b);
  const ProductShape shape = product_shape(a.shape(), b.shape());
  if (call.abstract()) return call.type(0, a.type(), shape.result);
  if (is_real(a.type())) {
    return call.give(0, Tensor::of_reals(a.type(), shape.result, multiply(shape, a.reals(), b.reals())));
  }
  const std::vector<std::uint64_t> out = multiply(shape, wrapping(a), wrapping(b));
  call.give(0, Tensor::of_integers(a.type(), shape.result, {out.begin(), out.end()}));
}

std::vector<double> matrix(const Tensor& x, bool transposed) {
  const std::vector<double> values = x.reals();
  if (!transposed) return values;
  const std::int64_t rows = x.shape()[0], columns = x.shape()[1];
  std::vector<double> out(values.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      out[static_cast<std::size_t>(j * rows + i)] = values[static_cast<std::size_t>(i * columns + j)];
    }
  }
  return out;
}

/// alpha a b + beta c
void gemm(Call& call) {
  const Tensor &a = call.in(0), &b = call.in(1);
  require_same_type(a, b);
  require_real(a);
  if (a.rank() != 2 || b.rank() != 2) refuse("works on matrices");
  const bool flip_a = call.integer("transA", 0) != 0, flip_b = call.integer("transB", 0) != 0;
  const auto flipped = [](const Shape& s, bool flip) { return flip ? Shape{s[1], s[0]} : s; };
  const ProductShape shape = product_shape(flipped(a.shape(), flip_a), flipped(b.shape(), flip_b));
  if (call.has(2) && broadcast(call.in(2).shape(), shape.result) != shape.result)
    refuse("C does not fit the product");
  if (call.abstract()) return call.type(0, a.type(), shape.result);
  const double alpha = call.real("alpha", 1.0), beta = call.real("beta", 1.0);
  std::vector<double> out = multiply(shape, matrix(a, flip_a), matrix(b, flip_b));
  for (double& value : out) value *= alpha;
  if (call.has(2)) {
    const std::vector<double> added = spread(call.in(2).reals(), call.in(2).shape(), shape.result);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += beta * added[i];
  }
  call.give(0, Tensor::of_reals(a.type(), shape.result, out));
}

/// The window of a convolution along each spatial axis.
struct Window {
  std::vector<std::int64_t> size, stride, dilation, before, result;
};

Window window_of(Call& call, const Shape& x, const Shape& weight) {
  const std::size_t axes = x.size() - 2;
  Window window;
  window.size.assign(weight.begin() + 2, weight.end());
  const auto list = [&](const char* name, std::int64_t fallback, std::size_t count) {
    std::vector<std::int64_t> values = call.integers(name);
    if (values.empty()) values.assign(count, fallback);
    if (values.size() != count) refuse(fmt::format("attribute \"{}\" must have {} numbers", name, count));
    for (const std::int64_t value : values) {
      if (value < (fallback == 0 ? 0 : 1) || value > kMostElements)
        refuse(fmt::format("attribute \"{}\" is out of range", name));
    }
    return values;
  };
  if (call.has_attribute("kernel_shape") && call.integers("kernel_shape") != window.size) {
    refuse("attribute \"kernel_shape\" differs from the weight's shape");
  }
  window.stride = list("strides", 1, axes);
  window.dilation = list("dilations", 1, axes);
  std::vector<std::int64_t> pads = list("pads", 0, 2 * axes);
  const std::string automatic = call.text("auto_pad", "NOTSET");
  for (std::size_t i = 0; i < axes; ++i) {
    if (window.size[i] < 1) refuse("the kernel has no elements");
    const std::int64_t covered = element_count({window.size[i] - 1, window.dilation[i]}) + 1;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t wanted = (x[i + 2] + window.stride[i] - 1) / window.stride[i];
      const std::int64_t all =
          std::max<std::int64_t>(0, (wanted - 1) * window.stride[i] + covered - x[i + 2]);
      pads[i] = automatic == "SAME_UPPER" ? all / 2 : all - all / 2;
      pads[i + axes] = all - pads[i];
    } else if (automatic != "NOTSET" && automatic != "VALID") {
      refuse("attribute \"auto_pad\" is " + automatic);
    }
    const std::int64_t room = x[i + 2] + pads[i] + pads[i + axes] - covered;
    if (room < 0) refuse("the kernel is larger than its input");
    window.before.push_back(pads[i]);
    window.result.push_back(room / window.stride[i] + 1);
  }
  return window;
}

void convolution(Call& call) {
  const Tensor &x = call.in(0), &weight = call.in(1);
  require_same_type(x, weight);
  require_real(x);
  if (x.rank() < 3 || weight.rank() != x.rank()) refuse("works on [N, C, spatial axes]");
  const std::int64_t groups = call.integer("group", 1), outputs = weight.shape()[0],
                     inputs = weight.shape()[1];
  if (groups < 1 || outputs % groups != 0 || element_count({inputs, groups}) != x.shape()[1]) {
    refuse(fmt::format("weight {} does not fit {} in {} groups", weight.type_text(), x.type_text(), groups));
  }
  if (call.has(2) && call.in(2).shape() != Shape{outputs})
    refuse("the bias must have an element for each output");
  const Window window = window_of(call, x.shape(), weight.shape());
  Shape shape{x.shape()[0], outputs};
  shape.insert(shape.end(), window.result.begin(), window.result.end());
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<double> values = x.reals(), weights = weight.reals();
  std::vector<double> bias(static_cast<std::size_t>(outputs), 0.0);
  if (call.has(2)) bias = call.in(2).reals();
  const Shape space(x.shape().begin() + 2, x.shape().end());
  const std::vector<std::int64_t> steps = strides_of(space), kernel_steps = strides_of(window.size),
                                  places = strides_of(window.result);
  const std::int64_t area = element_count(space), taps = element_count(window.size),
                     results = element_count(window.result);
  std::vector<double> out(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t place = 0; place < results; ++place) {
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      std::int64_t offset = 0;
      bool inside = true;
      for (std::size_t i = 0; i < space.size(); ++i) {
        const std::int64_t at = place / places[i] % window.result[i] * window.stride[i] - window.before[i] +
                                tap / kernel_steps[i] % window.size[i] * window.dilation[i];
        inside = inside && at >= 0 && at < space[i];
        offset += at * steps[i];
      }
      if (!inside) continue;
      for (std::int64_t item = 0; item < x.shape()[0]; ++item) {
        for (std::int64_t o = 0; o < outputs; ++o) {
          const std::int64_t first = item * x.shape()[1] + o / (outputs / groups) * inputs;
          double& sum = out[static_cast<std::size_t>((item * outputs + o) * results + place)];
          for (std::int64_t c = 0; c < inputs; ++c) {
            sum += values[static_cast<std::size_t>((first + c) * area + offset)] *
                   weights[static_cast<std::size_t>((o * inputs + c) * taps + tap)];
          }
        }
      }
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] += bias[i / static_cast<std::size_t>(results) % bias.size()];
  call.give(0, Tensor::of_reals(x.type(), shape, out));
}

}  // namespace

void add_products(Operators* table) {
  add(table, "MatMul", {1, 9, 13}, matmul, 2, 2);
  add(table, "Gemm", {7, 9, 11, 13}, gemm, 2, 3);
  add(table, "Conv", {1, 11}, convolution, 2, 3);
}

}  // namespace heddle::graph::onnx
