// The accelerator as a TLM-2.0 module that is the fast model (sim/fast): the RTL's cycles at a fraction of
// its cost, in two degrees of coupling to the rest of the platform.
//
// Cycle-exact: each burst is a transaction in its own cycle. Where the memory answers at once with annotated
// times (dram_memory.hpp does), the cycles are those of the RTL in the same platform.
//
// Loosely timed: the module runs ahead of the others by up to tlm_global_quantum, moves data by pointers
// where the memory grants them, and times those bursts by a DRAM model of its own, as if nobody else used the
// memory. What the memory does not grant are transactions, with the time ahead annotated.
//
// LOAD reads its rows when it starts, through a pointer or transport_dbg, so that a memory should offer one
// of them; without, they are read by b_transport a second time. A memory whose b_transport waits holds back
// all later bursts. The register status says "running" until the completion record is in memory.
#pragma once
#include <tlm>
// After <tlm>, which it needs.
#include <tlm_utils/tlm_quantumkeeper.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/dram/memory_model.hpp"
#include "sim/fast/machine.hpp"
#include "sim/systemc/accelerator.hpp"
#include "sim/systemc/compute.hpp"

namespace heddle::sim::systemc {

struct FastOptions {
  isa::Config config;
  Compute compute;
  bool loose = false;
  std::optional<dram::Timing> timing;  // loose: of what goes by pointers; none: a beat a cycle
};

class FastAccelerator : public Accelerator, private fast::ExternalMemory {
 public:
  /// Throws std::runtime_error when the system refuses the address space for an image of device memory.
  FastAccelerator(sc_core::sc_module_name name, const FastOptions& options);
  ~FastAccelerator() override;

  void halt() override;
  void reset() override;

 private:
  struct Range {
    std::uint64_t begin, end;
  };

  std::uint32_t access_register(bool write, std::uint32_t address, std::uint32_t value) override;
  tlm::tlm_sync_enum on_memory(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) override;
  void copy(std::uint64_t address, void* to, std::uint64_t count) override;
  bool access(bool write, std::uint32_t port, std::uint64_t address, std::uint32_t beats, std::uint64_t cycle,
              std::uint64_t* ready) override;

  static void prepare_read(tlm::tlm_generic_payload& transaction, std::uint64_t address, void* to,
                           std::uint64_t count);
  bool offers_debug();
  void start();
  void work();  // body of the thread that runs the model
  void finish();
  void write_record();
  void raise_interrupt(std::uint32_t status);
  void drive_interrupt();

  std::vector<Range> rows(int unit, const fast::Dispatched& item) const;
  void execute(int unit, const fast::Dispatched& item);
  void fill(Burst& burst) const;
  bool access_direct(Burst& burst, std::uint64_t cycle, std::uint64_t* ready);
  void synchronise(const sc_core::sc_time& when);
  const tlm::tlm_dmi* direct(bool write, std::uint64_t address, std::uint64_t bytes);

  isa::Config config_;
  Compute compute_;
  bool loose_;
  fast::Machine machine_;
  dram::MemoryModel own_memory_;  // loose: of what goes by pointers
  tlm_utils::tlm_quantumkeeper ahead_;
  std::uint8_t* image_ = nullptr;  // of device memory: rows on their way in and out, by their addresses
  std::uint64_t image_bytes_ = 0;
  std::vector<Range> stored_;  // what the STORE under way writes

  isa::StartArguments arguments_;
  isa::CompletionRecord record_;  // of the last run
  std::uint32_t interrupt_enable_ = 0, interrupt_status_ = 0, global_enable_ = 0;
  bool running_ = false, done_ = false, halting_ = false;
  bool debug_works_ = false;  // of the memory, as the run began
  sc_core::sc_time start_;    // of the run's cycle 0
  sc_core::sc_event go_, ended_, interrupt_changed_;
};

}  // namespace heddle::sim::systemc
