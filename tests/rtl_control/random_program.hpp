// Random programs of the control part that end: arithmetic, words, branches, nested loops, patches, tokens
// and tile instructions with traffic.
#pragma once
#include <cstdint>
#include <random>

#include "tests/rtl_control/bench.hpp"

namespace heddle::tests {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {}
  /// About `size` instructions, then one LOAD for each register, whose base shows its value, and HALT.
  Assembler make(int size);
  /// `jumps` jumps all over an area of three times the instruction cache.
  Assembler make_jumps(int jumps);
  /// Whether SIGNAL and WAIT use this semaphore.
  static bool scalar_touches(int semaphore);

 private:
  // Registers: s1-s7 and s16-s19 hold data, s8-s11 small values for patches, s12-s13 addresses,
  // s20-s23 counters of loops, s24 is scratch.
  int pick(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  bool chance(int percent) { return pick(100) < percent; }
  int data_register();
  std::int64_t number();
  void block(int size, int depth);
  void arithmetic();
  void word();
  void branch();
  void loop(int size, int depth);
  void tile(int consumer_semaphore);
  void consume();

  Assembler code_;
  std::mt19937_64 random_;
  int pending_[isa::kSemaphores] = {};  // tokens signalled and not yet waited for, in program order
};

}  // namespace heddle::tests
