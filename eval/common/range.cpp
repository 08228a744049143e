#include "eval/common/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace heddle::eval {
namespace {

constexpr std::array<std::string_view, 5> kGrades = {"measured_here", "measured_elsewhere", "modelled",
                                                     "anchored", "extrapolated"};

// The interval of an operation that is monotone in each operand: its ends are among the corners.
template <typename Operation>
Range corners(const Range& a, const Range& b, Operation operation) {
  const auto [low, high] = std::minmax({operation(a.low, b.low), operation(a.low, b.high),
                                        operation(a.high, b.low), operation(a.high, b.high)});
  return {operation(a.value, b.value), low, high};
}

}  // namespace

double Range::factor() const {
  if (low == high) return 1;
  return low > 0 ? high / low : std::numeric_limits<double>::infinity();
}

Range& Range::operator+=(const Range& other) { return *this = *this + other; }
Range& Range::operator*=(const Range& other) { return *this = *this * other; }

Range operator+(const Range& a, const Range& b) {
  return {a.value + b.value, a.low + b.low, a.high + b.high};
}
Range operator-(const Range& a, const Range& b) {
  return {a.value - b.value, a.low - b.high, a.high - b.low};
}
Range operator-(const Range& a) { return {-a.value, -a.high, -a.low}; }

Range operator*(const Range& a, const Range& b) {
  return corners(a, b, [](double x, double y) { return x * y; });
}

Range operator/(const Range& a, const Range& b) {
  if (b.contains(0)) {
    throw std::domain_error(fmt::format("division by a range that holds 0: {} to {}", b.low, b.high));
  }
  return corners(a, b, [](double x, double y) { return x / y; });
}

Range min(const Range& a, const Range& b) {
  return {std::min(a.value, b.value), std::min(a.low, b.low), std::min(a.high, b.high)};
}

Range max(const Range& a, const Range& b) {
  return {std::max(a.value, b.value), std::max(a.low, b.low), std::max(a.high, b.high)};
}

Range hull(const Range& a, const Range& b) {
  return {a.value, std::min(a.low, b.low), std::max(a.high, b.high)};
}

Range widened(const Range& a, double down, double up) {
  if (!(down >= 1) || !(up >= 1)) {
    throw std::domain_error(
        fmt::format("a range is widened by factors of at least 1, not {} and {}", down, up));
  }
  // An end below zero moves away from zero by the other factor.
  return {a.value, a.low >= 0 ? a.low / down : a.low * down, a.high >= 0 ? a.high * up : a.high / up};
}

Range monotone(const Range& a, const std::function<double(double)>& f) {
  const auto [low, high] = std::minmax({f(a.low), f(a.high)});
  return {f(a.value), low, high};
}

Range sum_independent(std::span<const Range> terms) {
  double value = 0, down = 0, up = 0;
  for (const Range& term : terms) {
    value += term.value;
    down += (term.value - term.low) * (term.value - term.low);
    up += (term.high - term.value) * (term.high - term.value);
  }
  return {value, value - std::sqrt(down), value + std::sqrt(up)};
}

Verdict compare(const Range& a, const Range& b) {
  if (a.high < b.low) return Verdict::kLess;
  if (b.high < a.low) return Verdict::kGreater;
  return Verdict::kUndecided;
}

std::string_view name(Grade grade) { return kGrades[static_cast<std::size_t>(grade)]; }

Grade parse_grade(std::string_view text) {
  const auto found = std::find(kGrades.begin(), kGrades.end(), text);
  if (found == kGrades.end()) {
    throw std::runtime_error(
        fmt::format("'{}' is not a grade; grades are {}", text, fmt::join(kGrades, ", ")));
  }
  return static_cast<Grade>(found - kGrades.begin());
}

void to_json(nlohmann::ordered_json& json, const Range& range) {
  json = {{"value", range.value}, {"low", range.low}, {"high", range.high}};
}

void to_json(nlohmann::ordered_json& json, const Graded& graded) {
  to_json(json, graded.range);
  json["grade"] = name(graded.grade);
}

std::string text(const Range& range, int digits) {
  const auto number = [&](double x) {
    // Plain digits up to a million, where %g would turn to exponents.
    if (std::abs(x) >= std::pow(10.0, digits) && std::abs(x) < 1e6) return fmt::format("{:.0f}", x);
    return fmt::format("{:.{}g}", x, digits);
  };
  const std::string value = number(range.value), low = number(range.low), high = number(range.high);
  return low == high ? value : fmt::format("{} ({}-{})", value, low, high);
}

}  // namespace heddle::eval
