// What a program means, from isa/instruction.hpp alone: the scalar unit without time. Waits are taken as
// granted, so it serves programs that do not hang and units that do not fail.
#pragma once
#include <cstdint>
#include <vector>

#include "isa/instruction.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"

namespace heddle::tests {

/// A tile instruction as the scalar unit dispatched it. `base` is set for LOAD and STORE.
struct Dispatch {
  isa::TileInstruction instruction;
  std::uint64_t base = 0;
};

struct Meaning {
  std::uint32_t status = isa::kStatusOk;
  std::uint64_t pc = 0;
  std::uint64_t scalar_instructions = 0;
  std::vector<Dispatch> dispatched[isa::kUnits];
};

/// Interprets the program of `arguments` over `memory`; gives up after `limit` instructions with
/// kStatusWatchdog.
Meaning interpret(const std::vector<std::uint8_t>& memory, const isa::StartArguments& arguments,
                  std::uint64_t limit = 100000);

}  // namespace heddle::tests
