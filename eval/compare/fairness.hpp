// The rules of a fair comparison: what two figures must share before one is divided by the other.
#pragma once
#include <set>
#include <stdexcept>
#include <string>

#include "eval/common/format.hpp"
#include "eval/common/range.hpp"
#include "eval/energy/boundary.hpp"

namespace heddle::eval {

/// Under which conditions a figure holds.
struct Terms {
  std::string model;
  double weight_bits = 0;  // with scales
  Format activations = Format::kBf16, cache = Format::kBf16;
  std::uint64_t prompt = 0, output = 0, batch = 0;
  Boundary boundary = Boundary::kBoard;  // of energies, powers and what is made of them
  bool emulated = false;                 // the format is only stored, not multiplied in
};

/// Bits a weight that scales may add without a label.
constexpr double kScaleBits = 0.25;

struct Quantity {
  std::string what;  // "tokens_per_second"
  bool more_is_better = true;
  bool energy = false;  // whether a boundary matters
  Graded figure;
  Terms terms;
};

/// Differences that a ratio may have if it says so. "grades": one figure is modelled, the other extrapolated
/// (or measured). "activations", "cache", "weights": bits differ. "emulated": one chip only stores the
/// format. "batch": batches differ, as where each chip runs its best. Never allowed, labelled or not: another
/// model, prompt or output, another boundary.
using Labels = std::set<std::string>;

class UnfairComparison : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The labels that a comparison of both needs. Throws UnfairComparison where no label would do.
Labels needed_labels(const Quantity& a, const Quantity& b);

struct Ratio {
  Graded figure;  // a over b; the worse of both grades, both errors
  Labels labels;
  Verdict verdict = Verdict::kUndecided;  // kGreater: a is better, by more than both errors
  double probability = 0.5;               // that a is better than b
};
/// Throws UnfairComparison naming the first difference that `labels` does not have.
Ratio ratio(const Quantity& a, const Quantity& b, const Labels& labels);

/// The probability that a is above b when both are independent and their ranges hold four of five cases: each
/// a log-normal with its own width on either side of the value.
double probability_above(const Range& a, const Range& b);

}  // namespace heddle::eval
