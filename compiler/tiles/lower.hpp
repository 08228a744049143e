// From the plan to the tile program: "prefill" takes any number of tokens from any position in chunks of
// rows, "decode" takes one. Where the plan has several sequences, "decode_batch" takes one token of each, at
// positions that it reads from memory.
#pragma once
#include "compiler/tiles/plan.hpp"
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// Verified. Throws std::runtime_error when the verifier finds a fault.
Module lower(const Plan& plan);

}  // namespace heddle::tiles
