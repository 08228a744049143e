// The accelerator as a TLM-2.0 module that is the Verilated RTL: every cycle is the design's.
//
// Time passes cycle by cycle while a run or a register access is in progress; otherwise the device has no
// clock and costs nothing. A run counts as in progress until the interrupt rises or a read of the control
// register says idle.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/systemc/accelerator.hpp"
#include "sim/systemc/axi_port.hpp"

namespace heddle::sim::systemc {

struct RtlOptions {
  std::string library;            // path of the device library of the RTL (sim/library/build.hpp)
  std::uint64_t config_hash = 0;  // of the configuration that it must have been built for
  std::uint32_t clock_mhz = 0;
  /// Move data by pointers where the memory grants them, in the time that the grant states, instead of by
  /// transactions in the memory's own.
  bool direct = false;
};

class RtlAccelerator : public Accelerator {
 public:
  /// Throws std::runtime_error when the library cannot be loaded, or was built for another configuration.
  RtlAccelerator(sc_core::sc_module_name name, const RtlOptions& options);
  ~RtlAccelerator() override;

  void halt() override {}  // its registers can be read while it runs
  void reset() override;

 private:
  struct Library;

  std::uint32_t access_register(bool write, std::uint32_t address, std::uint32_t value) override;
  tlm::tlm_sync_enum on_memory(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                               sc_core::sc_time& delay) override;

  bool active() const;
  void clock();  // a cycle
  void step(std::uint64_t cycle);
  void send_waiting();
  bool send_direct(Burst& burst);
  void finish(Burst& burst, const sc_core::sc_time& delay);

  std::unique_ptr<Library> library_;
  void* device_ = nullptr;
  bool use_direct_;
  std::vector<AxiPort> ports_;
  std::vector<heddle_port_answer> answers_;
  std::vector<heddle_port_request> requests_;

  std::deque<Burst*> waiting_;   // for the memory to take the request before them
  Burst* requesting_ = nullptr;  // until the memory has taken it
  std::size_t under_way_ = 0;    // transactions without an answer
  bool running_ = false, accessing_ = false, interrupt_ = false;
  std::uint32_t value_ = 0;  // of the last register read
  sc_core::sc_event wake_, access_done_;
};

}  // namespace heddle::sim::systemc
