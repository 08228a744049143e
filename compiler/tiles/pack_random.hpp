// A model of random weights with a cache that is full, made where they lie: for measurements of a shape.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/tiles/plan.hpp"

namespace heddle::tiles {

/// Fills the constants and the cache. Bytes are uniform in [-127, 127], scales such that activations keep a
/// magnitude near one from layer to layer; the same seed gives the same bytes everywhere. `offsets[i]` is
/// where segment i of the plan begins in `memory`, which must hold them all.
void pack_random(const Plan& plan, const std::vector<std::uint64_t>& offsets, std::uint64_t seed,
                 std::vector<std::uint8_t>* memory);

}  // namespace heddle::tiles
