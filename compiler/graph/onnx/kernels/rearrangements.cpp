// Operators that move elements, of any type, to places known from shapes and constants.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

/// Calls action(coordinates) for each element of the shape, in order.
template <typename Action>
void for_each_coordinate(const Shape& shape, Action action) {
  Shape at(shape.size(), 0);
  for (std::int64_t left = element_count(shape); left > 0; --left) {
    action(at);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
}

/// Element i of the result is element sources[i] of x.
void give_gathered(Call& call, const Tensor& x, const Shape& shape,
                   const std::vector<std::int64_t>& sources) {
  call.give(0, rearranged(x, shape, [&](std::int64_t i) { return sources[static_cast<std::size_t>(i)]; }));
}

void transpose(Call& call) {
  const Tensor& x = call.in(0);
  std::vector<std::int64_t> order = call.integers("perm");
  if (order.empty() && !call.has_attribute("perm")) {
    for (std::int64_t i = x.rank(); i-- > 0;) order.push_back(i);
  }
  std::vector<bool> seen(x.shape().size(), false);
  if (static_cast<std::int64_t>(order.size()) != x.rank())
    refuse("perm must name every axis of " + x.type_text());
  Shape shape;
  std::vector<std::int64_t> steps;
  for (const std::int64_t axis : order) {
    if (axis < 0 || axis >= x.rank() || seen[static_cast<std::size_t>(axis)])
      refuse("perm is no permutation");
    seen[static_cast<std::size_t>(axis)] = true;
    shape.push_back(x.shape()[static_cast<std::size_t>(axis)]);
    steps.push_back(strides_of(x.shape())[static_cast<std::size_t>(axis)]);
  }
  if (call.abstract()) return call.type(0, x.type(), shape);
  std::vector<std::int64_t> sources;
  for_each_coordinate(shape, [&](const Shape& at) {
    sources.push_back(std::inner_product(at.begin(), at.end(), steps.begin(), std::int64_t{0}));
  });
  give_gathered(call, x, shape, sources);
}

void concat(Call& call) {
  const Tensor& first = call.in(0);
  const std::size_t axis = axis_of(call.integer("axis"), first.rank());
  Shape shape(first.shape());
  for (std::size_t i = 1; i < call.inputs(); ++i) {
    const Tensor& x = call.in(i);
    require_same_type(first, x);
    Shape other(x.shape());
    if (other.size() != shape.size()) refuse("inputs have different numbers of dimensions");
    for (std::size_t k = 0; k < shape.size(); ++k) {
      if (k != axis && other[k] != shape[k]) {
        refuse(fmt::format("shapes {} and {} differ beside the axis", shape_text(first.shape()),
                           shape_text(other)));
      }
    }
    shape[axis] += other[axis];
  }
  if (call.abstract()) return call.type(0, first.type(), shape);
  Tensor out(first.type(), shape);
  out.allocate();
  const auto width = static_cast<std::int64_t>(element_bytes(first.type()));
  const std::int64_t outer = extent(shape, 0, axis), inner = width * extent(shape, axis + 1, shape.size());
  auto to = out.bytes().begin();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < call.inputs(); ++i) {
      const std::int64_t run = inner * call.in(i).shape()[axis];
      to = std::copy_n(call.in(i).bytes().begin() + o * run, run, to);
    }
  }
  call.give(0, std::move(out));
}

void split(Call& call) {
  const Tensor& x = call.in(0);
  const std::size_t axis = axis_of(call.integer("axis", 0), x.rank());
  const auto parts = static_cast<std::int64_t>(call.node().outputs.size());
  std::vector<std::int64_t> lengths = call.integers("split");
  if (call.version() >= 13 && call.has_attribute("split")) refuse("split is an input in this opset");
  if (call.has(1)) {
    if (call.version() < 13) refuse("split is an attribute in this opset");
    lengths = call.known(1).integers();
  }
  const std::int64_t all = x.shape()[axis];
  if (lengths.empty()) {
    if (call.version() >= 18 && call.integer("num_outputs", parts) != parts)
      refuse("num_outputs does not match");
    const std::int64_t each = (all + parts - 1) / parts;
    if (call.version() < 18 && all % parts != 0) {
      refuse(fmt::format("{} elements do not split into {} equal parts", all, parts));
    }
    for (std::int64_t i = 0, left = all; i < parts; ++i, left -= lengths.back()) {
      lengths.push_back(std::min(each, left));
    }
  }
  if (static_cast<std::int64_t>(lengths.size()) != parts) refuse("as many lengths as outputs are needed");
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0 || length > all - begin) refuse(fmt::format("parts do not add up to {} elements", all));
    begin += length;
  }
  if (begin != all) refuse(fmt::format("parts do not add up to {} elements", all));
  begin = 0;
  for (std::size_t part = 0; part < lengths.size(); begin += lengths[part++]) {
    Shape shape(x.shape());
    shape[axis] = lengths[part];
    if (call.abstract()) {
      call.type(part, x.type(), shape);
      continue;
    }
    const std::int64_t inner = extent(shape, axis + 1, shape.size());
    const std::int64_t run = lengths[part] * inner;
    call.give(part, rearranged(x, shape, [&](std::int64_t i) {
                return i / run * all * inner + begin * inner + i % run;
              }));
  }
}

