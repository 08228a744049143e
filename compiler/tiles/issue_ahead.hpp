// The order in which a tile program with loops and branches issues the instructions of its units.
#pragma once
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// Issues instructions of LOAD and MATRIX one place ahead: within its block each moves in front of what it
/// does not need in order to be issued, with the scalar instructions that it does need, so that these units
/// have their next one while the scalar unit waits for room in another queue. An instruction may then stand
/// in front of what it waits for. At most one of each unit passes any one operation; the queues, of two at
/// least, hold it while that is issued (check_flow proves it for each program). The order within each unit,
/// and so every result, stays.
void issue_ahead(Program* program);

}  // namespace heddle::tiles
