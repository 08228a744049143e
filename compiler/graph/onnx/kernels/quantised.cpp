// The quantised operators. Scales come from the graph; x = scale * (quantised - zero_point).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/graph/onnx/kernels/products.hpp"

namespace heddle::graph::onnx {

namespace {

bool is_byte(ElementType type) { return type == ElementType::kInt8 || type == ElementType::kUint8; }

std::int64_t saturated(double value, ElementType type) {
  const bool is_signed = type == ElementType::kInt8;
  return static_cast<std::int64_t>(
      std::clamp(std::nearbyint(value), is_signed ? -128.0 : 0.0, is_signed ? 127.0 : 255.0));
}

/// Scale or zero point as a shape that broadcasts to x: one number, or one for each index of the axis.
Shape along_axis(Call& call, const Tensor& parameter, const Tensor& x) {
  if (parameter.rank() == 0 || (parameter.rank() == 1 && parameter.count() == 1)) return {};
  const std::size_t axis = axis_of(call.integer("axis", 1), x.rank());
  if (parameter.rank() != 1 || parameter.shape()[0] != x.shape()[axis]) {
    refuse(fmt::format("{} does not fit axis {} of {}", parameter.type_text(), axis, x.type_text()));
  }
  if (call.version() < 13) refuse("a scale per axis needs opset 13");
  Shape shape(x.shape().size(), 1);
  shape[axis] = parameter.shape()[0];
  return shape;
}

void quantise(Call& call) {
  const Tensor &x = call.in(0), &scale = call.in(1);
  if (scale.type() != ElementType::kFloat) refuse("the scale must be float32");
  const ElementType type = call.has(2) ? call.in(2).type() : ElementType::kUint8;
  if (!is_byte(type)) refuse(fmt::format("a zero point of {} is not supported", element_name(type)));
  const Shape shape = along_axis(call, scale, x);
  if (call.has(2) && call.in(2).count() != scale.count()) refuse("scale and zero point differ in length");
  if (call.abstract()) return call.type(0, type, x.shape());
  const std::vector<double> values = x.reals(), scales = spread(scale.reals(), shape, x.shape());
  std::vector<double> zeros(values.size(), 0.0);
  if (call.has(2)) zeros = spread(call.in(2).reals(), shape, x.shape());
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto quotient = static_cast<float>(values[i]) / static_cast<float>(scales[i]);
    out.push_back(saturated(std::nearbyint(static_cast<double>(quotient)) + zeros[i], type));
  }
  call.give(0, Tensor::of_integers(type, x.shape(), out));
}

void dequantise(Call& call) {
  const Tensor &x = call.in(0), &scale = call.in(1);
  if (scale.type() != ElementType::kFloat) refuse("the scale must be float32");
  if (!is_byte(x.type()) && x.type() != ElementType::kInt32) refuse("works on int8, uint8 and int32");
  const Shape shape = along_axis(call, scale, x);
  if (call.has(2)) {
    require_same_type(x, call.in(2));
    if (call.in(2).count() != scale.count()) refuse("scale and zero point differ in length");
  }
  if (call.abstract()) return call.type(0, ElementType::kFloat, x.shape());
  std::vector<double> values = x.reals();
  const std::vector<double> scales = spread(scale.reals(), shape, x.shape());
  std::vector<double> zeros(values.size(), 0.0);
  if (call.has(2)) zeros = spread(call.in(2).reals(), shape, x.shape());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (values[i] - zeros[i]) * scales[i];
  call.give(0, Tensor::of_reals(ElementType::kFloat, x.shape(), values));
}

/// uint8 over the range of x and 0.
void quantise_dynamically(Call& call) {
  const Tensor& x = call.in(0);
  if (x.type() != ElementType::kFloat) refuse("works on float32");
  if (call.abstract()) {
    call.type(0, ElementType::kUint8, x.shape());
    call.type(1, ElementType::kFloat, {});
    return call.type(2, ElementType::kUint8, {});
  }
  const std::vector<float> values = x.floats();
  float least = 0, most = 0;
  for (const float value : values) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  const float scale = (most - least) / 255.0f;
  const std::int64_t zero =
      scale == 0 ? 0 : saturated(static_cast<double>(-least / scale), ElementType::kUint8);
  std::vector<std::int64_t> out;
  for (const float value : values) {
    const double steps = scale == 0 ? 0 : std::nearbyint(static_cast<double>(value / scale));
    out.push_back(saturated(steps + static_cast<double>(zero), ElementType::kUint8));
  }
  call.give(0, Tensor::of_integers(ElementType::kUint8, x.shape(), out));
  call.give(1, Tensor::of_reals(ElementType::kFloat, {}, {scale}));
  call.give(2, Tensor::of_integers(ElementType::kUint8, {}, {zero}));
}

/// x minus its zero point: one number, or one for each row (a) or column (b) of its matrices.
std::vector<std::int64_t> centred(Call& call, std::size_t operand, std::size_t zero_point, bool rows) {
  const Tensor& x = call.in(operand);
  std::vector<std::int64_t> values = x.integers();
  if (!call.has(zero_point)) return values;
  const Tensor& zero = call.in(zero_point);
  require_same_type(x, zero);
  Shape shape;
  if (zero.count() != 1) {
    const std::size_t rank = x.shape().size();
    const std::size_t axis = rank - (rows ? 2 : 1);
    if (rank < 2 || zero.rank() != 1 || zero.shape()[0] != x.shape()[axis]) {
      refuse(fmt::format("zero point {} does not fit {}", zero.type_text(), x.type_text()));
    }
    shape.assign(rank, 1);
    shape[axis] = zero.shape()[0];
  }
  const std::vector<std::int64_t> zeros = spread(zero.integers(), shape, x.shape());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= zeros[i];
  return values;
}

void matmul_integer(Call& call) {
  const Tensor &a = call.in(0), &b = call.in(1);
  if (!is_byte(a.type()) || !is_byte(b.type())) refuse("works on int8 and uint8");
  const ProductShape shape = product_shape(a.shape(), b.shape());
  if (call.abstract()) return call.type(0, ElementType::kInt32, shape.result);
  call.give(0, Tensor::of_integers(ElementType::kInt32, shape.result,
                                   multiply(shape, centred(call, 0, 2, true), centred(call, 1, 3, false))));
}

/// a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point
void quantised_matmul(Call& call) {
  const Tensor &a = call.in(0), &b = call.in(3), &zero = call.in(7);
  if (!is_byte(a.type()) || !is_byte(b.type()) || !is_byte(zero.type())) refuse("works on int8 and uint8");
  for (const std::size_t scale : {std::size_t{1}, std::size_t{4}, std::size_t{6}}) {
    if (call.in(scale).type() != ElementType::kFloat || call.in(scale).count() != 1) {
      refuse("scales must be one float32 each");
    }
  }
  if (zero.count() != 1) refuse("the result has one zero point");
  const ProductShape shape = product_shape(a.shape(), b.shape());
  if (call.abstract()) return call.type(0, zero.type(), shape.result);
  std::vector<std::int64_t> out = multiply(shape, centred(call, 0, 2, true), centred(call, 3, 5, false));
  const double scale = call.in(1).reals()[0] * call.in(4).reals()[0] / call.in(6).reals()[0];
  const double middle = zero.reals()[0];
  for (std::int64_t& value : out) {
    value = saturated(std::nearbyint(static_cast<double>(value) * scale) + middle, zero.type());
  }
  call.give(0, Tensor::of_integers(zero.type(), shape.result, out));
}

}  // namespace

void add_quantised(Operators* table) {
  add(table, "QuantizeLinear", {10, 13}, quantise, 2, 3);
  add(table, "DequantizeLinear", {10, 13}, dequantise, 2, 3);
  add(table, "DynamicQuantizeLinear", {11}, quantise_dynamically, 1, 1, 3);
  add(table, "MatMulInteger", {10}, matmul_integer, 2, 4);
  add(table, "QLinearMatMul", {10}, quantised_matmul, 8, 8);
}

}  // namespace heddle::graph::onnx
