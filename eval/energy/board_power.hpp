// Power of GPUs and their like: board from what it does, wall from the board.
#pragma once
#include <string>
#include <vector>

#include "eval/chips/chip.hpp"
#include "eval/common/range.hpp"
#include "eval/estimate/estimate.hpp"

namespace heddle::eval {

/// What a device does, on average over some time.
struct Load {
  Range seconds = 1.0;
  double flops = 0, bytes = 0;  // of one device, in these seconds
  Format compute = Format::kBf16;
};

/// Watts of one board: min(limit, static + operations + bytes), with the range of the fit. Chips that are no
/// GPUs and not like one (CPUs, FPGAs, whole computers): a share of their limit. Where the chip's figure is
/// of the die, regulators are added. Throws std::runtime_error where the chip's power is not known, and for
/// our own machine, whose energy comes from machine.hpp.
Graded board_watts(const Chip& chip, const Load& load);
/// The published limit (TDP) of the board. A bound, not a consumption. Throws likewise.
Range board_limit(const Chip& chip);

/// Watts of a host's share per accelerator, in a data centre or at home (Apple's chips are whole computers:
/// 0).
Range host_watts(const Chip& chip, bool at_home);
/// Wall: boards and hosts through their power supplies, times the building's PUE.
Range wall_watts(const Range& boards, const Range& hosts, const Range& pue);

/// Load of one of the request's devices in a step.
Load load_of(const Estimate& estimate, const StepEstimate& step);

/// A published power or energy and what the model says.
struct PowerCheck {
  std::string name, unit, source, boundary, remark;
  double published = 0;
  Graded predicted;
  bool fitted = false;  // the model rests on this figure
  double error() const { return predicted.range.value / published - 1; }
};
std::vector<PowerCheck> power_checks(const Parameters& parameters);

}  // namespace heddle::eval
