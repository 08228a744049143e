// Operators of several operands, which broadcast to one shape.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

enum class Domain { kReal, kSigned, kUnsigned };
Domain domain_of(ElementType type) {
  return is_real(type) ? Domain::kReal : is_unsigned(type) ? Domain::kUnsigned : Domain::kSigned;
}

/// out[i] = f(a[i], b[i]) on doubles, int64 or uint64 by the operands' type; out holds what f gives.
template <typename Function>
void apply(Call& call, ElementType result, const Tensor& a, const Tensor& b, Function f) {
  const Shape shape = broadcast(a.shape(), b.shape());
  if (call.abstract()) return call.type(0, result, shape);
  const auto combined = [&](const auto& x, const auto& y, auto as) {
    using Operand = decltype(as);
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto value = f(static_cast<Operand>(x[i]), static_cast<Operand>(y[i]));
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
        reals.push_back(value);
      } else {
        integers.push_back(static_cast<std::int64_t>(value));
      }
    }
    call.give(0, integers.empty() && is_real(result) ? Tensor::of_reals(result, shape, reals)
                                                     : Tensor::of_integers(result, shape, integers));
  };
  if (domain_of(a.type()) == Domain::kReal) {
    return combined(spread(a.reals(), a.shape(), shape), spread(b.reals(), b.shape(), shape), double{});
  }
  const auto x = spread(a.integers(), a.shape(), shape), y = spread(b.integers(), b.shape(), shape);
  if (domain_of(a.type()) == Domain::kSigned) return combined(x, y, std::int64_t{});
  combined(x, y, std::uint64_t{});
}

template <typename Function>
void arithmetic(Call& call, Function f) {
  const Tensor &a = call.in(0), &b = call.in(1);
  require_same_type(a, b);
  if (a.type() == ElementType::kBool) refuse("works on numbers, not on bool");
  apply(call, a.type(), a, b, f);
}

template <typename Function>
void comparison(Call& call, Function f) {
  require_same_type(call.in(0), call.in(1));
  apply(call, ElementType::kBool, call.in(0), call.in(1),
        [&](auto a, auto b) -> std::int64_t { return f(a, b); });
}

template <typename Function>
void logic(Call& call, Function f) {
  if (call.in(0).type() != ElementType::kBool || call.in(1).type() != ElementType::kBool) {
    refuse(fmt::format("works on bool, not on {} and {}", call.in(0).type_text(), call.in(1).type_text()));
  }
  comparison(call, f);
}

template <typename T>
constexpr bool kIsReal = std::is_same_v<T, double>;

/// Wraps as two's complement does, without C++'s undefined overflow.
template <typename T>
T wrapped(std::uint64_t value) {
  return static_cast<T>(value);
}

void plus(Call& call) {
  arithmetic(call, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (kIsReal<T>)
      return a + b;
    else
      return wrapped<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  });
}
void minus(Call& call) {
  arithmetic(call, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (kIsReal<T>)
      return a - b;
    else
      return wrapped<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  });
}
void times(Call& call) {
  arithmetic(call, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (kIsReal<T>)
      return a * b;
    else
      return wrapped<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  });
}
template <typename T>
T quotient(T a, T b) {
  if constexpr (kIsReal<T>) {
    return a / b;
  } else {
    if (b == 0) refuse("division of integers by zero");
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return wrapped<T>(-static_cast<std::uint64_t>(a));
    }
    return a / b;
  }
}
void divide(Call& call) {
  arithmetic(call, [](auto a, auto b) { return quotient(a, b); });
}

/// fmod = 0: the result has the divisor's sign; fmod = 1: the dividend's, as C has it.
void modulo(Call& call) {
  const bool as_c = call.integer("fmod", 0) != 0;
  if (!as_c && is_real(call.in(0).type())) refuse("fmod must be 1 for floats");
  arithmetic(call, [as_c](auto a, auto b) {
    using T = decltype(a);
    if constexpr (kIsReal<T>) {
      return std::fmod(a, b);
    } else {
      const T rest = wrapped<T>(static_cast<std::uint64_t>(a) -
                                static_cast<std::uint64_t>(quotient(a, b)) * static_cast<std::uint64_t>(b));
      return !as_c && rest != 0 && (rest < 0) != (b < 0) ? wrapped<T>(static_cast<std::uint64_t>(rest) + b)
                                                         : rest;
    }
  });
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  std::uint64_t out = 1;
  for (auto factor = static_cast<std::uint64_t>(base); exponent != 0; exponent >>= 1, factor *= factor) {
    if ((exponent & 1) != 0) out *= factor;
  }
  return static_cast<std::int64_t>(out);
}

/// The result has the type of the base; the exponent may have another one.
void power(Call& call) {
  const Tensor &a = call.in(0), &b = call.in(1);
  const Shape shape = broadcast(a.shape(), b.shape());
  if (call.abstract()) return call.type(0, a.type(), shape);
  if (!is_real(a.type()) && !is_real(b.type())) {
    auto x = spread(a.integers(), a.shape(), shape);
    const auto y = spread(b.integers(), b.shape(), shape);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = integer_power(x[i], y[i]);
    return call.give(0, Tensor::of_integers(a.type(), shape, x));
  }
  auto x = spread(a.reals(), a.shape(), shape);
  const auto y = spread(b.reals(), b.shape(), shape);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::pow(x[i], y[i]);
  call.give(0, Tensor::of_reals(a.type(), shape, x));
}

void shift(Call& call) {
  const std::string direction = call.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT") refuse("attribute \"direction\" must be LEFT or RIGHT");
  if (!is_unsigned(call.in(0).type())) refuse("works on unsigned integers");
  const bool left = direction == "LEFT";
  arithmetic(call, [left](auto a, auto b) {
    const auto bits = static_cast<std::uint64_t>(a), by = static_cast<std::uint64_t>(b);
    return static_cast<decltype(a)>(by > 63 ? 0 : left ? bits << by : bits >> by);
  });
}

