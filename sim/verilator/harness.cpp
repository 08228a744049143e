// The Verilated accelerator as a device library: clock, reset, register accesses, memory, time limit, waves.
// Compiled once per configuration by sim/library/build.cpp.
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "Vheddle_top.h"
#include "Vheddle_top___024root.h"
#include "heddle_config.hpp"
#include "isa/device_library.h"
#include "isa/status.hpp"
#include "sim/verilator/axi_memory.hpp"
#include "sim/verilator/port_bits.hpp"
#include "sim/verilator/unit_events.hpp"
#include "verilated.h"
#ifdef HEDDLE_WAVEFORMS
#include "verilated_fst_c.h"
#endif
#ifdef HEDDLE_SWITCHING
#include "sim/verilator/switching.hpp"
#else
namespace heddle::sim {
void begin_switching() {}
void report_switching(const heddle_run_options&) {}
}  // namespace heddle::sim
#endif

double sc_time_stamp() { return 0; }  // Verilator's runtime wants it where SystemC is absent

namespace heddle::sim {
namespace {

constexpr int kPorts = hls::kAxiPorts;
constexpr int kPortBytes = hls::kBusBytes / kPorts;
constexpr int kAddressBytes = 8;  // m_axi addresses are 64 bits a port

class RtlDevice {
 public:
  RtlDevice() : context_(new VerilatedContext) {
    context_->randReset(2);  // memories hold garbage after power-up, the same in every run
    context_->randSeed(1);
    top_.reset(new Vheddle_top(context_.get()));
    for (int p = 0; p < kPorts; ++p) memories_.emplace_back(p, kPorts, kPortBytes);
    reset();
  }

  void run(std::uint8_t* memory, std::uint64_t bytes, const isa::StartArguments& arguments,
           const heddle_run_options& options, isa::CompletionRecord& record) {
    begin_memory(memory, bytes, options);
    open_waves(options.waveform);
    begin_switching();
    write64(isa::kRegisterProgram, arguments.program);
    write64(isa::kRegisterRecord, arguments.record);
    write64(isa::kRegisterWatchdog, arguments.watchdog);
    for (int w = 0; w < isa::kWindows; ++w) {
      write64(isa::kRegisterWindow + 16 * w, arguments.window_base[w]);
      write64(isa::kRegisterWindow + 16 * w + 8, arguments.window_size[w]);
    }
    for (int a = 0; a < isa::kArguments; ++a) write64(isa::kRegisterArgument + 8 * a, arguments.argument[a]);

    // The interrupt says done, so that the run is not disturbed by polling.
    write32(isa::kRegisterGlobalInterrupt, 1);
    write32(isa::kRegisterInterruptEnable, 1);
    write32(isa::kRegisterControl, 1);
    const std::uint64_t start = cycle_;
    model_->reset(start);
    UnitEvents events(options.event, options.user, start);
    events_ = options.event != nullptr ? &events : nullptr;
    bool finished = true;
    while (top_->interrupt_o == 0) {
      tick();
      const std::uint64_t spent = cycle_ - start;
      const bool cancelled =
          options.progress != nullptr && (spent & 0x3FFF) == 0 && options.progress(options.user, spent) != 0;
      if (cancelled || (options.cycle_limit != 0 && spent >= options.cycle_limit)) {
        finished = false;
        break;
      }
    }
    events_ = nullptr;
    if (finished) {
      write32(isa::kRegisterInterruptStatus, 1);  // toggles it off
      read32(isa::kRegisterControl);              // clears done
    }
    record = isa::CompletionRecord();
    record.status =
        finished ? read32(isa::kRegisterStatus) : static_cast<std::uint32_t>(isa::kStatusWatchdog);
    record.pc = read64(isa::kRegisterPc);
    for (int c = 0; c < isa::kCounters; ++c) record.counters[c] = read64(isa::kRegisterCounters + 8 * c);
    record.magic = isa::kRecordMagic;
    report_switching(options);
    if (!finished) reset();
    close_waves();
  }

