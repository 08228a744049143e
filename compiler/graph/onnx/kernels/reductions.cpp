// Operators that reduce along axes, and running sums.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

/// Which axes go: an attribute, or an input since `input_since`.
std::vector<bool> reduced_axes(Call& call, int input_since) {
  const Tensor& x = call.in(0);
  std::vector<std::int64_t> axes = call.integers("axes");
  if (call.has(1)) {
    if (call.version() < input_since) refuse("axes are an attribute in this opset");
    const Tensor& list = call.known(1);
    if (list.type() != ElementType::kInt64 || list.rank() != 1) refuse("axes must be int64[n]");
    axes = list.integers();
  }
  std::vector<bool> reduced(x.shape().size(), false);
  if (axes.empty()) {
    const bool none = call.version() >= input_since && call.integer("noop_with_empty_axes", 0) != 0;
    reduced.assign(reduced.size(), !none);
  }
  for (const std::int64_t axis : axes) reduced[axis_of(axis, x.rank())] = true;
  return reduced;
}

/// One accumulator for each output, folded over the inputs in order, then finished.
template <typename Accumulate, typename Finish>
void reduce(Call& call, int input_since, double start, Accumulate accumulate, Finish finish) {
  const Tensor& x = call.in(0);
  const std::vector<bool> reduced = reduced_axes(call, input_since);
  const bool keep = call.integer("keepdims", 1) != 0;
  Shape kept(x.shape()), shape;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (reduced[i]) {
      count *= kept[i];
      kept[i] = 1;
      if (!keep) continue;
    }
    shape.push_back(kept[i]);
  }
  if (call.abstract()) return call.type(0, x.type(), shape);
  std::vector<double> out(static_cast<std::size_t>(element_count(shape)), start);
  const std::vector<double> values = x.reals();
  std::size_t next = 0;
  for_each_broadcast(kept, x.shape(), [&](std::int64_t index) {
    double& sum = out[static_cast<std::size_t>(index)];
    sum = accumulate(sum, values[next++]);
  });
  for (double& value : out) value = finish(value, count);
  call.give(0, Tensor::of_reals(x.type(), shape, out));
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
double plain(double value, std::int64_t /*count*/) { return value; }
double sum(double a, double b) { return a + b; }

void reduce_sum(Call& call) { reduce(call, 13, 0, sum, plain); }
void reduce_mean(Call& call) {
  reduce(call, 18, 0, sum,
         [](double value, std::int64_t count) { return value / static_cast<double>(count); });
}
void reduce_max(Call& call) {
  reduce(
      call, 18, -kInfinity, [](double a, double b) { return std::max(a, b); }, plain);
}
void reduce_min(Call& call) {
  reduce(
      call, 18, kInfinity, [](double a, double b) { return std::min(a, b); }, plain);
}
void reduce_product(Call& call) {
  reduce(
      call, 18, 1, [](double a, double b) { return a * b; }, plain);
}
void reduce_l1(Call& call) {
  reduce(
      call, 18, 0, [](double a, double b) { return a + std::abs(b); }, plain);
}
void reduce_l2(Call& call) {
  reduce(
      call, 18, 0, [](double a, double b) { return a + b * b; },
      [](double value, std::int64_t) { return std::sqrt(value); });
}
void reduce_square(Call& call) {
  reduce(
      call, 18, 0, [](double a, double b) { return a + b * b; }, plain);
}
void reduce_log(Call& call) {
  reduce(call, 18, 0, sum, [](double value, std::int64_t) { return std::log(value); });
}
void reduce_log_exp(Call& call) {
  reduce(
      call, 18, -kInfinity,
      [](double a, double b) {  // log(exp(a) + exp(b)) without overflow
        const double most = std::max(a, b);
        return std::isinf(most) ? most : most + std::log(std::exp(a - most) + std::exp(b - most));
      },
      plain);
}

