// The learned part of a kernel's latency: a smooth correction over pairs of shape coordinates.
#pragma once
#include <vector>

namespace heddle::eval {

/// A bilinear table over two coordinates, clamped at its edges.
struct PairTable {
  int first = 0, second = 0;  // indices of the coordinates
  std::vector<double> first_knots, second_knots;
  std::vector<double> values;  // row-major: first_knots.size() x second_knots.size()
};

/// A cell's four corners in a PairTable and their weights.
struct Corners {
  int index[4];
  double weight[4];
};
Corners corners(const PairTable& table, const std::vector<double>& coordinates);

/// Natural logarithm of measured over physical latency: the sum of the tables.
struct Residual {
  std::vector<PairTable> tables;
  double at(const std::vector<double>& coordinates) const;
};

struct ResidualOptions {
  double smoothness = 0.3;  // weight of squared differences between neighbours, per sample of unit weight
  double ridge = 0.02;      // weight of squared values: pulls to no correction
  int rounds = 6;           // of reweighting towards absolute deviations
};

/// Fits the tables to `targets` by penalised least absolute deviations (iteratively reweighted). Knots are
/// the distinct coordinates of the samples, at least `1/8` apart.
Residual fit_residual(const std::vector<std::vector<double>>& coordinates, const std::vector<double>& targets,
                      const std::vector<std::pair<int, int>>& pairs, const ResidualOptions& options);

}  // namespace heddle::eval
