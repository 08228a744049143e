// Registers and tokens along every path of a tile program.
#pragma once
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// The branch that is taken where this one is not.
int opposite(int branch);

/// Throws std::runtime_error when, on some path, a register is read before it is written, or a loop leaves a
/// semaphore with more or fewer tokens than it found. Tile instructions may stand before what they wait for
/// as long as the queue of their unit (`queue_depth` instructions) holds them; a wait that would stop the
/// program for ever is an error. Branches that test the same registers again go the same way; `if ne counter,
/// one` is known to hold in every pass of a counted loop but the last.
void check_flow(const Program& program, std::size_t queue_depth);

}  // namespace heddle::tiles