void slice(Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> starts = call.known(1).integers(), ends = call.known(2).integers();
  std::vector<std::int64_t> axes(starts.size()), steps(starts.size(), 1);
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  if (call.has(3)) axes = call.known(3).integers();
  if (call.has(4)) steps = call.known(4).integers();
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    refuse("starts, ends, axes and steps differ in length");
  }
  Shape shape(x.shape()), begin(x.shape().size(), 0), step(x.shape().size(), 1);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(axes[i], x.rank());
    const std::int64_t length = x.shape()[axis];
    if (steps[i] == 0 || steps[i] < -kMostElements || steps[i] > kMostElements)
      refuse("a step is 0 or absurd");
    const auto clamped = [&](std::int64_t value) {
      // INT64_MAX and its kin stand for "to the end"
      if (value < 0) value = value < -length - 1 ? -1 : value + length;
      return steps[i] > 0 ? std::clamp<std::int64_t>(value, 0, length)
                          : std::clamp<std::int64_t>(value, -1, length - 1);
    };
    const std::int64_t from = clamped(starts[i]);
    // an end below -length means "before the first element" for negative steps
    const std::int64_t to = ends[i] < -length ? (steps[i] > 0 ? 0 : -1) : clamped(ends[i]);
    begin[axis] = from;
    step[axis] = steps[i];
    const std::int64_t distance = steps[i] > 0 ? to - from : from - to;
    const std::int64_t stride = std::abs(steps[i]);
    shape[axis] = distance <= 0 ? 0 : (distance + stride - 1) / stride;
  }
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<std::int64_t> strides = strides_of(x.shape());
  std::vector<std::int64_t> sources;
  for_each_coordinate(shape, [&](const Shape& at) {
    std::int64_t index = 0;
    for (std::size_t i = 0; i < at.size(); ++i) index += (begin[i] + at[i] * step[i]) * strides[i];
    sources.push_back(index);
  });
  give_gathered(call, x, shape, sources);
}

void expand(Call& call) {
  const Tensor& x = call.in(0);
  const Tensor& wanted = call.known(1);
  if (wanted.type() != ElementType::kInt64 || wanted.rank() != 1) refuse("the shape must be int64[n]");
  const Shape shape = broadcast(x.shape(), wanted.integers());
  if (call.abstract()) return call.type(0, x.type(), shape);
  std::vector<std::int64_t> sources;
  for_each_broadcast(x.shape(), shape, [&](std::int64_t index) { sources.push_back(index); });
  give_gathered(call, x, shape, sources);
}

void tile(Call& call) {
  const Tensor& x = call.in(0);
  const std::vector<std::int64_t> repeats = call.known(1).integers();
  if (repeats.size() != x.shape().size()) refuse("a number of repeats for each axis is needed");
  Shape shape(x.shape());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0 || (shape[i] != 0 && repeats[i] > kMostElements / shape[i]))
      refuse("absurd number of repeats");
    shape[i] *= repeats[i];
  }
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<std::int64_t> strides = strides_of(x.shape());
  std::vector<std::int64_t> sources;
  for_each_coordinate(shape, [&](const Shape& at) {
    std::int64_t index = 0;
    for (std::size_t i = 0; i < at.size(); ++i) index += at[i] % x.shape()[i] * strides[i];
    sources.push_back(index);
  });
  give_gathered(call, x, shape, sources);
}

/// Where coordinate `at` of the padded axis comes from, or -1 for the constant.
std::int64_t pad_source(std::int64_t at, std::int64_t length, const std::string& mode) {
  if (at >= 0 && at < length) return at;
  if (mode == "constant") return -1;
  if (length == 0) refuse("an axis without elements cannot be continued");
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, length - 1);
  if (length == 1) return 0;
  const std::int64_t period = 2 * (length - 1), phase = ((at % period) + period) % period;
  return phase < length ? phase : period - phase;
}