/// Any number of operands, two at a time.
template <typename Function>
void variadic(Call& call, Function f) {
  Tensor sum = call.in(0);
  bool abstract = call.abstract();
  for (std::size_t i = 1; i < call.inputs(); ++i) {
    Node step;
    step.outputs = {0};
    Call pair(step, {&sum, &call.in(i)});
    if (abstract) {
      require_same_type(sum, call.in(i));
      sum = Tensor(sum.type(), broadcast(sum.shape(), call.in(i).shape()));
    } else {
      arithmetic(pair, f);
      sum = std::move(pair.outputs()[0]);
    }
  }
  if (abstract) return call.type(0, sum.type(), sum.shape());
  call.give(0, std::move(sum));
}

void maximum(Call& call) {
  variadic(call, [](auto a, auto b) {
    if constexpr (kIsReal<decltype(a)>) {
      if (std::isnan(a) || std::isnan(b)) return a + b;
    }
    return std::max(a, b);
  });
}
void minimum(Call& call) {
  variadic(call, [](auto a, auto b) {
    if constexpr (kIsReal<decltype(a)>) {
      if (std::isnan(a) || std::isnan(b)) return a + b;
    }
    return std::min(a, b);
  });
}
void total(Call& call) {
  require_real(call.in(0));
  variadic(call, [](auto a, auto b) { return a + b; });
}
void mean(Call& call) {
  total(call);
  if (call.abstract()) return;
  const Tensor sum = call.outputs()[0];
  std::vector<double> values = sum.reals();
  for (double& value : values) value /= static_cast<double>(call.inputs());
  call.give(0, Tensor::of_reals(sum.type(), sum.shape(), values));
}

void prelu(Call& call) {
  if (broadcast(call.in(0).shape(), call.in(1).shape()) != call.in(0).shape()) {
    refuse("the slope must broadcast to the input's shape");
  }
  arithmetic(call, [](auto x, auto slope) { return x < 0 ? static_cast<decltype(x)>(x * slope) : x; });
}

void where(Call& call) {
  const Tensor &condition = call.in(0), &a = call.in(1), &b = call.in(2);
  if (condition.type() != ElementType::kBool)
    refuse("the condition must be bool, is " + condition.type_text());
  require_same_type(a, b);
  const Shape shape = broadcast(condition.shape(), broadcast(a.shape(), b.shape()));
  if (call.abstract()) return call.type(0, a.type(), shape);
  const auto chosen = spread(condition.integers(), condition.shape(), shape);
  std::vector<std::int64_t> from_a, from_b;
  for_each_broadcast(a.shape(), shape, [&](std::int64_t index) { from_a.push_back(index); });
  for_each_broadcast(b.shape(), shape, [&](std::int64_t index) { from_b.push_back(index); });
  Tensor out(a.type(), shape);
  out.allocate();
  const auto width = static_cast<std::ptrdiff_t>(element_bytes(a.type()));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& bytes = chosen[i] != 0 ? a.bytes() : b.bytes();
    const std::int64_t from = chosen[i] != 0 ? from_a[i] : from_b[i];
    std::copy_n(bytes.begin() + from * width, width,
                out.bytes().begin() + static_cast<std::ptrdiff_t>(i) * width);
  }
  call.give(0, std::move(out));
}

}  // namespace

void add_binary(Operators* table) {
  add(table, "Add", {7, 13, 14}, plus, 2, 2);
  add(table, "Sub", {7, 13, 14}, minus, 2, 2);
  add(table, "Mul", {7, 13, 14}, times, 2, 2);
  add(table, "Div", {7, 13, 14}, divide, 2, 2);
  add(table, "Mod", {10, 13}, modulo, 2, 2);
  add(table, "Pow", {7, 12, 13, 15}, power, 2, 2);
  add(table, "BitShift", {11}, shift, 2, 2);
  add(table, "PRelu", {7, 9, 16}, prelu, 2, 2);
  add(table, "Max", {8, 12, 13}, maximum, 1, kMany);
  add(table, "Min", {8, 12, 13}, minimum, 1, kMany);
  add(table, "Sum", {8, 13}, total, 1, kMany);
  add(table, "Mean", {8, 13}, mean, 1, kMany);
  add(table, "Where", {9, 16}, where, 3, 3);
  const auto compare = [&](const char* name, std::vector<int> since, Kernel kernel) {
    add(table, name, std::move(since), kernel, 2, 2);
  };
  compare("Equal", {7, 11, 13}, [](Call& call) { comparison(call, [](auto a, auto b) { return a == b; }); });
  compare("Greater", {7, 9, 13}, [](Call& call) { comparison(call, [](auto a, auto b) { return a > b; }); });
  compare("Less", {7, 9, 13}, [](Call& call) { comparison(call, [](auto a, auto b) { return a < b; }); });
  compare("GreaterOrEqual", {12, 16},
          [](Call& call) { comparison(call, [](auto a, auto b) { return a >= b; }); });
  compare("LessOrEqual", {12, 16},
          [](Call& call) { comparison(call, [](auto a, auto b) { return a <= b; }); });
  compare("And", {7}, [](Call& call) { logic(call, [](auto a, auto b) { return a != 0 && b != 0; }); });
  compare("Or", {7}, [](Call& call) { logic(call, [](auto a, auto b) { return a != 0 || b != 0; }); });
  compare("Xor", {7}, [](Call& call) { logic(call, [](auto a, auto b) { return (a != 0) != (b != 0); }); });
}

}  // namespace heddle::graph::onnx
