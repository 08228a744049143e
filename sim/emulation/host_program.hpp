// Running a user's own host program against an emulated device.
#pragma once
#include <string>
#include <vector>

#include "sim/emulation/environment.hpp"

namespace heddle::sim::emulation {

/// Runs the program with the environment's variables, in a session of its own, and waits for it: the
/// runtime's handlers of crashes signal their whole process group. Interrupts and termination are passed on
/// to it. What it left running is ended. Returns its exit status, 128 + N for signal N. Throws
/// std::runtime_error when it cannot be started.
int run_host(const Environment& environment, std::vector<std::string> command);

}  // namespace heddle::sim::emulation
