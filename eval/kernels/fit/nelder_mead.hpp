// Nelder and Mead's downhill simplex: no derivatives, deterministic.
#pragma once
#include <functional>
#include <vector>

namespace heddle::eval {

struct Minimum {
  std::vector<double> at;
  double value = 0;
  int evaluations = 0;
};

/// Minimises `f` from `start` with a first simplex of `step` along each axis; stops after `evaluations` or
/// when the simplex' values agree to 1e-7. Coefficients 1, 2, 1/2, 1/2 (Nelder and Mead 1965).
Minimum nelder_mead(const std::function<double(const std::vector<double>&)>& f,
                    const std::vector<double>& start, double step, int evaluations);

}  // namespace heddle::eval
