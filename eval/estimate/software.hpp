// Serving programs: what they add to the kernels of a step.
#pragma once
#include <string>
#include <vector>

#include "eval/common/range.hpp"

namespace heddle::eval {

struct Software {
  std::string name;
  std::vector<std::string> aliases;
  std::string kernels;        // family of measured kernels that is nearest to its own
  Range kernel_factor = 1.0;  // of a step's kernels over the sum of kernels timed alone
  Range step_s, hop_s;        // host time of a decode step; latency of a hand-over between stages
  Range operator_s;           // host time to issue an operator; 0 where graphs are replayed
  Range collective_s;         // latency of one small all-reduce in a node
  std::string reason;
};

/// eval/estimate/software.json of the data directory. Throws std::runtime_error naming file and field.
const std::vector<Software>& all_software();
std::vector<Software> software_from_json(const std::string& text, const std::string& source);
/// Case does not matter. Throws std::runtime_error listing the names.
const Software& find_software(const std::string& name);

}  // namespace heddle::eval
