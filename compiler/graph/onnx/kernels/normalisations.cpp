// Softmax and layer normalisation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

/// Before opset 13, all axes from `axis` on are one; since, it is that axis alone.
void softmax(Call& call, bool logarithm) {
  const Tensor& x = call.in(0);
  require_real(x);
  const bool flattened = call.version() < 13;
  const std::int64_t chosen = call.integer("axis", flattened ? 1 : -1);
  const std::size_t axis = axis_of(chosen, x.rank());
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  const std::int64_t outer = extent(x.shape(), 0, axis);
  const std::int64_t length = flattened ? extent(x.shape(), axis, x.shape().size()) : x.shape()[axis];
  const std::int64_t inner = flattened ? 1 : extent(x.shape(), axis + 1, x.shape().size());
  std::vector<double> values = x.reals();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto at = [&](std::int64_t k) -> double& {
        return values[static_cast<std::size_t>((o * length + k) * inner + i)];
      };
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t k = 0; k < length; ++k) most = std::max(most, at(k));
      for (std::int64_t k = 0; k < length; ++k) sum += std::exp(at(k) - most);
      for (std::int64_t k = 0; k < length; ++k) {
        at(k) = logarithm ? at(k) - most - std::log(sum) : std::exp(at(k) - most) / sum;
      }
    }
  }
  call.give(0, Tensor::of_reals(x.type(), x.shape(), values));
}

/// Over all axes from `axis` on, with scale and bias; Mean and InvStdDev on request.
void layer_normalisation(Call& call) {
  const Tensor& x = call.in(0);
  require_real(x);
  if (call.integer("stash_type", 1) != 1) refuse("stash_type must be float");
  const std::size_t axis = axis_of(call.integer("axis", -1), x.rank());
  Shape reduced(x.shape());
  std::fill(reduced.begin() + static_cast<std::ptrdiff_t>(axis), reduced.end(), 1);
  for (const std::size_t operand : {std::size_t{1}, std::size_t{2}}) {
    if (call.has(operand) && broadcast(call.in(operand).shape(), x.shape()) != x.shape()) {
      refuse("scale and bias must broadcast to the input's shape");
    }
  }
  call.type(1, ElementType::kFloat, reduced);
  call.type(2, ElementType::kFloat, reduced);
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  const double epsilon = call.real("epsilon", 1e-5f);
  const std::int64_t rows = extent(x.shape(), 0, axis), width = extent(x.shape(), axis, x.shape().size());
  std::vector<double> values = x.reals(), means, inverses;
  const std::vector<double> scale = spread(call.in(1).reals(), call.in(1).shape(), x.shape());
  std::vector<double> bias;
  if (call.has(2)) bias = spread(call.in(2).reals(), call.in(2).shape(), x.shape());
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto begin = static_cast<std::size_t>(row * width), end = begin + static_cast<std::size_t>(width);
    double mean = 0, variance = 0;
    for (std::size_t i = begin; i < end; ++i) mean += values[i] / static_cast<double>(width);
    for (std::size_t i = begin; i < end; ++i)
      variance += (values[i] - mean) * (values[i] - mean) / static_cast<double>(width);
    const double inverse = 1.0 / std::sqrt(variance + epsilon);
    for (std::size_t i = begin; i < end; ++i) {
      values[i] = (values[i] - mean) * inverse * scale[i] + (bias.empty() ? 0.0 : bias[i]);
    }
    means.push_back(mean);
    inverses.push_back(inverse);
  }
  call.give(0, Tensor::of_reals(x.type(), x.shape(), values));
  call.give(1, Tensor::of_reals(ElementType::kFloat, reduced, means));
  call.give(2, Tensor::of_reals(ElementType::kFloat, reduced, inverses));
}

}  // namespace

void add_normalisations(Operators* table) {
  add(
      table, "Softmax", {1, 11, 13}, [](Call& call) { softmax(call, false); }, 1, 1);
  add(
      table, "LogSoftmax", {1, 11, 13}, [](Call& call) { softmax(call, true); }, 1, 1);
  add(table, "LayerNormalization", {17}, layer_normalisation, 2, 3, 3);
}

}  // namespace heddle::graph::onnx
