// Answers the host's requests with an accelerator.
#pragma once
#include <string>

#include "sim/emulation/accelerator.hpp"
#include "sim/emulation/protocol.hpp"

namespace heddle::sim::emulation {

/// Serves `host` until it closes the device (true) or disappears (false). A request that the protocol does
/// not have is answered with an empty body, which ends the host's run with an error of its own.
bool serve(Connection& host, Connection& d2x, Accelerator& accelerator);

/// The body of the answer to one request. Throws std::runtime_error when the request is malformed.
std::string answer(const Request& request, Accelerator& accelerator);

}  // namespace heddle::sim::emulation
