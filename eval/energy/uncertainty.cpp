#include "eval/energy/uncertainty.hpp"

#include <cmath>
#include <stdexcept>

namespace heddle::eval {

Range independent_product(std::initializer_list<Range> factors) {
  double value = 1, down = 0, up = 0;
  for (const Range& factor : factors) {
    if (!(factor.value >= 0) || factor.low < 0) {
      throw std::domain_error("a product of independent factors needs factors that are not negative");
    }
    if (factor.value == 0) return 0.0;
    if (factor.low == 0) throw std::domain_error("the interval of a factor may not reach 0");
    value *= factor.value;
    down += std::pow(std::log(factor.value / factor.low), 2);
    up += std::pow(std::log(factor.high / factor.value), 2);
  }
  return {value, value / std::exp(std::sqrt(down)), value * std::exp(std::sqrt(up))};
}

Range reciprocal(const Range& a) { return Range(1.0) / a; }

}  // namespace heddle::eval
