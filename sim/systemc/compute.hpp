// Who computes what the accelerator's instructions compute, for models that only time them.
#pragma once
#include <cstdint>
#include <functional>

#include "isa/registers.hpp"
#include "sim/fast/issue.hpp"
#include "sim/fast/units.hpp"

namespace heddle::sim::systemc {

/// Empty functions: nobody does, and only time is simulated.
struct Compute {
  /// A run begins.
  std::function<void(const isa::StartArguments&)> begin;
  /// Executes one tile instruction (unit: isa::Unit) on device memory, of which [0, bytes) are there.
  std::function<void(std::uint8_t* memory, std::uint64_t bytes, int unit, const fast::Dispatched&)> execute;
};

/// The golden model's units do; they outlive it.
inline Compute compute_with(fast::Units& units) {
  return {[&](const isa::StartArguments& arguments) { units.begin(arguments); },
          [&](std::uint8_t* memory, std::uint64_t bytes, int unit, const fast::Dispatched& item) {
            units.execute(memory, bytes, unit, item);
          }};
}

}  // namespace heddle::sim::systemc
