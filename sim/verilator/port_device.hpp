// The accelerator behind sim/verilator/port_library.h.
#pragma once
#include "sim/verilator/core.hpp"

namespace heddle::sim {

class PortDevice {
 public:
  void reset() { core_.reset(); }
  void access(bool write, std::uint32_t address, std::uint32_t value) {
    core_.begin_access(write, address, value);
  }
  void begin(const heddle_port_answer* answers, heddle_port_request* requests) {
    for (int p = 0; p < kPorts; ++p) core_.answer(p, answers[p]);
    core_.low();
    for (int p = 0; p < kPorts; ++p) requests[p] = core_.request(p);
  }
  void end(heddle_port_status* status) {
    const bool accessing = core_.accessing();
    core_.high();
    status->interrupt = core_.top().interrupt_o != 0;
    status->access_done = accessing && !core_.accessing();
    status->value = core_.value();
  }

 private:
  RtlCore core_;
};

}  // namespace heddle::sim