void pad(Call& call) {
  const Tensor& x = call.in(0);
  const std::string mode = call.text("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "reflect") refuse("mode " + mode + " is not supported");
  const std::vector<std::int64_t> pads = call.known(1).integers();
  std::vector<std::int64_t> axes(x.shape().size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  if (call.has(3)) axes = call.known(3).integers();
  if (pads.size() != 2 * axes.size()) refuse("two pads for each axis are needed");
  Shape shape(x.shape()), before(x.shape().size(), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = axis_of(axes[i], x.rank());
    const std::int64_t low = pads[i], high = pads[i + axes.size()];
    if (std::max(std::abs(low), std::abs(high)) > kMostElements) refuse("absurd pads");
    before[axis] = low;
    shape[axis] += low + high;
  }
  element_count(shape);
  if (call.abstract()) return call.type(0, x.type(), shape);
  Tensor with_constant(x.type(), {x.count() + 1});  // the constant stands behind the elements
  with_constant.allocate();
  std::copy(x.bytes().begin(), x.bytes().end(), with_constant.bytes().begin());
  if (call.has(2)) {
    if (call.in(2).count() != 1 || call.in(2).type() != x.type())
      refuse("the constant must be one element of x's type");
    std::copy(call.in(2).bytes().begin(), call.in(2).bytes().end(),
              with_constant.bytes().end() - static_cast<std::ptrdiff_t>(element_bytes(x.type())));
  }
  const std::vector<std::int64_t> strides = strides_of(x.shape());
  std::vector<std::int64_t> sources;
  for_each_coordinate(shape, [&](const Shape& at) {
    std::int64_t index = 0;
    for (std::size_t i = 0; i < at.size() && index >= 0; ++i) {
      const std::int64_t from = pad_source(at[i] - before[i], x.shape()[i], mode);
      index = from < 0 ? -1 : index + from * strides[i];
    }
    sources.push_back(index < 0 ? x.count() : index);
  });
  give_gathered(call, with_constant, shape, sources);
}

/// [N, C, H, W] by way of six dimensions: reshape, transpose, reshape.
void blocks(Call& call, bool to_space) {
  const Tensor& x = call.in(0);
  const std::int64_t b = call.integer("blocksize");
  if (x.rank() != 4 || b < 1 || b > kMostElements)
    refuse("works on four dimensions with a positive blocksize");
  const Shape& s = x.shape();
  const std::string mode = to_space ? call.text("mode", "DCR") : "DCR";
  if (mode != "DCR" && mode != "CRD") refuse("mode " + mode + " is not supported");
  const bool fits = to_space ? s[1] % b == 0 && s[1] / b % b == 0 : s[2] % b == 0 && s[3] % b == 0;
  if (!fits) refuse("extents are no multiples of the blocksize");
  const Shape shape = to_space ? Shape{s[0], s[1] / b / b, s[2] * b, s[3] * b}
                               : Shape{s[0], s[1] * b * b, s[2] / b, s[3] / b};
  if (call.abstract()) return call.type(0, x.type(), shape);
  const std::vector<std::int64_t> strides = strides_of(s);
  std::vector<std::int64_t> sources;
  for_each_coordinate(shape, [&](const Shape& at) {
    std::int64_t c, h, w;
    if (to_space) {
      const std::int64_t block = at[2] % b * b + at[3] % b;
      c = mode == "DCR" ? block * shape[1] + at[1] : at[1] * b * b + block;
      h = at[2] / b;
      w = at[3] / b;
    } else {
      c = at[1] % s[1];
      h = at[2] * b + at[1] / s[1] / b;
      w = at[3] * b + at[1] / s[1] % b;
    }
    sources.push_back(at[0] * strides[0] + c * strides[1] + h * strides[2] + w * strides[3]);
  });
  give_gathered(call, x, shape, sources);
}
void depth_to_space(Call& call) { blocks(call, true); }
void space_to_depth(Call& call) { blocks(call, false); }

void triangle(Call& call) {
  const Tensor& x = call.in(0);
  if (x.rank() < 2) refuse("works on two dimensions or more");
  std::int64_t diagonal = 0;
  if (call.has(1))
    diagonal = std::clamp<std::int64_t>(call.known(1).integers().at(0), -kMostElements, kMostElements);
  const bool upper = call.integer("upper", 1) != 0;
  if (call.abstract()) return call.type(0, x.type(), x.shape());
  Tensor out(x);
  const std::size_t width = element_bytes(x.type()), rank = x.shape().size();
  std::size_t i = 0;
  for_each_coordinate(x.shape(), [&](const Shape& at) {
    const std::int64_t distance = at[rank - 1] - at[rank - 2];
    if (upper ? distance < diagonal : distance > diagonal) {
      std::fill_n(out.bytes().begin() + static_cast<std::ptrdiff_t>(i * width), width, std::uint8_t{0});
    }
    ++i;
  });
  call.give(0, std::move(out));
}

}  // namespace

void add_rearrangements(Operators* table) {
  add(table, "Transpose", {1, 13}, transpose, 1, 1);
  add(table, "Concat", {4, 11, 13}, concat, 1, kMany);
  add(table, "Split", {2, 11, 13, 18}, split, 1, 2, kMany);
  add(table, "Slice", {10, 11, 13}, slice, 3, 5);
  add(table, "Expand", {8, 13}, expand, 2, 2);
  add(table, "Tile", {6, 13}, tile, 2, 2);
  add(table, "Pad", {11, 13, 18}, pad, 2, 4);
  add(table, "DepthToSpace", {1, 11, 13}, depth_to_space, 1, 1);
  add(table, "SpaceToDepth", {1, 13}, space_to_depth, 1, 1);
  add(table, "Trilu", {14}, triangle, 1, 2);
}

}  // namespace heddle::graph::onnx
