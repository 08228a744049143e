// A number with the interval that it lies in, and what the number rests on.
#pragma once
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace heddle::eval {

/// A value and the interval [low, high] around it. Arithmetic is interval arithmetic: the result's interval
/// holds every combination of the operands, so that it is right for operands that vary independently and for
/// functions that are monotone in each. An operand that appears twice (x / (x + y)) makes it too wide: use
/// `monotone`. For many small independent errors that do not all go the same way, use `sum_independent`.
struct Range {
  double value = 0, low = 0, high = 0;

  constexpr Range() = default;
  constexpr Range(double exact) : value(exact), low(exact), high(exact) {}
  constexpr Range(double value, double low, double high) : value(value), low(low), high(high) {}

  constexpr bool is_exact() const { return low == high; }
  /// high / low: 1.5 means that the interval spans a factor of 1.5. Infinite where low is 0 and high is not.
  double factor() const;
  constexpr bool contains(double x) const { return low <= x && x <= high; }

  Range& operator+=(const Range& other);
  Range& operator*=(const Range& other);
};

Range operator+(const Range& a, const Range& b);
Range operator-(const Range& a, const Range& b);
Range operator-(const Range& a);
Range operator*(const Range& a, const Range& b);
/// Throws std::domain_error where b's interval holds 0.
Range operator/(const Range& a, const Range& b);

Range min(const Range& a, const Range& b);
Range max(const Range& a, const Range& b);
/// The smallest interval that holds both; the value is a's.
Range hull(const Range& a, const Range& b);
/// The interval stretched by factors: [low / down, high * up], both at least 1.
Range widened(const Range& a, double down, double up);
inline Range widened(const Range& a, double factor) { return widened(a, factor, factor); }
/// f, which rises or falls all the way over the interval, applied to value and ends.
Range monotone(const Range& a, const std::function<double(double)>& f);
/// The sum of quantities whose errors are independent: values add, deviations add as the root of squares.
Range sum_independent(std::span<const Range> terms);

/// Comparing a with b: overlapping intervals decide nothing.
enum class Verdict { kLess, kGreater, kUndecided };
Verdict compare(const Range& a, const Range& b);

/// What a number rests on, best first. A published figure of somebody else's ranks below our own measurement,
/// whose conditions are known; anchored is a model scaled by runs of the same program on the same die;
/// extrapolated is a model applied to a chip or shape that it was not fitted to.
enum class Grade { kMeasuredHere, kMeasuredElsewhere, kModelled, kAnchored, kExtrapolated };

constexpr Grade worse(Grade a, Grade b) { return a < b ? b : a; }
/// "measured_here", "measured_elsewhere", "modelled", "anchored", "extrapolated".
std::string_view name(Grade grade);
/// The inverse. Throws std::runtime_error listing the grades.
Grade parse_grade(std::string_view text);

/// A result: how much, how sure, and on what grounds.
struct Graded {
  Range range;
  Grade grade = Grade::kModelled;
};
inline Graded operator*(const Graded& a, const Graded& b) {
  return {a.range * b.range, worse(a.grade, b.grade)};
}
inline Graded operator/(const Graded& a, const Graded& b) {
  return {a.range / b.range, worse(a.grade, b.grade)};
}
inline Graded operator+(const Graded& a, const Graded& b) {
  return {a.range + b.range, worse(a.grade, b.grade)};
}

/// {"value", "low", "high"}, and {"value", "low", "high", "grade"}. Found by nlohmann::json.
void to_json(nlohmann::ordered_json& json, const Range& range);
void to_json(nlohmann::ordered_json& json, const Graded& graded);

/// "12.3", or "12.3 (10.1-14.9)" where the interval is wider than the digits shown.
std::string text(const Range& range, int digits = 3);

}  // namespace heddle::eval