template <typename Better>
void arg(Call& call, Better better) {
  const Tensor& x = call.in(0);
  const std::size_t axis = axis_of(call.integer("axis", 0), x.rank());
  const bool last = call.integer("select_last_index", 0) != 0;
  Shape shape(x.shape());
  const std::int64_t outer = extent(shape, 0, axis), length = shape[axis],
                     inner = extent(shape, axis + 1, shape.size());
  if (length == 0) refuse("the axis has no elements");
  if (call.integer("keepdims", 1) != 0) {
    shape[axis] = 1;
  } else {
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  }
  if (call.abstract()) return call.type(0, ElementType::kInt64, shape);
  const std::vector<double> values = x.reals();
  std::vector<std::int64_t> out;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      const auto at = [&](std::int64_t k) {
        return values[static_cast<std::size_t>((o * length + k) * inner + i)];
      };
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < length; ++k) {
        if (better(at(k), at(best)) || (last && at(k) == at(best))) best = k;
      }
      out.push_back(best);
    }
  }
  call.give(0, Tensor::of_integers(ElementType::kInt64, shape, out));
}
void arg_max(Call& call) {
  arg(call, [](double a, double b) { return a > b; });
}
void arg_min(Call& call) {
  arg(call, [](double a, double b) { return a < b; });
}

void running_sum(Call& call) {
  const Tensor& x = call.in(0);
  const Tensor& chosen = call.known(1);
  if (chosen.count() != 1) refuse("the axis must be a scalar");
  const std::size_t axis = axis_of(chosen.integers()[0], x.rank());
  const bool exclusive = call.integer("exclusive", 0) != 0, reverse = call.integer("reverse", 0) != 0;
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  const Shape& shape = x.shape();
  const std::int64_t outer = extent(shape, 0, axis), length = shape[axis],
                     inner = extent(shape, axis + 1, shape.size());
  const auto scan = [&](auto values) {
    for (std::int64_t o = 0; o < outer; ++o) {
      for (std::int64_t i = 0; i < inner; ++i) {
        typename decltype(values)::value_type so_far = 0;
        for (std::int64_t k = 0; k < length; ++k) {
          auto& value =
              values[static_cast<std::size_t>((o * length + (reverse ? length - 1 - k : k)) * inner + i)];
          const auto before = so_far;
          so_far = static_cast<decltype(so_far)>(so_far + value);
          value = exclusive ? before : so_far;
        }
      }
    }
    return values;
  };
  if (is_real(x.type())) return call.give(0, Tensor::of_reals(x.type(), shape, scan(x.reals())));
  std::vector<std::uint64_t> wrapping;
  for (const std::int64_t value : x.integers()) wrapping.push_back(static_cast<std::uint64_t>(value));
  wrapping = scan(std::move(wrapping));
  call.give(0, Tensor::of_integers(x.type(), shape, {wrapping.begin(), wrapping.end()}));
}

}  // namespace

void add_reductions(Operators* table) {
  add(table, "ReduceSum", {1, 11, 13}, reduce_sum, 1, 2);
  add(table, "ReduceMean", {1, 11, 13, 18}, reduce_mean, 1, 2);
  add(table, "ReduceMax", {1, 11, 12, 13, 18}, reduce_max, 1, 2);
  add(table, "ReduceMin", {1, 11, 12, 13, 18}, reduce_min, 1, 2);
  add(table, "ReduceProd", {1, 11, 13, 18}, reduce_product, 1, 2);
  add(table, "ReduceL1", {1, 11, 13, 18}, reduce_l1, 1, 2);
  add(table, "ReduceL2", {1, 11, 13, 18}, reduce_l2, 1, 2);
  add(table, "ReduceSumSquare", {1, 11, 13, 18}, reduce_square, 1, 2);
  add(table, "ReduceLogSum", {1, 11, 13, 18}, reduce_log, 1, 2);
  add(table, "ReduceLogSumExp", {1, 11, 13, 18}, reduce_log_exp, 1, 2);
  add(table, "ArgMax", {1, 11, 12, 13}, arg_max, 1, 1);
  add(table, "ArgMin", {1, 11, 12, 13}, arg_min, 1, 1);
  add(table, "CumSum", {11, 14}, running_sum, 2, 2);
}

}  // namespace heddle::graph::onnx
