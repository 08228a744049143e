// A virtual platform of a host, the accelerator and a DRAM: what `--target systemc` runs. SystemC does not
// show here, so that code of any C++ standard can use it.
//
//   Host ──registers──► Accelerator ──memory──► DramMemory
//     ◄────interrupt────
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "isa/config.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "sim/dram/timing.hpp"
#include "sim/systemc/compute.hpp"

namespace heddle::sim::systemc {

/// What is inside the accelerator's module.
enum class Model {
  kRtl,    // the Verilated RTL
  kFast,   // the fast model, cycle-exact: every burst is a transaction in its cycle
  kLoose,  // the fast model, ahead of the others by up to a quantum of time, with direct memory access
};

/// "rtl", "fast", "loose"; throws std::runtime_error for another name.
Model model_named(const std::string& name);

struct PlatformOptions {
  Model model = Model::kRtl;
  std::string library;  // kRtl: device library of the RTL
  Compute compute;      // kFast, kLoose
  isa::Config config;
  std::optional<dram::Timing> memory;  // none: memory_latency
  std::uint32_t memory_latency = 0;    // cycles
  std::uint64_t cycle_limit = 0;       // of one run; 0: none
  std::uint32_t quantum = 10000;       // kLoose: cycles that it may run ahead
  std::uint8_t* data = nullptr;        // device memory, the owner's
  std::uint64_t bytes = 0;
};

class Platform {
 public:
  /// SystemC has one simulation in a process, and so one platform. Throws std::runtime_error when a library
  /// cannot be loaded.
  explicit Platform(const PlatformOptions& options);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  /// A run from START to done. DRAM begins each run in the same state, with which its cycles are those of the
  /// device alone. Throws std::runtime_error with SystemC's report when the simulation reports an error.
  isa::CompletionRecord run(const isa::StartArguments& arguments);

 private:
  struct Modules;
  std::unique_ptr<Modules> modules_;
};

}  // namespace heddle::sim::systemc
