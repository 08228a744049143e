#include "eval/kernels/residual.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace heddle::eval {
namespace {

constexpr double kLeastSpacing = 0.125;

std::vector<double> knots_of(const std::vector<std::vector<double>>& coordinates, int axis) {
  std::vector<double> values;
  for (const auto& x : coordinates) values.push_back(x[axis]);
  std::sort(values.begin(), values.end());
  std::vector<double> knots;
  for (const double x : values) {
    if (knots.empty() || x - knots.back() >= kLeastSpacing) knots.push_back(x);
  }
  return knots;
}

/// Cell and fraction of x among knots.
std::pair<int, double> locate(const std::vector<double>& knots, double x) {
  if (knots.size() < 2 || x <= knots.front()) return {0, 0.0};
  if (x >= knots.back()) return {static_cast<int>(knots.size()) - 2, 1.0};
  const auto above = std::upper_bound(knots.begin(), knots.end(), x);
  const int cell = static_cast<int>(above - knots.begin()) - 1;
  return {cell, (x - knots[cell]) / (knots[cell + 1] - knots[cell])};
}

/// Solves a x = b for a symmetric positive definite, in place of a (lower triangle) and b.
void solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t size = b.size();
  for (std::size_t j = 0; j < size; ++j) {
    double* const row_j = &a[j * size];
    double diagonal = row_j[j];
    for (std::size_t p = 0; p < j; ++p) diagonal -= row_j[p] * row_j[p];
    diagonal = std::sqrt(std::max(diagonal, 1e-12));
    row_j[j] = diagonal;
    for (std::size_t i = j + 1; i < size; ++i) {
      double* const row_i = &a[i * size];
      double sum = row_i[j];
      for (std::size_t p = 0; p < j; ++p) sum -= row_i[p] * row_j[p];
      row_i[j] = sum / diagonal;
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    double sum = b[i];
    for (std::size_t p = 0; p < i; ++p) sum -= a[i * size + p] * b[p];
    b[i] = sum / a[i * size + i];
  }
  for (std::size_t i = size; i-- > 0;) {
    double sum = b[i];
    for (std::size_t p = i + 1; p < size; ++p) sum -= a[p * size + i] * b[p];
    b[i] = sum / a[i * size + i];
  }
}

}  // namespace

Corners corners(const PairTable& table, const std::vector<double>& coordinates) {
  const auto [row, down] = locate(table.first_knots, coordinates[table.first]);
  const auto [column, right] = locate(table.second_knots, coordinates[table.second]);
  const int width = static_cast<int>(table.second_knots.size());
  const int next_row = std::min<int>(row + 1, static_cast<int>(table.first_knots.size()) - 1);
  const int next_column = std::min(column + 1, width - 1);
  return {{row * width + column, row * width + next_column, next_row * width + column,
           next_row * width + next_column},
          {(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right}};
}

double Residual::at(const std::vector<double>& coordinates) const {
  double sum = 0;
  for (const PairTable& table : tables) {
    const Corners cell = corners(table, coordinates);
    for (int i = 0; i < 4; ++i) sum += cell.weight[i] * table.values[cell.index[i]];
  }
  return sum;
}

Residual fit_residual(const std::vector<std::vector<double>>& coordinates, const std::vector<double>& targets,
                      const std::vector<std::pair<int, int>>& pairs, const ResidualOptions& options) {
  Residual out;
  std::vector<std::size_t> offsets;
  std::size_t unknowns = 0;
  for (const auto& [first, second] : pairs) {
    PairTable table{first, second, knots_of(coordinates, first), knots_of(coordinates, second), {}};
    table.values.assign(table.first_knots.size() * table.second_knots.size(), 0.0);
    offsets.push_back(unknowns);
    unknowns += table.values.size();
    out.tables.push_back(std::move(table));
  }
  std::vector<double> penalty(unknowns * unknowns, 0.0);
  const auto couple = [&](std::size_t i, std::size_t j, double weight) {
    penalty[i * unknowns + i] += weight;
    penalty[j * unknowns + j] += weight;
    penalty[std::max(i, j) * unknowns + std::min(i, j)] -= weight;
  };
  for (std::size_t t = 0; t < out.tables.size(); ++t) {
    const std::size_t rows = out.tables[t].first_knots.size(), columns = out.tables[t].second_knots.size();
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        const std::size_t at = offsets[t] + r * columns + c;
        penalty[at * unknowns + at] += options.ridge;
        if (c + 1 < columns) couple(at, at + 1, options.smoothness);
        if (r + 1 < rows) couple(at, at + columns, options.smoothness);
      }
    }
  }
  std::vector<std::pair<std::size_t, double>> entries;
  for (int round = 0; round < options.rounds; ++round) {
    std::vector<double> normal = penalty, right(unknowns, 0.0);
    for (std::size_t s = 0; s < targets.size(); ++s) {
      entries.clear();
      double predicted = 0;
      for (std::size_t t = 0; t < out.tables.size(); ++t) {
        const Corners cell = corners(out.tables[t], coordinates[s]);
        for (int i = 0; i < 4; ++i) {
          if (cell.weight[i] == 0) continue;
          entries.emplace_back(offsets[t] + cell.index[i], cell.weight[i]);
          predicted += cell.weight[i] * out.tables[t].values[cell.index[i]];
        }
      }
      constexpr double kWidth = 0.05;  // deviations below this count as squares
      const double weight = round == 0 ? 1.0 : kWidth / std::max(kWidth, std::abs(targets[s] - predicted));
      for (const auto& [i, wi] : entries) {
        right[i] += weight * wi * targets[s];
        for (const auto& [j, wj] : entries) {
          if (j <= i) normal[i * unknowns + j] += weight * wi * wj;
        }
      }
    }
    solve(normal, right);
    for (std::size_t t = 0; t < out.tables.size(); ++t) {
      auto& values = out.tables[t].values;
      std::copy_n(right.begin() + static_cast<std::ptrdiff_t>(offsets[t]), values.size(), values.begin());
    }
  }
  return out;
}

}  // namespace heddle::eval
