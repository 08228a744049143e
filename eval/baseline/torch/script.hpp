// A script that a vendor can run with torch on a device of its own, without Heddle.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "eval/baseline/workload.hpp"

namespace heddle::eval::torch {

extern const std::string_view kTemplate;  // embedded when Heddle is built

/// The text of a Python script, complete in itself, that measures the workloads with torch, checks each
/// result in double precision on the CPU, and writes a results file of this version.
std::string script(const std::vector<Workload>& workloads);

}  // namespace heddle::eval::torch
