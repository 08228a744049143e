// Stand-ins for the four units. What one does is written in halves of its instruction that the control part
// does not look at, so that tests steer them through programs.
#pragma once
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "Vbench.h"
#include "heddle_config.hpp"
#include "isa/instruction.hpp"
#include "tests/rtl_control/axi_memory.hpp"

namespace heddle::tests {

// Halves that steer a model.
constexpr int kModelStatus = 26;    // to report
constexpr int kModelDuration = 27;  // cycles; 0: random; kModelForever: never done
constexpr int kModelBeats = 28;     // LOAD, STORE: beats of a request, from the base on; 0: no traffic
constexpr int kModelRequests = 29;  // LOAD, STORE: requests, one after another
constexpr int kModelForever = 0xFFFF;

/// An instruction as a unit was given it.
struct Started {
  int unit;
  isa::TileInstruction instruction;
  std::uint64_t base;
  std::uint64_t start_cycle, done_cycle;  // done: 0 while it executes
};

/// LOAD may hold several instructions: once it has asked for all data of the newest it may take another.
class UnitModels {
 public:
  UnitModels(AxiMemory& memory, std::uint64_t seed) : memory_(memory), random_(seed) {}

  int longest = 40;  // cycles of a random duration
  std::vector<Started> started;
  std::uint64_t load_bytes = 0, store_bytes = 0, mac_rows = 0;
  std::vector<std::uint8_t> expected;  // memory after the stores

  void begin_run();
  void drive(Vbench& dut);
  void sample(Vbench& dut, std::uint64_t cycle);

 private:
  struct Unit {
    bool busy = false;
    std::size_t index = 0;  // in `started`
    int left = 0;           // cycles until done, at the earliest
    bool done = false;      // pulses in this cycle
    std::uint32_t status = 0, bytes = 0;
    int requested = 0, answered = 0, requests = 0, beats = 0, beat = 0;
    bool sending = false;  // STORE: data beats of the accepted request
    bool taken = false;    // LOAD: its fields are needed no longer
    std::uint64_t address = 0, received = 0;
  };
  void start(Vbench& dut, int unit, std::uint64_t cycle);
  Unit started_unit(Vbench& dut, int unit, std::uint64_t cycle);
  void sample_load(Vbench& dut);
  void sample_store(Vbench& dut);
  void sample_loads(Vbench& dut, std::uint64_t cycle);
  void advance(Unit& unit, bool moves, bool abort);
  void expect_instruction(Vbench& dut, int unit, const Unit& state);

  AxiMemory& memory_;
  Unit units_[isa::kUnits];  // LOAD's is not used
  std::deque<Unit> loads_;   // oldest first
  bool load_taken_ = false;  // pulses in this cycle
  bool mac_row_ = false, vector_step_ = false;
  std::vector<std::uint8_t> data_, strobes_;  // STORE's next beat
  std::mt19937_64 random_;
};

}  // namespace heddle::tests
