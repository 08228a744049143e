// A memory behind one AXI4 port: DRAM's timing (sim/dram), data, optional random stalls on top.
//
// The device's bus may be cut into several ports. Port p of P carries bytes [p*width, (p+1)*width) of every
// bus word, and its addresses count its own bytes only; physical() maps them back.
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>

#include "sim/dram/axi_timing.hpp"
#include "sim/verilator/port_bits.hpp"
#include "sim/verilator/port_library.h"

namespace heddle::sim {

/// xorshift64*: the same stalls for the same seed everywhere.
class StallSource {
 public:
  StallSource(std::uint64_t seed, std::uint32_t permille)
      : state_(seed * 2 + 0x9E3779B97F4A7C15ull), permille_(permille) {}
  bool stall() {
    if (permille_ == 0) return false;
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return ((state_ * 0x2545F4914F6CDD1Dull) >> 33) % 1000 < permille_;
  }

 private:
  std::uint64_t state_;
  std::uint32_t permille_;
};

class AxiMemory {
 public:
  AxiMemory(int port, int ports, int width_bytes) : port_(port), ports_(ports), width_(width_bytes) {}

  /// Nothing under way. `model` is shared by the ports and reset by its owner.
  void begin(std::uint8_t* memory, std::uint64_t bytes, dram::MemoryModel& model, std::uint64_t seed,
             std::uint32_t permille) {
    memory_ = memory;
    bytes_ = bytes;
    timing_.emplace(model, port_, ports_, width_);
    stalls_ = StallSource(seed * 64 + static_cast<std::uint64_t>(port_) + 1, permille);
    reads_.clear();
    writes_.clear();
    errors_.clear();
    rvalid_ = bvalid_ = arready_ = awready_ = wready_ = false;
  }

  /// Decides the outputs of this cycle. A valid once raised stays, with its payload, until it is taken.
  void drive(std::uint64_t cycle) {
    arready_ = timing_->read_ready() && !stalls_.stall();
    awready_ = timing_->write_ready() && !stalls_.stall();
    wready_ = timing_->write_data_ready() && !stalls_.stall();
    if (!rvalid_ && due(timing_->next_read_beat(), cycle) && !stalls_.stall()) {
      const Burst& burst = reads_.front();
      rvalid_ = true;
      rlast_ = burst.beat == burst.beats - 1;
      const std::uint64_t address = physical(burst);
      rerror_ = address + width_ > bytes_;
      if (rerror_) {
        std::memset(rdata_, 0, width_);
      } else {
        std::memcpy(rdata_, memory_ + address, width_);
      }
    }
    if (!bvalid_ && due(timing_->next_write_response(), cycle) && !stalls_.stall()) {
      bvalid_ = true;
      berror_ = errors_.front();
    }
  }

  /// Takes the handshakes of this cycle. The order of the calls is part of the memory's rules
  /// (axi_timing.hpp).
  void clock(const heddle_port_request& port, std::uint64_t cycle) {
    if (rvalid_ && port.rready) {
      rvalid_ = false;
      ++reads_.front().beat;
      if (timing_->pop_read_beat(cycle)) reads_.pop_front();
    }
    if (port.arvalid && arready_) {
      const std::uint32_t beats = port.arlen + 1;
      reads_.push_back({port.araddr, beats, 0, false});
      timing_->push_read(port.araddr, beats, cycle);
    }
    if (bvalid_ && port.bready) {
      bvalid_ = false;
      timing_->pop_write_response(cycle);
      errors_.pop_front();
    }
    if (port.wvalid && wready_) {
      Burst& burst = writes_.front();
      const std::uint64_t address = physical(burst);
      if (address + width_ > bytes_) {
        burst.error = true;
      } else {
        for (int i = 0; i < width_; ++i) {
          if (strobe(port, i)) memory_[address + i] = port.wdata[i];
        }
      }
      ++burst.beat;
      if (timing_->push_write_beat(cycle)) {
        errors_.push_back(burst.error);
        writes_.pop_front();
      }
    }
    if (port.awvalid && awready_) {
      const std::uint32_t beats = port.awlen + 1;
      writes_.push_back({port.awaddr, beats, 0, false});
      timing_->push_write(port.awaddr, beats);
    }
  }

  /// What the port shows in this cycle.
  heddle_port_answer answer() const {
    heddle_port_answer a = {};
    a.arready = arready_;
    a.awready = awready_;
    a.wready = wready_;
    a.rvalid = rvalid_;
    a.rlast = rlast_;
    a.rresp = rerror_ ? kSlaveError : 0;
    a.rdata = rdata_;
    a.bvalid = bvalid_;
    a.bresp = berror_ ? kSlaveError : 0;
    return a;
  }

 private:
  static constexpr std::uint8_t kSlaveError = 2;
  struct Burst {
    std::uint64_t address;
    std::uint32_t beats, beat;
    bool error;
  };

  static bool due(const std::optional<std::uint64_t>& when, std::uint64_t cycle) {
    return when && *when <= cycle;
  }

  /// Of the next beat.
  std::uint64_t physical(const Burst& burst) const {
    const std::uint64_t address = burst.address + static_cast<std::uint64_t>(burst.beat) * width_;
    return address / width_ * (static_cast<std::uint64_t>(width_) * ports_) +
           static_cast<std::uint64_t>(port_) * width_ + address % width_;
  }

  int port_, ports_, width_;
  std::uint8_t* memory_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::optional<dram::AxiTiming> timing_;
  StallSource stalls_{0, 0};
  std::deque<Burst> reads_, writes_;
  std::deque<bool> errors_;  // of the answers to come
  bool arready_ = false, awready_ = false, wready_ = false;
  bool rvalid_ = false, rlast_ = false, rerror_ = false, bvalid_ = false, berror_ = false;
  std::uint8_t rdata_[128] = {};
};

}  // namespace heddle::sim
