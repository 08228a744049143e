// The control part under Verilator, with memory, units and host.
#pragma once
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "Vbench.h"
#include "isa/config.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"
#include "tests/hls/assembler.hpp"
#include "tests/rtl_control/axi_memory.hpp"
#include "tests/rtl_control/unit_models.hpp"

namespace heddle::tests {

/// The configuration that the bench was Verilated for.
isa::Config bench_config();

/// What a run left in the registers.
struct Report {
  std::uint32_t status = 0;
  std::uint64_t pc = 0;
  std::uint64_t counters[isa::kCounters] = {};
};

class Bench {
 public:
  static constexpr std::size_t kMemoryBytes = 1 << 20;
  static constexpr std::uint64_t kProgram = 0x10000, kProgramBytes = 0x40000;
  static constexpr std::uint64_t kData = 0x60000, kDataBytes = 0x40000;            // read and written
  static constexpr std::uint64_t kRecord = 0xA0000 - 256;                          // the data window's end
  static constexpr std::uint64_t kConstants = 0xC0000, kConstantsBytes = 0x10000;  // read-only

  explicit Bench(std::uint64_t seed);
  ~Bench();

  void tick();
  std::uint32_t read(std::uint32_t address);
  std::uint64_t read64(std::uint32_t address);
  void write(std::uint32_t address, std::uint32_t data, int strobes = 15);
  void write64(std::uint32_t address, std::uint64_t data);

  /// Puts the program into memory and opens three windows: program, data, constants.
  void load(const Assembler& code);
  void set_arguments();
  void start() { write(isa::kRegisterControl, 1); }
  /// Ticks until done, `limit` cycles at most; clears done.
  void wait_done(std::uint64_t limit = 2000000);
  Report report();
  isa::CompletionRecord record() const;
  /// load, start, wait; checks that record and registers agree where the record was written.
  Report run(const Assembler& code);
  /// The same with what lies in memory already.
  Report run();

 private:
  std::unique_ptr<Vbench> model_;  // before what is built on it

 public:
  Vbench& dut;
  AxiMemory memory;
  UnitModels units;
  isa::StartArguments arguments;
  std::uint64_t cycle = 0;

 private:
  std::mt19937_64 random_;
};

/// busy + token + issue of every unit are the cycles; counts agree with what models and memory saw.
void check_counters(const Report& report, const Bench& bench);

}  // namespace heddle::tests
