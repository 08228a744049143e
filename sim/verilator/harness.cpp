// The Verilated accelerator as a device library: clock, reset, register accesses, memory, time limit, waves.
// Compiled once per configuration by sim/library/build.cpp.
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "Vheddle_top___024root.h"
#include "isa/device_library.h"
#include "sim/verilator/axi_memory.hpp"
#include "sim/verilator/core.hpp"
#include "sim/verilator/port_device.hpp"
#include "sim/verilator/register_access.hpp"
#include "sim/verilator/unit_events.hpp"
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

class RtlDevice {
 public:
  RtlDevice() {
    for (int p = 0; p < kPorts; ++p) memories_.emplace_back(p, kPorts, kPortBytes);
  }

  void run(std::uint8_t* memory, std::uint64_t bytes, const isa::StartArguments& arguments,
           const heddle_run_options& options, isa::CompletionRecord& record) {
    begin_memory(memory, bytes, options);
    open_waves(options.waveform);
    begin_switching();
    const auto write = [this](std::uint32_t address, std::uint32_t value) { access(true, address, value); };
    start_through_registers(arguments, write);
    const std::uint64_t start = cycle_;
    model_->reset(start);
    UnitEvents events(options.event, options.user, start);
    events_ = options.event != nullptr ? &events : nullptr;
    bool finished = true;
    while (core_.top().interrupt_o == 0) {
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
    record = end_through_registers(finished, write,
                                   [this](std::uint32_t address) { return access(false, address, 0); });
    report_switching(options);
    if (!finished) core_.reset();
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

  void tick() {
    for (int p = 0; p < kPorts; ++p) {
      memories_[p].drive(cycle_);
      core_.answer(p, memories_[p].answer());
    }
    core_.low();
    dump(0);
    for (int p = 0; p < kPorts; ++p) memories_[p].clock(core_.request(p), cycle_);
    if (events_ != nullptr) {
      const auto* root = core_.top().rootp;
#define HEDDLE_CONTROL(signal) root->heddle_top__DOT__i_core__DOT__i_control__DOT__##signal
#define HEDDLE_ISSUE(signal) HEDDLE_CONTROL(i_issue__DOT__##signal)
      events_->cycle(cycle_, HEDDLE_ISSUE(trace_present), HEDDLE_ISSUE(trace_start),
                     HEDDLE_CONTROL(trace_active), HEDDLE_ISSUE(trace_done), HEDDLE_ISSUE(trace_tags),
                     HEDDLE_ISSUE(trace_pcs).data());
#undef HEDDLE_ISSUE
#undef HEDDLE_CONTROL
    }
    core_.high();
    dump(1);
    ++cycle_;
  }

  std::uint32_t access(bool write, std::uint32_t address, std::uint32_t value) {
    core_.begin_access(write, address, value);
    while (core_.accessing()) tick();
    return core_.value();
  }

#ifdef HEDDLE_WAVEFORMS
  void open_waves(const char* path) {
    if (path == nullptr) return;
    if (!tracing_) core_.context().traceEverOn(true);
    waves_.reset(new VerilatedFstC);
    core_.top().trace(waves_.get(), 99);
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

  RtlCore core_;
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

int heddle_ports_count() { return heddle::sim::kPorts; }
int heddle_ports_bytes() { return heddle::sim::kPortBytes; }

void* heddle_ports_open() { return new (std::nothrow) heddle::sim::PortDevice; }
void heddle_ports_close(void* device) { delete static_cast<heddle::sim::PortDevice*>(device); }
void heddle_ports_reset(void* device) { static_cast<heddle::sim::PortDevice*>(device)->reset(); }

void heddle_ports_access(void* device, bool write, std::uint32_t address, std::uint32_t value) {
  static_cast<heddle::sim::PortDevice*>(device)->access(write, address, value);
}
void heddle_ports_begin(void* device, const heddle_port_answer* answers, heddle_port_request* requests) {
  static_cast<heddle::sim::PortDevice*>(device)->begin(answers, requests);
}
void heddle_ports_end(void* device, heddle_port_status* status) {
  static_cast<heddle::sim::PortDevice*>(device)->end(status);
}
