#include "eval/baseline/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::eval {

Spread spread(std::vector<double> values) {
  if (values.empty()) throw std::logic_error("spread of no values");
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double share) {
    const double rank = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(rank));
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {quantile(0.5), quantile(0.25), quantile(0.75), values.front(), values.back()};
}

}  // namespace heddle::eval
