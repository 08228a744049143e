// Rotary position embedding (Su et al. 2021) as models of the Llama family write it: x cos + rotate_half(x)
// sin.
#include <cmath>

#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

/// x[..., begin : begin + length] along the last axis?
bool is_slice_of(const Rewriter& rewriter, ValueId id, ValueId x, std::int64_t begin, std::int64_t length) {
  const Node* node = rewriter.made_by(id, "Slice");
  if (node == nullptr || node->inputs[0] != x || node->inputs.size() < 4) return false;
  const auto start = rewriter.scalar(node->inputs[1]), axis = rewriter.scalar(node->inputs[3]);
  const auto rank = static_cast<double>(rewriter.shape(x).size());
  if (!start || !axis || (*axis != -1 && *axis != rank - 1)) return false;
  if (node->inputs.size() > 4 && rewriter.scalar(node->inputs[4]) != 1.0) return false;
  return *start == static_cast<double>(begin) && rewriter.shape(id).back() == length;
}

/// Concat(-x[half:], x[:half])?
bool is_half_turn(const Rewriter& rewriter, ValueId id, ValueId x) {
  const Node* node = rewriter.made_by(id, "Concat");
  if (node == nullptr || node->inputs.size() != 2) return false;
  const std::int64_t axis = rewriter.integer(*node, "axis", 0),
                     rank = static_cast<std::int64_t>(rewriter.shape(x).size());
  const std::int64_t half = rewriter.shape(x).back() / 2;
  const Node* negated = rewriter.made_by(node->inputs[0], "Neg");
  return (axis == -1 || axis == rank - 1) && negated != nullptr && rewriter.shape(x).back() == 2 * half &&
         is_slice_of(rewriter, negated->inputs[0], x, half, half) &&
         is_slice_of(rewriter, node->inputs[1], x, 0, half);
}

/// Base of the frequencies if cos[t][i] and sin[t][i] are those of t * theta^(-2 (i mod half) / width).
std::optional<double> base_of(const Tensor& cosines, const Tensor& sines, std::int64_t tokens,
                              std::int64_t width) {
  if (cosines.count() != tokens * width || sines.count() != tokens * width || cosines.rank() < 2 ||
      cosines.shape().back() != width) {
    return std::nullopt;
  }
  const std::vector<double> cos = cosines.reals(), sin = sines.reals();
  const std::int64_t half = width / 2;
  double theta = 10000.0;  // with one token or one frequency, any base says the same
  if (tokens > 1 && half > 1) {
    const auto second = static_cast<std::size_t>(width + 1);
    theta = std::pow(std::atan2(sin[second], cos[second]), -static_cast<double>(width) / 2.0);
  }
  if (!std::isfinite(theta) || theta <= 0) return std::nullopt;
  for (std::int64_t t = 0; t < tokens; ++t) {
    for (std::int64_t i = 0; i < width; ++i) {
      const double angle = static_cast<double>(t) *
                           std::pow(theta, -2.0 * static_cast<double>(i % half) / static_cast<double>(width));
      const auto at = static_cast<std::size_t>(t * width + i);
      // The tables were made in float: angles of up to some thousands have errors of about 1e-4.
      if (std::abs(cos[at] - std::cos(angle)) > 1e-3 || std::abs(sin[at] - std::sin(angle)) > 1e-3)
        return std::nullopt;
    }
  }
  // A base is a round number; what float took away is given back.
  const double rounded = std::round(theta);
  return std::abs(theta - rounded) < 1e-3 * theta ? rounded : theta;
}

}  // namespace

std::optional<Rotation> match_rotation(const Rewriter& rewriter, ValueId id) {
  const Node* add = rewriter.made_by(id, "Add");
  const Shape& shape = rewriter.shape(id);
  if (add == nullptr || shape.size() != 4 || shape[3] % 2 != 0) return std::nullopt;
  for (const std::size_t straight : {std::size_t{0}, std::size_t{1}}) {
    const Node* with_cos = rewriter.made_by(add->inputs[straight], "Mul");
    const Node* with_sin = rewriter.made_by(add->inputs[1 - straight], "Mul");
    if (with_cos == nullptr || with_sin == nullptr) return std::nullopt;
    for (const std::size_t c : {std::size_t{0}, std::size_t{1}}) {
      for (const std::size_t s : {std::size_t{0}, std::size_t{1}}) {
        const Tensor *cos = rewriter.constant(with_cos->inputs[c]),
                     *sin = rewriter.constant(with_sin->inputs[s]);
        const ValueId x = with_cos->inputs[1 - c];
        if (cos == nullptr || sin == nullptr || !is_half_turn(rewriter, with_sin->inputs[1 - s], x)) continue;
        if (const auto theta = base_of(*cos, *sin, shape[2], shape[3])) return Rotation{x, *theta};
      }
    }
  }
  return std::nullopt;
}

}  // namespace heddle::graph::onnx
