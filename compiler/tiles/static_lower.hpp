// From a static plan to a tile program: a straight line of LOAD, MATRIX, VECTOR and STORE, each operation of
// the plan cut into chunks, all of them ordered over the units by one schedule. Operations overlap where
// their rows allow it, weights are fetched ahead across operations.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compiler/tiles/program.hpp"
#include "compiler/tiles/static_plan.hpp"
#include "compiler/tiles/static_tiling.hpp"

namespace heddle::tiles {

constexpr const char* kStaticProgram = "run";
// Segments of the module.
constexpr const char* kStaticConstants = "constants";
constexpr const char* kStaticState = "tensors";
constexpr const char* kStaticRecord = "record";

struct StaticCandidate {
  StaticTiling tiling;
  std::int64_t cycles = 0;    // predicted
  std::int64_t bytes = 0;     // that LOAD and STORE move
  std::int64_t measured = 0;  // 0: not measured
  std::string text() const;
};

struct StaticProgram {
  StaticPlan plan;  // offsets of weights set
  StaticTiling tiling;
  Module module;  // verified
  std::int64_t predicted_cycles = 0;
  std::int64_t traffic = 0;            // bytes that LOAD and STORE move
  std::vector<StaticCandidate> tried;  // in the order of the search
};

/// The cycles that a program takes on the device, counted by somebody who can.
using MeasureStatic = std::function<std::int64_t(const StaticProgram&)>;

/// Tries tilings and takes the one that moves the fewest bytes of those that the cost model finds hardly
/// slower than the fastest; with `measure` the best few of these are measured, as many as some 64 million
/// cycles allow, and chosen from likewise. Throws std::runtime_error naming the operation that does not fit
/// and the memory to enlarge.
StaticProgram lower_static(StaticPlan plan, const MeasureStatic& measure = {});

/// One tiling, as it is.
StaticProgram lower_static(StaticPlan plan, const StaticTiling& tiling);

}  // namespace heddle::tiles
