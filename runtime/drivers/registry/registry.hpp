// All drivers by name.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "isa/device_library.h"
#include "runtime/device/device.hpp"
#include "runtime/drivers/serial/products_driver.hpp"

namespace heddle::runtime {

struct TargetInfo {
  std::string name;         // "null", "hls", "rtl", "fast", "systemc", "xrt", "opencl", "serial"
  std::string description;  // for people
  bool available = false;
  std::string reason;  // why not
};

/// Every target that open_device knows, in a fixed order.
std::vector<TargetInfo> device_targets();

struct OpenOptions {
  /// rtl, fast, systemc: memory as sim/dram/timing_file.hpp names it; empty: the configuration's.
  std::string memory;
  /// rtl, fast, systemc: instead of a DRAM, one that answers after so many cycles from a read address to its
  /// first beat.
  std::optional<std::uint32_t> memory_latency;
  std::uint32_t stall_permille = 0;  // rtl: chance that a channel of the bus stalls in a cycle, 0 to 1000
  std::uint64_t stall_seed = 1;      // rtl
  std::uint64_t cycle_limit = 0;     // of one run; 0: none
  std::string waveform;              // rtl: FST file to write
  /// fast: cycles and counters alone. Nothing is computed, memory keeps what it held, words that the program
  /// loads included.
  bool timing_only = false;
  /// systemc: the accelerator's model, "rtl", "fast" or "loose" (sim/systemc/platform.hpp); empty: rtl.
  std::string platform_model;
  /// xrt, opencl: file to load; one made for emulation is emulated, any other goes to a board. Empty: an
  /// emulation, set up for the occasion.
  std::string xclbin;
  /// xrt, opencl: what is emulated, "rtl", "fast" or "hls", which counts no cycles; empty: rtl.
  std::string emulated;
  /// serial: port of the board; empty: a simulated board.
  std::string port;
  std::uint32_t baud = kSerialBaud;                      // serial
  std::function<void(const LineUse&)> line;              // serial: after each product on the board
  bool checked = true;                                   // wrap in make_checked (runtime/device/checked.hpp)
  std::function<void(const std::string& line)> message;  // what is being built, for people
  /// During a run, now and then; 0 cycles where they are not known. What it throws ends the run, and wait
  /// throws it: the device can then only be closed.
  std::function<void(std::uint64_t cycles)> progress;
  std::function<void(const heddle_unit_event&)> event;  // rtl, fast: a tile instruction has finished
  /// rtl: what each instance of the design did, when a run ends. The simulator is then one that counts it.
  std::function<void(const heddle_switched&)> switching;
};

/// Whether open_device would refuse these at once: throws std::runtime_error when there is no such target,
/// when its tools are missing, and when an option does not apply to it.
void check_device(const std::string& target, const OpenOptions& options);

/// Opens a device of this configuration; simulators are built on first use. Throws like check_device, and
/// when the simulator cannot be built.
std::unique_ptr<Device> open_device(const std::string& target, const isa::NamedConfig& config,
                                    const OpenOptions& options = {});

/// Bytes of the xclbin that targets xrt and opencl load without a board, for other hosts to load.
/// `options.xclbin` must be empty. Throws like open_device.
std::string emulation_file(const isa::NamedConfig& config, const OpenOptions& options = {});

}  // namespace heddle::runtime
