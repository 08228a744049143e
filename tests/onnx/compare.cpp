#include "tests/onnx/compare.hpp"

#include <fmt/format.h>

#include <cmath>

namespace heddle::test {

std::string difference(const graph::onnx::Tensor& found, const graph::onnx::Tensor& expected, double relative,
                       double absolute) {
  if (found.type() != expected.type() || found.shape() != expected.shape()) {
    return fmt::format("is {}, expected {}", found.type_text(), expected.type_text());
  }
  if (!found.has_data()) return "has no elements";
  const std::vector<double> a = found.reals(), b = expected.reals();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (std::abs(a[i] - b[i]) <= absolute + relative * std::abs(b[i])) continue;
    return fmt::format("element {} is {}, expected {}", i, a[i], b[i]);
  }
  return "";
}

double relative_error(const graph::onnx::Tensor& found, const graph::onnx::Tensor& expected) {
  const std::vector<double> a = found.reals(), b = expected.reals();
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    worst = std::max(worst, std::abs(a.at(i) - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  return largest == 0 ? worst : worst / largest;
}

double cosine(const graph::onnx::Tensor& a, const graph::onnx::Tensor& b) {
  double ab = 0, aa = 0, bb = 0;
  const std::vector<double> x = a.reals(), y = b.reals();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ab += x[i] * y.at(i);
    aa += x[i] * x[i];
    bb += y[i] * y[i];
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace heddle::test
