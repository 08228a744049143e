// The constants of a model as they lie in memory.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/graph/model.hpp"
#include "compiler/tiles/plan.hpp"

namespace heddle::tiles {

/// Fills the constant segments. `offsets[i]` is where segment i of the plan begins in `memory`, which must
/// hold them all. Throws std::runtime_error naming a tensor that cannot be read or quantised.
void pack_constants(const graph::LanguageModel& model, const Plan& plan,
                    const std::vector<std::uint64_t>& offsets, std::vector<std::uint8_t>* memory);

/// Of these, the segments that depend on the shape alone: rotary tables and the column scales of one.
void pack_tables(const Plan& plan, const std::vector<std::uint64_t>& offsets,
                 std::vector<std::uint8_t>* memory);

}  // namespace heddle::tiles
