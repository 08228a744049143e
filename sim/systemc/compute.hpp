// Who computes what the accelerator's instructions compute, for models that only time them.
#pragma once
#include <cstdint>
#include <functional>

#include "isa/registers.hpp"
#include "sim/fast/issue.hpp"

namespace heddle::sim::systemc {

/// Empty functions: nobody does, and only time is simulated.
struct Compute {
  /// A run begins.
  std::function<void(const isa::StartArguments&)> begin;
  /// Executes one tile instruction (unit: isa::Unit) on device memory, of which [0, bytes) are there.
  std::function<void(std::uint8_t* memory, std::uint64_t bytes, int unit, const fast::Dispatched&)> execute;
};

}  // namespace heddle::sim::systemc
