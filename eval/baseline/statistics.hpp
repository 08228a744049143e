// Repeated timings as a median with its spread.
#pragma once
#include <vector>

namespace heddle::eval {

/// Order statistics of repetitions; quartiles interpolate linearly between ranks.
struct Spread {
  double median = 0, quartile_1 = 0, quartile_3 = 0, minimum = 0, maximum = 0;
};
/// Throws std::logic_error for no values.
Spread spread(std::vector<double> values);

}  // namespace heddle::eval
