// One AXI4 port of the Verilated device, answered by TLM-2.0 transactions: the part of sim/verilator/
// axi_memory.hpp for a memory that is somebody else's. Rules and their order are those of
// sim/dram/axi_timing.hpp; only the times come from the transactions.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>

#include "sim/systemc/burst.hpp"
#include "sim/verilator/port_library.h"

namespace heddle::sim::systemc {

class AxiPort {
 public:
  /// `send` is given each burst in its cycle; its reference is this port's until released here.
  AxiPort(const PortShape& shape, BurstPool& pool, std::function<void(Burst&)> send)
      : shape_(shape), pool_(pool), send_(std::move(send)) {}

  /// What the port shows in this cycle.
  const heddle_port_answer& drive(std::uint64_t cycle);
  /// Takes the handshakes of this cycle.
  void clock(const heddle_port_request& port, std::uint64_t cycle);

  bool idle() const { return reads_.empty() && writes_.empty() && answers_.empty(); }
  /// Forgets everything under way: a reset of the device.
  void abandon();

 private:
  Burst& begin(bool write, std::uint64_t address, std::uint32_t length);
  void drop(std::deque<Burst*>& bursts);
  static std::uint8_t response(const Burst& burst);

  PortShape shape_;
  BurstPool& pool_;
  std::function<void(Burst&)> send_;
  std::deque<Burst*> reads_;                       // from address to last beat
  std::deque<Burst*> writes_;                      // whose data are coming
  std::deque<Burst*> answers_;                     // sent, to be answered
  std::uint64_t next_beat_ = 0, next_answer_ = 0;  // one beat, one answer a cycle
  heddle_port_answer shown_ = {};
};

}  // namespace heddle::sim::systemc
