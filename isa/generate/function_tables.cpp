// isa/numerics/function_tables.inc. The committed table is the contract, not this code: it is generated once,
// and isa/numerics/functions.hpp defines how it is evaluated to the bit.
#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "isa/generate/writers.hpp"

namespace heddle::isa::generate {
namespace {

constexpr int kSegments = 64;

// Quadratics c0 + c1*u + c2*u^2, u in [0, 1), through both ends and the middle of each segment: exact at powers
// of two and continuous. 26 fraction bits; the 64-bit mantissa of long double leaves no doubt about rounding.
std::string rows(const std::string& title, const std::function<long double(long double)>& function, long double low) {
  std::string out = fmt::format("// {}\n", title);
  for (int i = 0; i < kSegments; ++i) {
    const long double width = 1.0L / kSegments;
    const long double y0 = function(low + width * i), y1 = function(low + width * (i + 0.5L)), y2 = function(low + width * (i + 1));
    const long double c2 = 2 * (y2 - 2 * y1 + y0), c1 = y2 - y0 - c2;
    const auto fixed = [](long double c) { return std::llrintl(std::ldexp(c, 26)); };
    out += fmt::format("{{{}, {}, {}}},\n", fixed(y0), fixed(c1), fixed(c2));
  }
  return out;
}

}  // namespace

std::string function_tables() {
  return "// Generated from isa/ by heddle_generate; do not edit. {c0, c1, c2}, 26 fraction bits.\n" +
         rows("exp2: 2^f, f in [0, 1)", [](long double x) { return std::exp2(x); }, 0) +
         rows("reciprocal: 1/m, m in [1, 2)", [](long double x) { return 1 / x; }, 1) +
         rows("reciprocal square root: 1/sqrt(m), m in [1, 2)", [](long double x) { return 1 / std::sqrt(x); }, 1) +
         rows("reciprocal square root: 1/sqrt(2m), m in [1, 2)", [](long double x) { return 1 / std::sqrt(2 * x); }, 1);
}

}  // namespace heddle::isa::generate
