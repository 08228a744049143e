// What the units did in a run, counted from the instructions that were executed: operations and bytes, unit
// by unit, as they can be counted in a simulation of the RTL (switching.hpp).
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "isa/counters.hpp"
#include "isa/image.hpp"
#include "runtime/host/timeline.hpp"

namespace heddle::eval {

using CounterValues = std::span<const std::uint64_t, isa::kCounters>;

/// What is counted. Memories: bytes of whole words where they are read, of the bytes under the mask where
/// they are written.
enum class WorkKind {
  kProducts,             // 8-bit products with their additions, padding included
  kWeights,              // bytes of weights that enter the array's cells, or shift through them
  kEdgeMultiplications,  // FP32, where sums leave the array
  kEdgeConversions,      // INT32 to FP32
  kMultiplications,      // FP32, of the lanes
  kAdditions,            // FP32, of lanes and row sums
  kFunctions,            // exp, reciprocal, reciprocal square root
  kReadA,
  kWriteA,
  kReadW,
  kWriteW,
  kReadC,
  kWriteC,
  kReadV,
  kWriteV,
  kReadS,
  kWriteS,
  kReadAccumulators,
  kWriteAccumulators,
  kReadInstructions,
  kWriteInstructions,
  kBusReads,
  kBusWrites,
};
constexpr std::size_t kWorkKinds = static_cast<std::size_t>(WorkKind::kBusWrites) + 1;

/// Operations and bytes by kind of work.
class CountedWork {
 public:
  double& operator[](WorkKind work) { return counts_[static_cast<std::size_t>(work)]; }
  double operator[](WorkKind work) const { return counts_[static_cast<std::size_t>(work)]; }

 private:
  std::array<double, kWorkKinds> counts_{};
};

/// From the executions of every instruction in the runs of `timeline`, the instructions themselves and the
/// counters of these runs. A size that the program patches is what the unit's active cycles leave of it;
/// where two are patched, as if each row were one block. Throws std::runtime_error for a program that the
/// image does not hold.
CountedWork counted_work(const runtime::Timeline& timeline, const isa::Image& image, CounterValues counters);

}  // namespace heddle::eval