 private:
  /// A memory of the host's bytes with the timing that the options ask for.
  void begin_memory(std::uint8_t* memory, std::uint64_t bytes, const heddle_run_options& options) {
    dram::Timing timing;
    timing.ideal = 1;
    timing.clock_mhz = 1;
    timing.latency = options.memory_latency;
    const auto* asked = static_cast<const dram::Timing*>(options.memory);
    model_.emplace(asked != nullptr ? *asked : timing,
                   asked != nullptr ? options.core_mhz : timing.clock_mhz);
    model_->reset(cycle_);
    for (AxiMemory& m : memories_)
      m.begin(memory, bytes, *model_, options.stall_seed, options.stall_permille);
  }

  void reset() {
    top_->rst_i = 1;
    begin_memory(nullptr, 0, heddle_run_options());
    for (int i = 0; i < 8; ++i) tick();
    // Before the first clock edge valid signals are random: forget what they asked for.
    begin_memory(nullptr, 0, heddle_run_options());
    top_->rst_i = 0;
    tick();
  }

  void tick() {
    for (int p = 0; p < kPorts; ++p) {
      AxiMemory& m = memories_[p];
      m.drive(cycle_);
      set_bits(top_->m_axi_arready, p, 1, m.arready());
      set_bits(top_->m_axi_awready, p, 1, m.awready());
      set_bits(top_->m_axi_wready, p, 1, m.wready());
      set_bits(top_->m_axi_rvalid, p, 1, m.rvalid());
      set_bits(top_->m_axi_rlast, p, 1, m.rlast());
      set_bits(top_->m_axi_rresp, 2 * p, 2, static_cast<std::uint64_t>(m.rresp()));
      if (m.rvalid()) std::memcpy(port_bytes(top_->m_axi_rdata) + p * kPortBytes, m.rdata(), kPortBytes);
      set_bits(top_->m_axi_bvalid, p, 1, m.bvalid());
      set_bits(top_->m_axi_bresp, 2 * p, 2, static_cast<std::uint64_t>(m.bresp()));
    }
    top_->clk_i = 0;
    top_->eval();
    dump(0);
    for (int p = 0; p < kPorts; ++p) {
      AxiPort port;
      port.arvalid = get_bits(top_->m_axi_arvalid, p, 1) != 0;
      port.awvalid = get_bits(top_->m_axi_awvalid, p, 1) != 0;
      port.wvalid = get_bits(top_->m_axi_wvalid, p, 1) != 0;
      port.rready = get_bits(top_->m_axi_rready, p, 1) != 0;
      port.bready = get_bits(top_->m_axi_bready, p, 1) != 0;
      if (port.arvalid) {
        std::memcpy(&port.araddr, port_bytes(top_->m_axi_araddr) + p * kAddressBytes, kAddressBytes);
        port.arlen = port_bytes(top_->m_axi_arlen)[p];
      }
      if (port.awvalid) {
        std::memcpy(&port.awaddr, port_bytes(top_->m_axi_awaddr) + p * kAddressBytes, kAddressBytes);
        port.awlen = port_bytes(top_->m_axi_awlen)[p];
      }
      if (port.wvalid) {
        port.wdata = port_bytes(top_->m_axi_wdata) + p * kPortBytes;
        port.strobe_source = &top_->m_axi_wstrb;
        port.strobe = [](const void* source, int byte) {
          return (static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(source)[byte / 8]) >>
                  (byte % 8)) &
                 1;
        };
      }
      memories_[p].clock(port, cycle_);
    }
    if (events_ != nullptr) {
      const auto* root = top_->rootp;
#define HEDDLE_CONTROL(signal) root->heddle_top__DOT__i_core__DOT__i_control__DOT__##signal
#define HEDDLE_ISSUE(signal) HEDDLE_CONTROL(i_issue__DOT__##signal)
      events_->cycle(cycle_, HEDDLE_ISSUE(trace_present), HEDDLE_ISSUE(trace_start),
                     HEDDLE_CONTROL(trace_active), HEDDLE_ISSUE(trace_done), HEDDLE_ISSUE(trace_tags),
                     HEDDLE_ISSUE(trace_pcs).data());
#undef HEDDLE_ISSUE
#undef HEDDLE_CONTROL
    }
    top_->clk_i = 1;
    top_->eval();
    dump(1);
    ++cycle_;
  }

