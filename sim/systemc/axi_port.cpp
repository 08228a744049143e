#include "sim/systemc/axi_port.hpp"

#include <algorithm>
#include <cstring>

#include "sim/dram/axi_timing.hpp"
#include "sim/verilator/port_bits.hpp"

namespace heddle::sim::systemc {
namespace {

constexpr std::uint8_t kSlaveError = 2, kDecodeError = 3;  // of AXI4

}  // namespace

std::uint8_t AxiPort::response(const Burst& burst) {
  if (!burst.is_response_error()) return 0;
  return burst.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? kDecodeError : kSlaveError;
}

const heddle_port_answer& AxiPort::drive(std::uint64_t cycle) {
  shown_.arready = reads_.size() < dram::kAxiOutstanding;
  shown_.awready = writes_.size() + answers_.size() < dram::kAxiOutstanding;
  shown_.wready = !writes_.empty();
  if (!shown_.rvalid && !reads_.empty() && reads_.front()->answered) {
    Burst& burst = *reads_.front();
    shown_.rvalid = std::max(burst.ready[burst.next_beat], next_beat_) <= cycle;
    shown_.rlast = burst.next_beat == burst.beats() - 1;
    shown_.rresp = response(burst);
    shown_.rdata = burst.beat(burst.next_beat);
  }
  if (!shown_.bvalid && !answers_.empty() && answers_.front()->answered) {
    shown_.bvalid = std::max(answers_.front()->ready.front(), next_answer_) <= cycle;
    shown_.bresp = response(*answers_.front());
  }
  return shown_;
}

Burst& AxiPort::begin(bool write, std::uint64_t address, std::uint32_t length) {
  Burst& burst = pool_.get();
  burst.shape(write, shape_, address, length + 1);
  return burst;
}

void AxiPort::clock(const heddle_port_request& port, std::uint64_t cycle) {
  if (shown_.rvalid && port.rready) {
    shown_.rvalid = false;
    next_beat_ = cycle + 1;
    if (++reads_.front()->next_beat == reads_.front()->beats()) {
      reads_.front()->release();
      reads_.pop_front();
    }
  }
  if (port.arvalid && shown_.arready) {
    reads_.push_back(&begin(false, port.araddr, port.arlen));
    send_(*reads_.back());
  }
  if (shown_.bvalid && port.bready) {
    shown_.bvalid = false;
    next_answer_ = cycle + 1;
    answers_.front()->release();
    answers_.pop_front();
  }
  if (port.wvalid && shown_.wready) {
    Burst& burst = *writes_.front();
    const std::uint32_t beat = burst.next_beat++;
    std::memcpy(burst.beat(beat), port.wdata, shape_.bytes);
    for (std::uint32_t i = 0; i < shape_.bytes; ++i) {
      if (strobe(port, i)) burst.enable(beat, i);
    }
    if (burst.next_beat == burst.beats()) {
      writes_.pop_front();
      answers_.push_back(&burst);
      burst.seal();
      send_(burst);
    }
  }
  if (port.awvalid && shown_.awready) writes_.push_back(&begin(true, port.awaddr, port.awlen));
}

void AxiPort::drop(std::deque<Burst*>& bursts) {
  for (Burst* burst : bursts) {
    burst->abandoned = true;
    burst->release();
  }
  bursts.clear();
}

void AxiPort::abandon() {
  drop(reads_);
  drop(writes_);
  drop(answers_);
  shown_ = {};
}

}  // namespace heddle::sim::systemc
