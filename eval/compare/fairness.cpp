#include "eval/compare/fairness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace heddle::eval {

Labels needed_labels(const Quantity& a, const Quantity& b) {
  const Terms &x = a.terms, &y = b.terms;
  const auto refuse = [&](const char* what, const std::string& left, const std::string& right) {
    throw UnfairComparison(
        fmt::format("{}: {} differs ({} and {}), and no label allows that", a.what, what, left, right));
  };
  if (a.what != b.what) refuse("the quantity", a.what, b.what);
  if (x.model != y.model) refuse("the model", x.model, y.model);
  if (x.prompt != y.prompt) refuse("the prompt", std::to_string(x.prompt), std::to_string(y.prompt));
  if (x.output != y.output) refuse("the output", std::to_string(x.output), std::to_string(y.output));
  if (a.energy && x.boundary != y.boundary)
    refuse("the boundary", std::string(name(x.boundary)), std::string(name(y.boundary)));
  Labels labels;
  if (std::abs(x.weight_bits - y.weight_bits) > kScaleBits) labels.insert("weights");
  if (bits(x.activations) != bits(y.activations)) labels.insert("activations");
  if (bits(x.cache) != bits(y.cache)) labels.insert("cache");
  if (x.emulated != y.emulated) labels.insert("emulated");
  if (x.batch != y.batch) labels.insert("batch");
  if (a.figure.grade != b.figure.grade) labels.insert("grades");
  return labels;
}

Ratio ratio(const Quantity& a, const Quantity& b, const Labels& labels) {
  const Labels needed = needed_labels(a, b);
  for (const std::string& label : needed) {
    if (!labels.contains(label)) {
      throw UnfairComparison(fmt::format("{}: the comparison needs the label '{}'", a.what, label));
    }
  }
  Ratio out;
  out.figure = a.figure / b.figure;
  out.labels = needed;
  const Verdict order = compare(a.figure.range, b.figure.range);
  out.verdict = order;
  if (!a.more_is_better && order != Verdict::kUndecided)
    out.verdict = order == Verdict::kLess ? Verdict::kGreater : Verdict::kLess;
  const double above = probability_above(a.figure.range, b.figure.range);
  out.probability = a.more_is_better ? above : 1 - above;
  return out;
}

double probability_above(const Range& a, const Range& b) {
  if (a.low <= 0 || b.low <= 0) throw std::domain_error("probability_above: ranges must be positive");
  constexpr double kTenPercent = 1.2815515655446004;  // standard deviations to the 10th percentile
  struct Side {
    double middle, down, up;
    // The share of the distribution below the logarithm x: half of it on either side of the value.
    double below(double x) const {
      const double width = x < middle ? down : up;
      if (width <= 0) return x < middle ? 0 : x > middle ? 1 : 0.5;
      return 0.5 * std::erfc(-(x - middle) / width / std::sqrt(2.0));
    }
    double at(double quantile) const {  // by bisection
      double low = middle - 12 * down, high = middle + 12 * up;
      for (int i = 0; i < 60; ++i) {
        const double x = 0.5 * (low + high);
        (below(x) < quantile ? low : high) = x;
      }
      return 0.5 * (low + high);
    }
  };
  const auto side = [](const Range& r) {
    return Side{std::log(r.value), std::log(r.value / r.low) / kTenPercent,
                std::log(r.high / r.value) / kTenPercent};
  };
  const Side left = side(a), right = side(b);
  constexpr int kSteps = 400;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) sum += right.below(left.at((i + 0.5) / kSteps));
  return std::clamp(sum / kSteps, 0.0, 1.0);
}

}  // namespace heddle::eval
