// A memory behind a TLM-2.0 target socket with the timing of sim/dram, for any number of initiators.
//
// It answers at once, with the time annotated: nb_transport_fw returns TLM_COMPLETED, b_transport never
// waits. Bursts that carry BeatTimes (burst.hpp) are timed as sim/dram/axi_timing.hpp says, beat by beat;
// others as one request of all their bytes. Requests are served in the order in which they come; one that
// comes with an annotated time before that of an earlier one, as temporal decoupling allows, is timed as if
// it came with it.
#pragma once
#include <tlm_utils/multi_passthrough_target_socket.h>

#include <cstdint>
#include <optional>
#include <tlm>
#include <vector>

#include "sim/dram/memory_model.hpp"
#include "sim/systemc/burst.hpp"
#include "sim/systemc/clock.hpp"

namespace heddle::sim::systemc {

struct DramOptions {
  std::uint8_t* data = nullptr;  // the contents: `bytes` of the owner's, longer-lived than the module
  std::uint64_t bytes = 0;       // addresses [0, bytes); others are answered with TLM_ADDRESS_ERROR_RESPONSE
  dram::Timing timing;           // has passed dram::check_timing()
  std::uint32_t core_mhz = 0;    // clock of the controller's ports
  bool grant_dmi = true;
};

class DramMemory : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<DramMemory> socket{"socket"};

  DramMemory(sc_core::sc_module_name name, const DramOptions& options);

  /// Closed banks, nothing under way, and the refresh calendar at its beginning, from now on.
  void restart();
  /// Accesses that touch [start, end] are answered with TLM_GENERIC_ERROR_RESPONSE, as by a memory that finds
  /// an error it cannot correct. Grants of direct access to them are taken back.
  void poison(std::uint64_t start, std::uint64_t end);
  /// Takes back every grant of direct access; while not `allowed`, none is given.
  void set_direct(bool allowed);
  const dram::MemoryModel& model() const { return model_; }

 private:
  struct Range {
    std::uint64_t start, end;
  };

  void b_transport(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_transport(int initiator, tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay);
  unsigned debug(int initiator, tlm::tlm_generic_payload& transaction);
  bool direct(int initiator, tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& region);
  bool poisoned(std::uint64_t address, std::uint64_t bytes) const;
  tlm::tlm_response_status move(tlm::tlm_generic_payload& transaction);
  std::uint64_t time(tlm::tlm_generic_payload& transaction, std::uint64_t cycle);
  void take_grants_back(std::uint64_t start, std::uint64_t end);

  DramOptions options_;
  Clock clock_;
  dram::MemoryModel model_;
  std::uint64_t latest_ = 0;  // core cycle of the last request
  std::vector<Range> poisoned_;
};

}  // namespace heddle::sim::systemc
