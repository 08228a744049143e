// Operators about shapes, and those that make constants.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

void give_reshaped(Call& call, Shape shape) {
  if (!call.abstract()) return call.give(0, call.in(0).reshaped(std::move(shape)));
  Tensor(call.in(0).type(), call.in(0).shape()).reshaped(shape);  // the counts must agree
  call.type(0, call.in(0).type(), std::move(shape));
}

void reshape(Call& call) {
  const Tensor& x = call.in(0);
  const Tensor& wanted = call.known(1);
  if (wanted.type() != ElementType::kInt64 || wanted.rank() != 1) refuse("the shape must be int64[n]");
  const bool zero_stays = call.integer("allowzero", 0) != 0;
  Shape shape = wanted.integers();
  std::int64_t others = 1, open = -1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && !zero_stays) {
      if (i >= x.shape().size()) refuse("0 copies an extent that does not exist");
      shape[i] = x.shape()[i];
    }
    if (shape[i] == -1) {
      if (open >= 0) refuse("more than one extent is -1");
      open = static_cast<std::int64_t>(i);
    } else {
      others = element_count({others, shape[i]});
    }
  }
  if (open >= 0) {
    if (others == 0 || x.count() % others != 0) {
      refuse(fmt::format("{} does not fit {}", x.type_text(), shape_text(shape)));
    }
    shape[static_cast<std::size_t>(open)] = x.count() / others;
  }
  give_reshaped(call, std::move(shape));
}

void flatten(Call& call) {
  const Tensor& x = call.in(0);
  const std::int64_t axis = call.integer("axis", 1);
  if (axis < -x.rank() || axis > x.rank()) refuse(fmt::format("axis {} of {}", axis, x.type_text()));
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + x.rank() : axis);
  give_reshaped(call, {extent(x.shape(), 0, at), extent(x.shape(), at, x.shape().size())});
}

/// An attribute before opset 13, an input since.
std::vector<std::int64_t> axes_argument(Call& call) {
  if (call.version() < 13) {
    if (call.has(1)) refuse("axes are an attribute in this opset");
    return call.integers("axes");
  }
  return call.has(1) ? call.known(1).integers() : std::vector<std::int64_t>{};
}

void squeeze(Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> axes = axes_argument(call);
  std::vector<bool> gone(x.shape().size(), false);
  for (const std::int64_t axis : axes) {
    const std::size_t at = axis_of(axis, x.rank());
    if (x.shape()[at] != 1) refuse(fmt::format("extent {} of {} is not 1", at, x.type_text()));
    gone[at] = true;
  }
  Shape shape;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    if (axes.empty() ? x.shape()[i] != 1 : !gone[i]) shape.push_back(x.shape()[i]);
  }
  give_reshaped(call, std::move(shape));
}

void unsqueeze(Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> axes = axes_argument(call);
  if (axes.size() > 16) refuse("more than 16 axes");
  std::vector<bool> fresh(x.shape().size() + axes.size(), false);
  for (const std::int64_t axis : axes) {
    const std::size_t at = axis_of(axis, static_cast<std::int64_t>(fresh.size()));
    if (fresh[at]) refuse("an axis is named twice");
    fresh[at] = true;
  }
  Shape shape;
  std::size_t next = 0;
  for (const bool added : fresh) shape.push_back(added ? 1 : x.shape()[next++]);
  give_reshaped(call, std::move(shape));
}

void shape_of(Call& call) {
  const Shape& shape = call.in(0).shape();
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto clamped = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 && at >= -rank ? at + rank : at, 0, rank);
  };
  const std::int64_t begin = clamped(call.integer("start", 0)), end = clamped(call.integer("end", rank));
  const std::vector<std::int64_t> part(shape.begin() + begin, shape.begin() + std::max(begin, end));
  call.give(0, Tensor::of_integers(ElementType::kInt64, {static_cast<std::int64_t>(part.size())}, part));
}

void size_of(Call& call) { call.give(0, Tensor::of_integers(ElementType::kInt64, {}, {call.in(0).count()})); }

