// What a tile instruction touches: bytes of memories, and ports of their banks.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/emit/race_access.hpp"
#include "isa/config.hpp"
#include "isa/instruction.hpp"

namespace heddle::emit {

struct Footprint {
  std::vector<Access> accesses;
};

/// Everything that the instruction touches when it executes on `unit`. `base` is the value of the base
/// register of LOAD and STORE. Counts of zero give an empty footprint.
Footprint footprint_of(const isa::Config& config, int unit, const isa::TileInstruction& instruction,
                       std::uint64_t base);
/// A word of device memory that the scalar unit reads.
Footprint footprint_of_word(std::uint64_t address);

/// Why two instructions of different units must be ordered.
struct Conflict {
  Memory memory;
  bool port;        // the same port of a bank; else the same bytes
  bool writes;      // of a port conflict: both write
  ByteRange range;  // first bytes that both touch, or the whole bank
  int bank = 0;
};
std::optional<Conflict> find_conflict(const isa::Config& config, const Footprint& a, const Footprint& b);

/// What an instruction does wrong on its own: an operand outside its memory, or operands that the rules of
/// isa/instruction.hpp keep apart. Empty when nothing.
std::string check_alone(const isa::Config& config, int unit, const isa::TileInstruction& instruction,
                        std::uint64_t base);

}  // namespace heddle::emit
