// The accelerator as a TLM-2.0 module: what is common to its models.
//
//   registers  target socket: the AXI4-Lite map of isa/registers.hpp, words of 32 bits, addresses from 0
//   memory     initiator socket: everything the device reads and writes, at the device's addresses
//   interrupt  high from done until the host acknowledges it (kRegisterInterruptStatus)
//
// docs/systemc.md says how to put it into a platform.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "sim/systemc/burst.hpp"
#include "sim/systemc/clock.hpp"
#include "sim/systemc/direct_memory.hpp"

namespace heddle::sim::systemc {

class Accelerator : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Accelerator> registers{"registers"};
  tlm_utils::simple_initiator_socket<Accelerator> memory{"memory"};
  sc_core::sc_out<bool> interrupt{"interrupt"};

  /// Ends a run that somebody has lost patience with: afterwards the registers hold what can be said of it,
  /// and reset() makes the device usable again. Takes time: to be called from a thread.
  virtual void halt() = 0;
  /// As the reset input of the design, at once; on-chip memories keep what they hold.
  virtual void reset() = 0;

  /// Grants of direct memory access that are in force.
  std::size_t direct_regions() const { return direct_.regions(); }

 protected:
  Accelerator(sc_core::sc_module_name name, std::uint32_t clock_mhz);

  /// One access, in the caller's thread; returns what a read gives.
  virtual std::uint32_t access_register(bool write, std::uint32_t address, std::uint32_t value) = 0;
  virtual tlm::tlm_sync_enum on_memory(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) = 0;

  Clock clock_;
  BurstPool pool_;
  DirectMemory direct_;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  tlm::tlm_sync_enum nb_memory(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay);
  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end);

  sc_core::sc_mutex one_access_;
};

}  // namespace heddle::sim::systemc
