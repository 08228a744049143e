// Proves that a run is free of races: every two accesses that conflict (the same bytes of a scratchpad or of
// device memory, one of them written; or the same port of a bank) are ordered by the program order of a unit,
// by semaphores, or by what the scalar unit waits for.
//
// The order is that of vector clocks. A semaphore's k-th wait follows its k-th signal; credits that the
// scalar unit gives come first. To make this well defined, one unit signals a semaphore and one waits on it;
// after a FENCE the roles may change, and tokens left over count as credits.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/registers.hpp"

namespace heddle::emit {

/// One step of a run that matters to order, in the order in which the scalar unit executes or dispatches it.
struct RaceEvent {
  enum Kind { kTile, kWait, kSignal, kFence, kLoadWord };
  Kind kind = kTile;
  std::uint64_t pc = 0;
  int unit = 0;                      // of a tile instruction
  isa::TileInstruction instruction;  // patched
  std::uint64_t base = 0;            // LOAD, STORE: value of the base register; kLoadWord: the address
  std::uint16_t mask = 0;            // kWait, kSignal: semaphores

  static RaceEvent tile(int unit, std::uint64_t pc, const isa::TileInstruction& instruction,
                        std::uint64_t base);
  static RaceEvent wait(std::uint64_t pc, std::uint16_t mask);
  static RaceEvent signal(std::uint64_t pc, std::uint16_t mask);
  static RaceEvent fence(std::uint64_t pc);
  static RaceEvent load_word(std::uint64_t pc, std::uint64_t address);
};

enum class RaceRule {
  kConflict,       // two accesses without an order between them
  kSignaller,      // a semaphore signalled by two units, or credited after a unit's signals
  kWaiter,         // a semaphore waited on by two units
  kMissingSignal,  // a wait that no signal ever answers
  kOverflow,       // a semaphore that may pass 255
  kInstruction,    // an instruction that breaks a rule on its own
};

struct Race {
  RaceRule rule;
  std::size_t first = 0, second = 0;  // events; equal when only one is at fault
  std::string text;                   // for people: both instructions, the memory, the range
};

struct RaceOptions {
  std::size_t limit = 10;  // stop after so many
};

/// Checks a run. Empty: it is free of races on every device of this configuration, whatever its timing.
std::vector<Race> check_races(const isa::Config& config, const std::vector<RaceEvent>& events,
                              const RaceOptions& options = {});

/// Follows the scalar unit through a program and lists its events. `code` is what comes after the header;
/// `read_word` answers LOADWORD. Throws std::runtime_error naming pc and reason when the program is illegal
/// or takes more than `limit` scalar instructions.
std::vector<RaceEvent> walk_program(std::span<const std::uint8_t> code, const isa::StartArguments& arguments,
                                    const std::function<std::uint32_t(std::uint64_t address)>& read_word,
                                    std::uint64_t limit = 100'000'000);

/// "LOAD at pc 12 (tag 3)": one event in words.
std::string describe_event(const RaceEvent& event);

}  // namespace heddle::emit
