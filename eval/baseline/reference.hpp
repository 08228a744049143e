// What a kernel should have computed, in double precision on the CPU, and how far a right one may be off.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eval/baseline/operands.hpp"

namespace heddle::eval {

struct Expected {
  double value = 0, bound = 0;  // |result - value| <= bound; 0: exact
};

/// Results are looked at row by row: a row of c, of a norm, of one query's head; 4096 elements of a stream.
std::uint64_t result_rows(const Workload& workload);
std::uint64_t result_row_length(const Workload& workload);
/// Elements of all rows together; the last row of a stream may be shorter.
std::uint64_t result_elements(const Workload& workload);

/// One row. The bound of a sum of n products is 8 sqrt(n) u sum |a b| with u = 2^-24: Higham and Mary (A new
/// approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41, 2019) show that an error grows
/// as sqrt(n) u in any order of summation, with a factor of a few. 16-bit results add their rounding. Integer
/// sums and copies are exact.
std::vector<Expected> expected_row(const Workload& workload, const Operands& operands, std::uint64_t row);
/// The bound in words.
std::string tolerance_text(const Workload& workload);

struct Check {
  std::uint64_t elements = 0;  // compared
  double worst = 0;            // the largest error, as a share of what is tolerated; right: at most 1
  double largest_error = 0;    // absolute
  std::string tolerance;
};

/// Compares whole rows: all, or as many as about 2e8 multiply-adds of reference allow, the first and the last
/// always among them. `read` copies results from an offset, both in elements. Throws std::runtime_error
/// naming the first wrong element, with its value and the right one.
Check check_results(const Workload& workload, const Operands& operands,
                    const std::function<void(std::uint64_t offset, std::uint64_t count, double* into)>& read);

}  // namespace heddle::eval
