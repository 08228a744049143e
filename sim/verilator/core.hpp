// The Verilated accelerator by its ports: half cycles, AXI4 signals as plain data, register accesses.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>

#include "Vheddle_top.h"
#include "heddle_config.hpp"
#include "sim/verilator/port_bits.hpp"
#include "sim/verilator/port_library.h"
#include "verilated.h"

namespace heddle::sim {

constexpr int kPorts = hls::kAxiPorts;
constexpr int kPortBytes = hls::kBusBytes / kPorts;

class RtlCore {
 public:
  RtlCore() : context_(new VerilatedContext) {
    context_->randReset(2);  // memories hold garbage after power-up, the same in every run
    context_->randSeed(1);
    top_.reset(new Vheddle_top(context_.get()));
    reset();
  }

  /// A model is taken apart in the thread's context, which is that of the model that was evaluated last.
  ~RtlCore() {
    Verilated::threadContextp(context_.get());
    top_.reset();
  }
  RtlCore(const RtlCore&) = delete;
  RtlCore& operator=(const RtlCore&) = delete;

  Vheddle_top& top() { return *top_; }
  VerilatedContext& context() { return *context_; }

  /// Nothing is taken from the ports meanwhile: before the first clock edge valid signals are random.
  void reset() {
    access_ = Access::kNone;
    top_->s_axi_awvalid = top_->s_axi_wvalid = top_->s_axi_bready = 0;
    top_->s_axi_arvalid = top_->s_axi_rready = 0;
    for (int p = 0; p < kPorts; ++p) answer(p, heddle_port_answer());
    for (int i = 0; i <= kResetCycles; ++i) {
      top_->rst_i = i < kResetCycles;
      low();
      high();
    }
  }

  void answer(int port, const heddle_port_answer& a) {
    set_bits(top_->m_axi_arready, port, 1, a.arready);
    set_bits(top_->m_axi_awready, port, 1, a.awready);
    set_bits(top_->m_axi_wready, port, 1, a.wready);
    set_bits(top_->m_axi_rvalid, port, 1, a.rvalid);
    set_bits(top_->m_axi_rlast, port, 1, a.rlast);
    set_bits(top_->m_axi_rresp, 2 * port, 2, a.rresp);
    if (a.rvalid) std::memcpy(port_bytes(top_->m_axi_rdata) + port * kPortBytes, a.rdata, kPortBytes);
    set_bits(top_->m_axi_bvalid, port, 1, a.bvalid);
    set_bits(top_->m_axi_bresp, 2 * port, 2, a.bresp);
  }

  /// Lets the inputs take effect.
  void low() {
    top_->clk_i = 0;
    top_->eval();
    sample_access();
  }

  heddle_port_request request(int port) {
    heddle_port_request r = {};
    r.arvalid = get_bits(top_->m_axi_arvalid, port, 1) != 0;
    r.awvalid = get_bits(top_->m_axi_awvalid, port, 1) != 0;
    r.wvalid = get_bits(top_->m_axi_wvalid, port, 1) != 0;
    r.rready = get_bits(top_->m_axi_rready, port, 1) != 0;
    r.bready = get_bits(top_->m_axi_bready, port, 1) != 0;
    if (r.arvalid) {
      std::memcpy(&r.araddr, port_bytes(top_->m_axi_araddr) + port * kAddressBytes, kAddressBytes);
      r.arlen = port_bytes(top_->m_axi_arlen)[port];
    }
    if (r.awvalid) {
      std::memcpy(&r.awaddr, port_bytes(top_->m_axi_awaddr) + port * kAddressBytes, kAddressBytes);
      r.awlen = port_bytes(top_->m_axi_awlen)[port];
    }
    if (r.wvalid) {
      r.wdata = port_bytes(top_->m_axi_wdata) + port * kPortBytes;
      r.strobes = port_bytes(top_->m_axi_wstrb);
      r.strobe_first = static_cast<std::uint32_t>(port * kPortBytes);
    }
    return r;
  }

  /// The rising edge. Outputs hold until the next low().
  void high() {
    top_->clk_i = 1;
    top_->eval();
    if (access_ == Access::kNone) return;
    if (address_taken_) top_->s_axi_awvalid = top_->s_axi_arvalid = 0;
    if (data_taken_) top_->s_axi_wvalid = 0;
    if (!answered_) return;
    top_->s_axi_bready = top_->s_axi_rready = 0;
    access_ = Access::kNone;
  }

  /// Begins an AXI4-Lite access; it goes on in the cycles that follow.
  void begin_access(bool write, std::uint32_t address, std::uint32_t value) {
    access_ = write ? Access::kWrite : Access::kRead;
    address_taken_ = data_taken_ = answered_ = false;
    if (write) {
      top_->s_axi_awaddr = static_cast<std::uint16_t>(address);
      top_->s_axi_awvalid = 1;
      top_->s_axi_wdata = value;
      top_->s_axi_wstrb = 0xF;
      top_->s_axi_wvalid = 1;
      top_->s_axi_bready = 1;
    } else {
      top_->s_axi_araddr = static_cast<std::uint16_t>(address);
      top_->s_axi_arvalid = 1;
      top_->s_axi_rready = 1;
    }
  }
  bool accessing() const { return access_ != Access::kNone; }
  std::uint32_t value() const { return value_; }  // of the last read

 private:
  enum class Access { kNone, kRead, kWrite };
  static constexpr int kAddressBytes = 8;  // m_axi addresses are 64 bits a port
  static constexpr int kResetCycles = 8;

  /// What of the access under way is taken at the coming edge.
  void sample_access() {
    if (access_ == Access::kWrite) {
      address_taken_ |= top_->s_axi_awvalid != 0 && top_->s_axi_awready != 0;
      data_taken_ |= top_->s_axi_wvalid != 0 && top_->s_axi_wready != 0;
      answered_ = top_->s_axi_bvalid != 0;
    } else if (access_ == Access::kRead) {
      address_taken_ |= top_->s_axi_arvalid != 0 && top_->s_axi_arready != 0;
      answered_ = top_->s_axi_rvalid != 0;
      value_ = top_->s_axi_rdata;
    }
  }

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vheddle_top> top_;
  Access access_ = Access::kNone;
  bool address_taken_ = false, data_taken_ = false, answered_ = false;
  std::uint32_t value_ = 0;
};

}  // namespace heddle::sim
