// Registers and tokens along every path of a tile program.
#pragma once
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// Throws std::runtime_error when, on some path, a register is read before it is written, a wait stands
/// before the signal that answers it in program order, or a loop leaves a semaphore with more or fewer tokens
/// than it found. Branches that test the same registers again go the same way; `if ne counter, one` is known
/// to hold in every pass of a counted loop but the last.
void check_flow(const Program& program);

}  // namespace heddle::tiles
