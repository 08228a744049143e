#include "runtime/drivers/registry/registry.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <utility>

#include "runtime/device/checked.hpp"
#include "runtime/drivers/fast/fast_driver.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/null/null_driver.hpp"
#include "runtime/drivers/systemc/systemc_driver.hpp"
#include "runtime/drivers/xrt/runtime_driver.hpp"
#include "sim/dram/timing_file.hpp"
#include "sim/library/build.hpp"

namespace heddle::runtime {
namespace {

enum class Kind { kNull, kLibrary, kFast, kSystemC, kXrt, kOpenCl, kSerial };

struct Entry {
  const char* name;
  const char* description;
  Kind kind;
  sim::Design design;  // of the device library that simulates it
  bool times_memory;   // memory options, waveforms and cycle counters mean something
};

constexpr Entry kEntries[] = {
    {"null", "memory without an accelerator: every run ends at once", Kind::kNull, sim::Design::kHls, false},
    {"hls", "the accelerator in HLS C++, compiled by g++: exact results, no cycles", Kind::kLibrary,
     sim::Design::kHls, false},
    {"rtl", "the accelerator in SystemVerilog, simulated by Verilator: exact results and cycles",
     Kind::kLibrary, sim::Design::kRtl, true},
    {"fast", "a model of the rtl's timing with the hls's results: the same cycles, hundreds of times as fast",
     Kind::kFast, sim::Design::kHls, true},
    {"systemc", "a SystemC platform with the accelerator as a TLM-2.0 module: rtl, or the fast model",
     Kind::kSystemC, sim::Design::kRtl, true},
    {"xrt", "through the Xilinx Runtime: a board with --xclbin, else hardware emulation of the rtl",
     Kind::kXrt, sim::Design::kRtl, true},
    {"opencl", "the same through OpenCL and its ICD loader", Kind::kOpenCl, sim::Design::kRtl, true},
    {"serial",
     "a small board on a serial port, or simulated, for the matrix products; the rest on this computer",
     Kind::kSerial, sim::Design::kHls, false},
};

const Entry& find_entry(const std::string& target) {
  std::string names;
  for (const Entry& entry : kEntries) {
    if (target == entry.name) return entry;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", entry.name);
  }
  throw std::runtime_error(fmt::format("unknown target '{}': there are {}", target, names));
}

sim::dram::NamedTiming memory_of(const isa::NamedConfig& config, const OpenOptions& options) {
  return sim::dram::load_timing(options.memory.empty() ? config.config.memory : options.memory);
}

Interface interface_of(const Entry& entry) {
  return entry.kind == Kind::kOpenCl ? Interface::kOpenCl : Interface::kNative;
}

bool through_runtime(const Entry& entry) { return entry.kind == Kind::kXrt || entry.kind == Kind::kOpenCl; }

/// The design that simulates it with these options; none where nothing is simulated.
std::optional<sim::Design> design_of(const Entry& entry, const OpenOptions& options) {
  if (entry.kind == Kind::kNull || !options.xclbin.empty()) return std::nullopt;
  if (entry.kind == Kind::kFast && options.timing_only) return std::nullopt;
  if (entry.kind == Kind::kSystemC && options.platform_model != "" && options.platform_model != "rtl")
    return sim::Design::kHls;  // the fast model's results
  return options.emulated == "hls" || options.emulated == "fast" ? sim::Design::kHls : entry.design;
}

bool available(const Entry& entry, const OpenOptions& options, std::string* reason) {
  const std::optional<sim::Design> design = design_of(entry, options);
  if (design && !sim::can_build(*design, reason)) return false;
  if (entry.kind == Kind::kSystemC) return can_open_systemc(reason);
  if (entry.kind == Kind::kSerial && options.port.empty()) return can_simulate_board(reason);
  return !through_runtime(entry) || can_open_runtime(interface_of(entry), options.xclbin.empty(), reason);
}

sim::emulation::PayloadOptions payload_of(sim::Design design, const isa::NamedConfig& config,
                                          const OpenOptions& options) {
  sim::BuildOptions build;
  build.progress = options.message;
  sim::emulation::PayloadOptions payload;
  payload.library = sim::device_library(config, design, build);
  payload.fast = options.emulated == "fast";
  if (options.emulated != "hls" && !options.memory_latency)
    payload.memory = memory_of(config, options).timing;
  payload.memory_latency = options.memory_latency.value_or(0);
  payload.stall_permille = options.stall_permille;
  payload.stall_seed = options.stall_seed;
  payload.cycle_limit = options.cycle_limit;
  return payload;
}

/// For drivers whose process does not say how far a run is.
std::function<void()> without_cycles(const OpenOptions& options) {
  if (!options.progress) return {};
  return [progress = options.progress] { progress(0); };
}

std::unique_ptr<Device> open_through_runtime(const Entry& entry, const isa::NamedConfig& config,
                                             const OpenOptions& options) {
  RuntimeOptions runtime;
  runtime.xclbin = options.xclbin;
  runtime.counts_cycles = options.emulated != "hls";
  runtime.progress = without_cycles(options);
  if (const auto design = design_of(entry, options)) runtime.payload = payload_of(*design, config, options);
  return open_runtime(interface_of(entry), config, runtime);
}

std::unique_ptr<Device> open_simulated(const Entry& entry, const isa::NamedConfig& config,
                                       const OpenOptions& options) {
  sim::BuildOptions build;
  build.waveforms = !options.waveform.empty();
  build.switching = static_cast<bool>(options.switching);
  build.progress = options.message;
  const std::string path = sim::device_library(config, entry.design, build);
  LibraryOptions library;
  library.driver = entry.name;
  library.counts_cycles = entry.times_memory;
  library.cycle_limit = options.cycle_limit;
  if (entry.times_memory && !options.memory_latency) library.memory = memory_of(config, options).timing;
  library.memory_latency = options.memory_latency.value_or(0);
  library.stall_permille = options.stall_permille;
  library.stall_seed = options.stall_seed;
  library.waveform = options.waveform;
  library.progress = options.progress;
  if (entry.times_memory) library.event = options.event;
  library.switching = options.switching;
  return open_library(path, config, library);
}

std::unique_ptr<Device> open_fast_model(const Entry& entry, const isa::NamedConfig& config,
                                        const OpenOptions& options) {
  FastOptions fast;
  if (!options.timing_only) {
    sim::BuildOptions build;
    build.progress = options.message;
    fast.units_library = sim::device_library(config, entry.design, build);
  }
  fast.cycle_limit = options.cycle_limit;
  if (!options.memory_latency) fast.memory = memory_of(config, options).timing;
  fast.memory_latency = options.memory_latency.value_or(0);
  fast.progress = options.progress;
  fast.event = options.event;
  return open_fast(config, fast);
}

std::unique_ptr<Device> open_systemc_platform(const Entry& entry, const isa::NamedConfig& config,
                                              const OpenOptions& options) {
  sim::BuildOptions build;
  build.progress = options.message;
  SystemCOptions systemc;
  if (!options.platform_model.empty()) systemc.model = options.platform_model;
  systemc.library = sim::device_library(config, *design_of(entry, options), build);
  if (!options.memory_latency) systemc.memory = memory_of(config, options).name;
  systemc.memory_latency = options.memory_latency;
  systemc.cycle_limit = options.cycle_limit;
  systemc.progress = without_cycles(options);
  return open_systemc(config, systemc);
}

std::unique_ptr<Device> open_with_board(const Entry& entry, const isa::NamedConfig& config,
                                        const OpenOptions& options) {
  sim::BuildOptions build;
  build.progress = options.message;
  ProductsOptions board;
  board.library = sim::device_library(config, entry.design, build);
  board.port = options.port;
  board.baud = options.baud;
  board.cycle_limit = options.cycle_limit;
  board.progress = options.progress;
  board.message = options.message;
  board.line = options.line;
  return open_with_products(config, board);
}

void check_systemc_options(const Entry& entry, const OpenOptions& options) {
  const std::string& model = options.platform_model;
  if (entry.kind != Kind::kSystemC) {
    if (!model.empty())
      throw std::runtime_error("a model of the accelerator in a platform: only with target systemc");
    return;
  }
  if (!model.empty() && model != "rtl" && model != "fast" && model != "loose")
    throw std::runtime_error(
        fmt::format("unknown model '{}' of the accelerator: there are rtl, fast, loose", model));
  if (options.stall_permille != 0)
    throw std::runtime_error("target 'systemc' has no stalls: random stalls of the bus need target rtl");
  if (!options.waveform.empty()) throw std::runtime_error("a waveform can only be had with target rtl");
}

void check_fast_options(const Entry& entry, const OpenOptions& options) {
  if (entry.kind != Kind::kFast) {
    if (options.timing_only) throw std::runtime_error("timing only: can only be had with target fast");
    return;
  }
  if (options.stall_permille != 0) {
    throw std::runtime_error("target 'fast' has no stalls: random stalls of the bus need target rtl");
  }
  if (!options.waveform.empty()) throw std::runtime_error("a waveform can only be had with target rtl");
}

void check_runtime_options(const OpenOptions& options, const char* timing) {
  if (!options.waveform.empty()) throw std::runtime_error("a waveform can only be had with target rtl");
  const std::string& emulated = options.emulated;
  if (!emulated.empty() && emulated != "rtl" && emulated != "fast" && emulated != "hls")
    throw std::runtime_error(fmt::format("'{}' cannot be emulated: there are rtl, fast, hls", emulated));
  if (timing != nullptr && emulated == "hls")
    throw std::runtime_error(
        fmt::format("the emulated hls has no memory timing: {} needs the rtl or the fast model", timing));
  if (options.stall_permille != 0 && emulated == "fast")
    throw std::runtime_error("the emulated fast model has no stalls: random stalls of the bus need the rtl");
  if (options.xclbin.empty()) return;
  if (timing != nullptr || options.cycle_limit != 0 || !emulated.empty()) {
    throw std::runtime_error(fmt::format(
        "{}: an xclbin has its design, its memory and its limits in it: such options do not apply",
        options.xclbin));
  }
}

}  // namespace

std::vector<TargetInfo> device_targets() {
  std::vector<TargetInfo> targets;
  for (const Entry& entry : kEntries) {
    TargetInfo info{entry.name, entry.description, true, {}};
    info.available = available(entry, {}, &info.reason);
    targets.push_back(std::move(info));
  }
  return targets;
}

void check_device(const std::string& target, const OpenOptions& options) {
  const Entry& entry = find_entry(target);
  if (options.stall_permille > 1000) {
    throw std::runtime_error(
        fmt::format("stalls of {} permille: must be from 0 to 1000", options.stall_permille));
  }
  const char* timing = options.memory_latency        ? "memory latency"
                       : !options.memory.empty()     ? "a memory"
                       : options.stall_permille != 0 ? "stalls"
                       : !options.waveform.empty()   ? "a waveform"
                                                     : nullptr;
  if (!entry.times_memory && timing != nullptr) {
    throw std::runtime_error(
        fmt::format("target '{}' has no memory timing: {} can only be had with target rtl", target, timing));
  }
  check_fast_options(entry, options);
  check_systemc_options(entry, options);
  if (!through_runtime(entry) && (!options.xclbin.empty() || !options.emulated.empty())) {
    throw std::runtime_error(
        fmt::format("target '{}' does not go through the Xilinx Runtime: an xclbin and a design "
                    "to emulate are for targets xrt and opencl",
                    target));
  }
  if (entry.kind != Kind::kSerial && (!options.port.empty() || options.baud != kSerialBaud))
    throw std::runtime_error(
        fmt::format("target '{}' has no serial line: a port and a rate are for target serial", target));
  if (through_runtime(entry)) check_runtime_options(options, timing);
  if (!options.memory.empty()) {
    if (options.memory_latency) throw std::runtime_error("a memory by name and a latency exclude each other");
    sim::dram::load_timing(options.memory);
  }
  if (options.switching && (entry.kind != Kind::kLibrary || !entry.times_memory))
    throw std::runtime_error("switching is counted in the RTL: it can only be had with target rtl");
  std::string reason;
  if (!available(entry, options, &reason)) {
    throw std::runtime_error(fmt::format("target '{}' is not available: {}", target, reason));
  }
}

std::unique_ptr<Device> open_device(const std::string& target, const isa::NamedConfig& config,
                                    const OpenOptions& options) {
  check_device(target, options);
  const Entry& entry = find_entry(target);
  // The golden model knows machines without some parts; what times and builds the RTL knows the complete one.
  if (entry.design == sim::Design::kRtl || entry.kind == Kind::kFast || entry.kind == Kind::kSerial) {
    isa::require_all_parts(config.config, fmt::format("target {}", target));
  }
  std::unique_ptr<Device> device = entry.kind == Kind::kNull      ? open_null(config)
                                   : entry.kind == Kind::kLibrary ? open_simulated(entry, config, options)
                                   : entry.kind == Kind::kFast    ? open_fast_model(entry, config, options)
                                   : entry.kind == Kind::kSerial  ? open_with_board(entry, config, options)
                                   : entry.kind == Kind::kSystemC
                                       ? open_systemc_platform(entry, config, options)
                                       : open_through_runtime(entry, config, options);
  return options.checked ? make_checked(std::move(device)) : std::move(device);
}

std::string emulation_file(const isa::NamedConfig& config, const OpenOptions& options) {
  check_device(interface_name(Interface::kNative), options);
  const Entry& entry = find_entry(interface_name(Interface::kNative));
  return sim::emulation::emulation_xclbin(config, payload_of(*design_of(entry, options), config, options));
}

}  // namespace heddle::runtime
