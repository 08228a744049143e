// The accelerator as the host's bus sees it: the register map of isa/registers.hpp and a device memory, with
// a core behind them that runs in a thread of its own.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "isa/device_library.h"
#include "sim/dram/timing.hpp"
#include "sim/emulation/core.hpp"

namespace heddle::sim::emulation {

struct AcceleratorOptions {
  std::string library;                   // path of the device library
  std::optional<isa::NamedConfig> fast;  // the fast model of it; the library, of the golden model, computes
  std::uint64_t memory_bytes = 0;        // of device memory, from address 0
  std::uint64_t cycle_limit = 0;         // of one run; 0: none
  std::optional<dram::Timing> memory;    // none: memory_latency
  std::uint32_t core_mhz = 0;            // as in heddle_run_options, like all below
  std::uint32_t memory_latency = 0;
  std::uint32_t stall_permille = 0;
  std::uint64_t stall_seed = 1;
};

class Accelerator {
 public:
  /// Throws std::runtime_error when the library cannot be loaded or memory not be reserved.
  explicit Accelerator(const AcceleratorOptions& options);
  ~Accelerator();  // cancels a run in progress
  Accelerator(const Accelerator&) = delete;
  Accelerator& operator=(const Accelerator&) = delete;

  /// Registers from `offset` on, whole 32-bit words. What lies past the map reads as zero. A read of the
  /// control register while a run is in progress waits a little for its end: the host polls without a pause.
  void read_registers(std::uint32_t offset, std::span<std::uint8_t> bytes);
  /// The same for writes. Arguments first, then the control register, so that a block may hold both.
  void write_registers(std::uint32_t offset, std::span<const std::uint8_t> bytes);

  /// Device memory. False when the range lies outside.
  bool read_memory(std::uint64_t address, std::span<std::uint8_t> bytes) const;
  bool write_memory(std::uint64_t address, std::span<const std::uint8_t> bytes);

 private:
  static int on_progress(void* user, std::uint64_t cycles);
  bool inside(std::uint64_t address, std::uint64_t bytes) const;
  std::uint32_t read_register(std::uint32_t offset);
  std::uint32_t read_control();
  void start();
  void work();  // body of the thread

  AcceleratorOptions options_;
  std::unique_ptr<Core> core_;
  std::uint8_t* memory_ = nullptr;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  isa::StartArguments arguments_;
  isa::CompletionRecord record_;  // of the last run
  bool running_ = false, done_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace heddle::sim::emulation
