#include "sim/systemc/platform.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "sim/systemc/dram_memory.hpp"
#include "sim/systemc/fast_accelerator.hpp"
#include "sim/systemc/host.hpp"
#include "sim/systemc/rtl_accelerator.hpp"

// SystemC's library has a main function that calls this one; whoever uses a Platform has a main of its own.
int sc_main(int, char**) { return 0; }

namespace heddle::sim::systemc {
namespace {

dram::Timing timing_of(const PlatformOptions& options) {
  return options.memory ? *options.memory : ideal_timing(options.config.clock_mhz, options.memory_latency);
}

std::unique_ptr<Accelerator> make_accelerator(const PlatformOptions& options) {
  if (options.model == Model::kRtl) {
    RtlOptions rtl;
    rtl.library = options.library;
    rtl.config_hash = isa::config_hash(options.config);
    rtl.clock_mhz = options.config.clock_mhz;
    return std::make_unique<RtlAccelerator>("accelerator", rtl);
  }
  FastOptions fast;
  fast.config = options.config;
  fast.compute = options.compute;
  fast.loose = options.model == Model::kLoose;
  fast.timing = timing_of(options);
  return std::make_unique<FastAccelerator>("accelerator", fast);
}

DramOptions memory_options(const PlatformOptions& options) {
  DramOptions memory;
  memory.data = options.data;
  memory.bytes = options.bytes;
  memory.core_mhz = options.config.clock_mhz;
  memory.timing = timing_of(options);
  return memory;
}

}  // namespace

Model model_named(const std::string& name) {
  if (name == "rtl") return Model::kRtl;
  if (name == "fast") return Model::kFast;
  if (name == "loose") return Model::kLoose;
  throw std::runtime_error(
      fmt::format("unknown model '{}' of the accelerator: there are rtl, fast, loose", name));
}

struct Platform::Modules : sc_core::sc_module {
  Modules(sc_core::sc_module_name name, const PlatformOptions& options)
      : sc_core::sc_module(name),
        memory("memory", memory_options(options)),
        accelerator(make_accelerator(options)),
        limit(Clock(options.config.clock_mhz).at(options.cycle_limit)) {
    host.registers.bind(accelerator->registers);
    accelerator->memory.bind(memory.socket);
    accelerator->interrupt.bind(interrupt);
    host.interrupt.bind(interrupt);
    SC_HAS_PROCESS(Modules);
    SC_THREAD(work);
  }

  void work() {
    while (true) {
      wait(go);
      bool finished = true;
      record = host.run(
          *arguments, limit, [&] { memory.restart(); },
          [&] {
            finished = false;
            accelerator->halt();
          });
      if (!finished) accelerator->reset();
      sc_core::sc_pause();
    }
  }

  sc_core::sc_signal<bool> interrupt{"interrupt"};
  Host host{"host"};
  DramMemory memory;
  std::unique_ptr<Accelerator> accelerator;
  sc_core::sc_time limit;
  sc_core::sc_event go;
  const isa::StartArguments* arguments = nullptr;
  isa::CompletionRecord record;
};

Platform::Platform(const PlatformOptions& options)
    : modules_(std::make_unique<Modules>("platform", options)) {
  tlm::tlm_global_quantum::instance().set(Clock(options.config.clock_mhz).at(options.quantum));
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // to the end of elaboration
}

Platform::~Platform() = default;

isa::CompletionRecord Platform::run(const isa::StartArguments& arguments) {
  modules_->arguments = &arguments;
  modules_->go.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  if (sc_core::sc_get_status() != sc_core::SC_PAUSED)
    throw std::runtime_error("the simulation came to rest before the run ended: nothing was left to happen");
  return modules_->record;
}

}  // namespace heddle::sim::systemc
