// Products of factors whose errors are independent.
#pragma once
#include <initializer_list>

#include "eval/common/range.hpp"

namespace heddle::eval {

/// The product: values multiply, relative deviations add as the root of squares in logarithms. All factors
/// are positive. Throws std::domain_error otherwise. Where errors go the same way use operator*.
Range independent_product(std::initializer_list<Range> factors);
/// 1 / a.
Range reciprocal(const Range& a);

}  // namespace heddle::eval
