// Operators of one operand.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

/// y = f(x) on floats.
template <typename Function>
void reals(Call& call, Function f) {
  const Tensor& x = call.in(0);
  require_real(x);
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  std::vector<double> values = x.reals();
  for (double& value : values) value = f(value);
  call.give(0, Tensor::of_reals(x.type(), x.shape(), values));
}

/// y = f(x) on numbers of any type.
template <typename Function>
void numbers(Call& call, Function f) {
  const Tensor& x = call.in(0);
  if (x.type() == ElementType::kBool) refuse("works on numbers, not on bool");
  if (is_real(x.type())) return reals(call, f);
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  std::vector<std::int64_t> values = x.integers();
  for (std::int64_t& value : values) value = f(value);
  call.give(0, Tensor::of_integers(x.type(), x.shape(), values));
}

/// y bool = f(x) on floats.
template <typename Function>
void predicate(Call& call, Function f) {
  const Tensor& x = call.in(0);
  require_real(x);
  if (call.abstract()) return call.type(0, ElementType::kBool, x.shape());
  std::vector<std::int64_t> out;
  for (const double value : x.reals()) out.push_back(f(value) ? 1 : 0);
  call.give(0, Tensor::of_integers(ElementType::kBool, x.shape(), out));
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

void abs(Call& call) {
  numbers(call, [&](auto x) {  // unsigned values above 2^63 read as negative ones
    return is_unsigned(call.in(0).type()) || x >= 0 ? x : static_cast<decltype(x)>(decltype(x){0} - x);
  });
}
void negate(Call& call) {
  numbers(call, [](auto x) {
    if constexpr (std::is_same_v<decltype(x), double>) return -x;
    return static_cast<decltype(x)>(-static_cast<std::uint64_t>(x));
  });
}
void sign(Call& call) {
  const bool positive = is_unsigned(call.in(0).type());
  numbers(call, [&](auto x) -> decltype(x) { return x == 0 ? x : (x > 0 || positive) ? 1 : x < 0 ? -1 : x; });
}
void relu(Call& call) {
  numbers(call, [](auto x) { return x < 0 ? decltype(x){0} : x; });
}
void invert(Call& call) {
  const Tensor& x = call.in(0);
  if (x.type() != ElementType::kBool) refuse(fmt::format("works on bool, not on {}", x.type_text()));
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  std::vector<std::int64_t> values = x.integers();
  for (std::int64_t& value : values) value = value == 0 ? 1 : 0;
  call.give(0, Tensor::of_integers(x.type(), x.shape(), values));
}

void elu(Call& call) {
  const double alpha = call.real("alpha", 1.0);
  reals(call, [=](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}
void celu(Call& call) {
  const double alpha = call.real("alpha", 1.0);
  reals(call, [=](double x) { return std::max(0.0, x) + std::min(0.0, alpha * std::expm1(x / alpha)); });
}
void selu(Call& call) {  // Klambauer et al. 2017; the constants are ONNX's defaults
  const double alpha = call.real("alpha", 1.67326319217681884765625);
  const double gamma = call.real("gamma", 1.05070102214813232421875);
  reals(call, [=](double x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}
void leaky_relu(Call& call) {
  const double alpha = call.real("alpha", 0.01f);
  reals(call, [=](double x) { return x < 0 ? alpha * x : x; });
}
void thresholded_relu(Call& call) {
  const double alpha = call.real("alpha", 1.0);
  reals(call, [=](double x) { return x > alpha ? x : 0.0; });
}
void hard_sigmoid(Call& call) {
  const double alpha = call.real("alpha", 0.2f), beta = call.real("beta", 0.5);
  reals(call, [=](double x) { return std::clamp(alpha * x + beta, 0.0, 1.0); });
}
void hard_swish(Call& call) {
  reals(call, [](double x) { return x * std::clamp(x / 6.0 + 0.5, 0.0, 1.0); });
}
void is_infinite(Call& call) {
  const bool negative = call.integer("detect_negative", 1) != 0,
             positive = call.integer("detect_positive", 1) != 0;
  predicate(call, [=](double x) { return std::isinf(x) && (x < 0 ? negative : positive); });
}

void clip(Call& call) {
  const Tensor& x = call.in(0);
  for (const std::size_t limit : {std::size_t{1}, std::size_t{2}}) {
    if (!call.has(limit)) continue;
    require_same_type(x, call.in(limit));
    if (call.in(limit).count() != 1) refuse("min and max must be scalars");
  }
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  const auto limited = [&](auto values, auto read) {
    if (call.has(1)) {
      for (auto& value : values) value = std::max(value, read(call.in(1))[0]);
    }
    if (call.has(2)) {
      for (auto& value : values) value = std::min(value, read(call.in(2))[0]);
    }
    return values;
  };
  if (is_real(x.type())) {
    call.give(0, Tensor::of_reals(x.type(), x.shape(),
                                  limited(x.reals(), [](const Tensor& t) { return t.reals(); })));
  } else {
    call.give(0, Tensor::of_integers(x.type(), x.shape(),
                                     limited(x.integers(), [](const Tensor& t) { return t.integers(); })));
  }
}

void cast_to(Call& call, ElementType to) {
  const Tensor& x = call.in(0);
  if (call.abstract()) return call.type(0, to, x.shape());
  if (x.type() == to) return call.give(0, x);
  if (is_real(x.type()) || (is_real(to) && x.type() == ElementType::kUint64)) {
    call.give(0, Tensor::of_reals(to, x.shape(), x.reals()));
  } else {
    call.give(0, Tensor::of_integers(to, x.shape(), x.integers()));
  }
}
void cast(Call& call) {
  const std::int64_t to = call.integer("to");
  cast_to(call, element_type(to < 0 || to > 16 ? 0 : static_cast<int>(to)));
}
void cast_like(Call& call) { cast_to(call, call.in(1).type()); }

void identity(Call& call) {
  if (call.abstract()) return call.type(0, call.in(0).type(), call.in(0).shape());
  call.give(0, call.in(0));
}

/// As in inference, where it does nothing.
void dropout(Call& call) {
  if (call.has(2)) {
    const Tensor& training = call.known(2);
    if (training.type() != ElementType::kBool || training.count() != 1)
      refuse("training_mode must be one bool");
    if (training.integers()[0] != 0) refuse("training mode is not supported");
  }
  const Tensor& x = call.in(0);
  call.type(1, ElementType::kBool, x.shape());
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  call.give(1, Tensor::of_integers(ElementType::kBool, x.shape(),
                                   std::vector<std::int64_t>(static_cast<std::size_t>(x.count()), 1)));
  call.give(0, x);
}

/// Registers y = f(x) on floats.
#define HEDDLE_REAL(name, since, expression)                                                                 \
  add(                                                                                                       \
      table, name, since, [](Call& call) { reals(call, [](double x) -> double { return expression; }); }, 1, \
      1)

}  // namespace

void add_elementwise(Operators* table) {
  using Since = std::vector<int>;
  HEDDLE_REAL("Ceil", (Since{6, 13}), std::ceil(x));
  HEDDLE_REAL("Floor", (Since{6, 13}), std::floor(x));
  HEDDLE_REAL("Round", (Since{11}), std::nearbyint(x));
  HEDDLE_REAL("Sqrt", (Since{6, 13}), std::sqrt(x));
  HEDDLE_REAL("Exp", (Since{6, 13}), std::exp(x));
  HEDDLE_REAL("Log", (Since{6, 13}), std::log(x));
  HEDDLE_REAL("Reciprocal", (Since{6, 13}), 1.0 / x);
  HEDDLE_REAL("Erf", (Since{9, 13}), std::erf(x));
  HEDDLE_REAL("Sigmoid", (Since{6, 13}), sigmoid(x));
  HEDDLE_REAL("Softplus", (Since{1}), softplus(x));
  HEDDLE_REAL("Softsign", (Since{1}), x / (1.0 + std::abs(x)));
  HEDDLE_REAL("Mish", (Since{18}), x * std::tanh(softplus(x)));
  HEDDLE_REAL("Sin", (Since{7}), std::sin(x));
  HEDDLE_REAL("Cos", (Since{7}), std::cos(x));
  HEDDLE_REAL("Tan", (Since{7}), std::tan(x));
  HEDDLE_REAL("Asin", (Since{7}), std::asin(x));
  HEDDLE_REAL("Acos", (Since{7}), std::acos(x));
  HEDDLE_REAL("Atan", (Since{7}), std::atan(x));
  HEDDLE_REAL("Sinh", (Since{9}), std::sinh(x));
  HEDDLE_REAL("Cosh", (Since{9}), std::cosh(x));
  HEDDLE_REAL("Tanh", (Since{6, 13}), std::tanh(x));
  HEDDLE_REAL("Asinh", (Since{9}), std::asinh(x));
  HEDDLE_REAL("Acosh", (Since{9}), std::acosh(x));
  HEDDLE_REAL("Atanh", (Since{9}), std::atanh(x));
  add(table, "Abs", {6, 13}, abs, 1, 1);
  add(table, "Neg", {6, 13}, negate, 1, 1);
  add(table, "Sign", {9, 13}, sign, 1, 1);
  add(table, "Relu", {6, 13, 14}, relu, 1, 1);
  add(table, "Not", {1}, invert, 1, 1);
  add(table, "Elu", {6}, elu, 1, 1);
  add(table, "Celu", {12}, celu, 1, 1);
  add(table, "Selu", {6}, selu, 1, 1);
  add(table, "LeakyRelu", {6, 16}, leaky_relu, 1, 1);
  add(table, "ThresholdedRelu", {10}, thresholded_relu, 1, 1);
  add(table, "HardSigmoid", {6}, hard_sigmoid, 1, 1);
  add(table, "HardSwish", {14}, hard_swish, 1, 1);
  add(table, "IsInf", {10}, is_infinite, 1, 1);
  add(
      table, "IsNaN", {9, 13}, [](Call& call) { predicate(call, [](double x) { return std::isnan(x); }); }, 1,
      1);
  add(table, "Clip", {11, 12, 13}, clip, 1, 3);
  add(table, "Cast", {9, 13}, cast, 1, 1);
  add(table, "CastLike", {15}, cast_like, 2, 2);
  add(table, "Identity", {1, 13, 14, 16}, identity, 1, 1);
  add(table, "Dropout", {7, 10, 12, 13}, dropout, 1, 3, 2);
}

#undef HEDDLE_REAL

}  // namespace heddle::graph::onnx
