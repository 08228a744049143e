// What a legal tile program is. Run after every pass that makes or reads one.
#pragma once
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// Checks, for every operation: registers are written before they are read, fields fit their bits, at most
/// three fields are patched and those can be, operands lie in their regions and regions in one bank, streams
/// A and U in different banks. For programs: in program order no wait stands before the signal that answers
/// it, loops and branches leave every semaphore as they found it. Throws std::runtime_error naming program,
/// operation and field.
void verify(const Module& module);

}  // namespace heddle::tiles