  void write32(std::uint32_t address, std::uint32_t value) {
    top_->s_axi_awaddr = address;
    top_->s_axi_awvalid = 1;
    top_->s_axi_wdata = value;
    top_->s_axi_wstrb = 0xF;
    top_->s_axi_wvalid = 1;
    top_->s_axi_bready = 1;
    bool address_taken = false, data_taken = false, answered = false;
    while (!answered) {
      top_->clk_i = 0;
      top_->eval();
      address_taken |= top_->s_axi_awvalid != 0 && top_->s_axi_awready != 0;
      data_taken |= top_->s_axi_wvalid != 0 && top_->s_axi_wready != 0;
      answered = top_->s_axi_bvalid != 0;
      tick();
      if (address_taken) top_->s_axi_awvalid = 0;
      if (data_taken) top_->s_axi_wvalid = 0;
    }
    top_->s_axi_bready = 0;
  }

  std::uint32_t read32(std::uint32_t address) {
    top_->s_axi_araddr = address;
    top_->s_axi_arvalid = 1;
    top_->s_axi_rready = 1;
    while (true) {
      top_->clk_i = 0;
      top_->eval();
      const bool taken = top_->s_axi_arvalid != 0 && top_->s_axi_arready != 0;
      const bool answered = top_->s_axi_rvalid != 0;
      const std::uint32_t value = top_->s_axi_rdata;
      tick();
      if (taken) top_->s_axi_arvalid = 0;
      if (answered) {
        top_->s_axi_rready = 0;
        return value;
      }
    }
  }

  void write64(std::uint32_t address, std::uint64_t value) {
    write32(address, static_cast<std::uint32_t>(value));
    write32(address + 4, static_cast<std::uint32_t>(value >> 32));
  }

  std::uint64_t read64(std::uint32_t address) {
    const std::uint64_t low = read32(address);
    return low | static_cast<std::uint64_t>(read32(address + 4)) << 32;
  }

#ifdef HEDDLE_WAVEFORMS
  void open_waves(const char* path) {
    if (path == nullptr) return;
    if (!tracing_) context_->traceEverOn(true);
    waves_.reset(new VerilatedFstC);
    top_->trace(waves_.get(), 99);
    waves_->open(path);
    tracing_ = true;
  }
  void close_waves() {
    if (waves_) waves_->close();
    waves_.reset();
  }
  void dump(int edge) {
    if (waves_) waves_->dump(2 * cycle_ + static_cast<std::uint64_t>(edge));
  }
  std::unique_ptr<VerilatedFstC> waves_;
  bool tracing_ = false;
#else
  void open_waves(const char*) {}
  void close_waves() {}
  void dump(int) {}
#endif

  std::unique_ptr<VerilatedContext> context_;
  std::unique_ptr<Vheddle_top> top_;
  std::optional<dram::MemoryModel> model_;  // of all ports
  std::vector<AxiMemory> memories_;
  UnitEvents* events_ = nullptr;  // of the run in progress, where somebody listens
  std::uint64_t cycle_ = 0;
};

}  // namespace
}  // namespace heddle::sim

std::uint64_t heddle_library_config_hash() { return heddle::hls::kConfigHash; }

void* heddle_library_open() { return new (std::nothrow) heddle::sim::RtlDevice; }

void heddle_library_close(void* device) { delete static_cast<heddle::sim::RtlDevice*>(device); }

void heddle_library_run(void* device, std::uint8_t* memory, std::uint64_t memory_bytes,
                        const heddle::isa::StartArguments* arguments, const heddle_run_options* options,
                        heddle::isa::CompletionRecord* record) {
  static_cast<heddle::sim::RtlDevice*>(device)->run(memory, memory_bytes, *arguments, *options, *record);
}
