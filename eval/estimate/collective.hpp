// Time of a collective among the devices of a node.
#pragma once
#include "eval/chips/chip.hpp"
#include "eval/estimate/software.hpp"
#include "eval/work/operations.hpp"

namespace heddle::eval {

/// Bytes/s that a device sends over its fastest link, each way; PCIe 4.0 x16 with a wide range where the
/// chip's link is not known. `known` hears which.
Range link_speed(const Chip& chip, bool* known = nullptr);

/// Seconds of one collective: the lesser of one step in which everyone sends to everyone (latency once) and a
/// ring (twice the latency, 2 (N-1)/N of the message each way), at 60 to 90% of the link. Among more than 8
/// of NVIDIA's devices the network is the link.
Range collective_time(const Operator& op, const Chip& chip, const Software& software);

}  // namespace heddle::eval