void constant(Call& call) {
  const Node& node = call.node();
  if (node.attributes.size() != 1) refuse("has one value in one attribute");
  const auto& [name, value] = *node.attributes.begin();
  if (name == "value" && call.tensor("value") != nullptr) return call.give(0, *call.tensor("value"));
  if (name == "value_int")
    return call.give(0, Tensor::of_integers(ElementType::kInt64, {}, {call.integer(name)}));
  if (name == "value_float")
    return call.give(0, Tensor::of_reals(ElementType::kFloat, {}, {call.real(name, 0)}));
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
      list != nullptr && name == "value_ints") {
    return call.give(
        0, Tensor::of_integers(ElementType::kInt64, {static_cast<std::int64_t>(list->size())}, *list));
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value);
      list != nullptr && name == "value_floats") {
    return call.give(0,
                     Tensor::of_reals(ElementType::kFloat, {static_cast<std::int64_t>(list->size())}, *list));
  }
  refuse(fmt::format("attribute \"{}\" is not supported", name));
}

void constant_of_shape(Call& call) {
  const Tensor& wanted = call.known(0);
  if (wanted.type() != ElementType::kInt64 || wanted.rank() != 1) refuse("the shape must be int64[n]");
  const Tensor zero = Tensor::of_reals(ElementType::kFloat, {1}, {0});
  const Tensor* value = call.tensor("value");
  if (value == nullptr) value = &zero;
  if (value->count() != 1) refuse("the value must have one element");
  const Shape shape = wanted.integers();
  if (call.abstract()) return call.type(0, value->type(), shape);
  call.give(0, rearranged(*value, shape, [](std::int64_t) { return 0; }));
}

void range(Call& call) {
  const Tensor &start = call.known(0), &limit = call.known(1), &delta = call.known(2);
  require_same_type(start, limit);
  require_same_type(start, delta);
  if (start.count() != 1 || limit.count() != 1 || delta.count() != 1) refuse("takes scalars");
  const double from = start.reals()[0], step = delta.reals()[0];
  const double count = std::max(0.0, std::ceil((limit.reals()[0] - from) / step));
  if (!(count <= 0x1p40)) refuse("makes more than 2^40 elements");
  const auto elements = static_cast<std::int64_t>(count);
  if (call.abstract()) return call.type(0, start.type(), {elements});
  std::vector<double> values;
  for (std::int64_t i = 0; i < elements; ++i) values.push_back(from + static_cast<double>(i) * step);
  call.give(0, Tensor::of_reals(start.type(), {elements}, values));
}

void eye_like(Call& call) {
  const Tensor& x = call.in(0);
  if (x.rank() != 2) refuse("works on two dimensions");
  const std::int64_t diagonal = call.integer("k", 0);
  const ElementType type =
      call.has_attribute("dtype") ? element_type(static_cast<int>(call.integer("dtype"))) : x.type();
  if (call.abstract()) return call.type(0, type, x.shape());
  std::vector<std::int64_t> values;
  for (std::int64_t row = 0; row < x.shape()[0]; ++row) {
    for (std::int64_t column = 0; column < x.shape()[1]; ++column)
      values.push_back(column - row == diagonal ? 1 : 0);
  }
  call.give(0, Tensor::of_integers(type, x.shape(), values));
}

}  // namespace

void add_shapes(Operators* table) {
  add(table, "Reshape", {5, 13, 14}, reshape, 2, 2);
  add(table, "Flatten", {1, 9, 11, 13}, flatten, 1, 1);
  add(table, "Squeeze", {1, 11, 13}, squeeze, 1, 2);
  add(table, "Unsqueeze", {1, 11, 13}, unsqueeze, 1, 2);
  add(table, "Shape", {1, 13, 15}, shape_of, 1, 1);
  add(table, "Size", {1, 13}, size_of, 1, 1);
  add(table, "Constant", {1, 9, 11, 12, 13}, constant, 0, 0);
  add(table, "ConstantOfShape", {9}, constant_of_shape, 1, 1);
  add(table, "Range", {11}, range, 3, 3);
  add(table, "EyeLike", {9}, eye_like, 1, 1);
}

}  // namespace heddle::graph::onnx
