// The run from which the compiler learns how a simulator spends its time (profile-guided optimisation).
#pragma once
#include <string>

#include "isa/config.hpp"

namespace heddle::sim {

/// Runs a program on the instrumented device library at `path` that keeps every unit at work in the
/// proportions of a language model's decode, then of its prefill; when it is done the library has
/// written its profile. Throws std::runtime_error when the library cannot be loaded or the run fails.
void train(const std::string& path, const isa::Config& config);

}  // namespace heddle::sim
