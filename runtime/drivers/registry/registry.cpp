#include "runtime/drivers/registry/registry.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "runtime/device/checked.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/null/null_driver.hpp"
#include "sim/dram/timing_file.hpp"
#include "sim/library/build.hpp"

namespace heddle::runtime {
namespace {

struct Entry {
  const char* name;
  const char* description;
  bool simulated;  // by a device library of `design`
  sim::Design design;
  bool times_memory;  // memory options, waveforms and cycle counters mean something
};

constexpr Entry kEntries[] = {
    {"null", "memory without an accelerator: every run ends at once", false, sim::Design::kHls, false},
    {"hls", "the accelerator in HLS C++, compiled by g++: exact results, no cycles", true, sim::Design::kHls,
     false},
    {"rtl", "the accelerator in SystemVerilog, simulated by Verilator: exact results and cycles", true,
     sim::Design::kRtl, true},
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

std::unique_ptr<Device> open_simulated(const Entry& entry, const isa::NamedConfig& config,
                                       const OpenOptions& options) {
  sim::BuildOptions build;
  build.waveforms = !options.waveform.empty();
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
  return open_library(path, config, library);
}

}  // namespace

std::vector<TargetInfo> device_targets() {
  std::vector<TargetInfo> targets;
  for (const Entry& entry : kEntries) {
    TargetInfo info{entry.name, entry.description, true, {}};
    if (entry.simulated) info.available = sim::can_build(entry.design, &info.reason);
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
  if (!options.memory.empty()) {
    if (options.memory_latency) throw std::runtime_error("a memory by name and a latency exclude each other");
    sim::dram::load_timing(options.memory);
  }
  std::string reason;
  if (entry.simulated && !sim::can_build(entry.design, &reason)) {
    throw std::runtime_error(fmt::format("target '{}' is not available: {}", target, reason));
  }
}

std::unique_ptr<Device> open_device(const std::string& target, const isa::NamedConfig& config,
                                    const OpenOptions& options) {
  check_device(target, options);
  const Entry& entry = find_entry(target);
  std::unique_ptr<Device> device =
      entry.simulated ? open_simulated(entry, config, options) : open_null(config);
  return options.checked ? make_checked(std::move(device)) : std::move(device);
}

}  // namespace heddle::runtime
