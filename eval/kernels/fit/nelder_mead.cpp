#include "eval/kernels/fit/nelder_mead.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace heddle::eval {

Minimum nelder_mead(const std::function<double(const std::vector<double>&)>& f,
                    const std::vector<double>& start, double step, int evaluations) {
  const std::size_t n = start.size();
  struct Vertex {
    std::vector<double> at;
    double value;
  };
  int used = 0;
  const auto vertex = [&](std::vector<double> at) {
    ++used;
    const double value = f(at);
    return Vertex{std::move(at), value};
  };
  std::vector<Vertex> simplex = {vertex(start)};
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> at = start;
    at[i] += step;
    simplex.push_back(vertex(std::move(at)));
  }
  const auto by_value = [](const Vertex& a, const Vertex& b) { return a.value < b.value; };
  while (used < evaluations) {
    std::stable_sort(simplex.begin(), simplex.end(), by_value);
    if (simplex.back().value - simplex.front().value < 1e-7) break;
    std::vector<double> centre(n, 0.0);
    for (std::size_t v = 0; v < n; ++v) {
      for (std::size_t i = 0; i < n; ++i) centre[i] += simplex[v].at[i] / static_cast<double>(n);
    }
    const auto along = [&](double t) {
      std::vector<double> at(n);
      for (std::size_t i = 0; i < n; ++i) at[i] = centre[i] + t * (simplex.back().at[i] - centre[i]);
      return vertex(std::move(at));
    };
    Vertex reflected = along(-1);
    if (reflected.value < simplex.front().value) {
      Vertex expanded = along(-2);
      simplex.back() = expanded.value < reflected.value ? std::move(expanded) : std::move(reflected);
    } else if (reflected.value < simplex[n - 1].value) {
      simplex.back() = std::move(reflected);
    } else {
      Vertex contracted = reflected.value < simplex.back().value ? along(-0.5) : along(0.5);
      if (contracted.value < std::min(reflected.value, simplex.back().value)) {
        simplex.back() = std::move(contracted);
      } else {
        for (std::size_t v = 1; v <= n; ++v) {
          for (std::size_t i = 0; i < n; ++i) {
            simplex[v].at[i] = simplex[0].at[i] + 0.5 * (simplex[v].at[i] - simplex[0].at[i]);
          }
          simplex[v] = vertex(std::move(simplex[v].at));
        }
      }
    }
  }
  std::stable_sort(simplex.begin(), simplex.end(), by_value);
  return {simplex.front().at, simplex.front().value, used};
}

}  // namespace heddle::eval
