#include "sim/emulation/payload.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <type_traits>

#include "sim/emulation/environment.hpp"
#include "sim/emulation/kernel.hpp"
#include "sim/emulation/xclbin.hpp"
#include "sim/emulation/zip.hpp"

namespace heddle::sim::emulation {
namespace {

// Where XRT's shim looks: the folder's existence says which simulator it is, the script is what it starts.
constexpr const char* kFolder = "behav_waveform/xsim/";

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || text.str().empty()) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  return text.str();
}

std::string launch_script(const isa::NamedConfig& config, const PayloadOptions& options) {
  std::string command = fmt::format("exec ./heddle_emulator --library ./device.so --memory-bytes {}",
                                    config.config.memory_bytes);
  if (options.fast) command += " --fast config.json";
  if (options.memory) command += " --memory-timing memory.timing";
  command += fmt::format(" --core-mhz {} --memory-latency {} --stalls {} --stall-seed {} --cycle-limit {}",
                         config.config.clock_mhz, options.memory_latency, options.stall_permille,
                         options.stall_seed, options.cycle_limit);
  return fmt::format("#!/bin/sh\n{}\n", command);
}

}  // namespace

std::string emulation_xclbin(const isa::NamedConfig& config, const PayloadOptions& options) {
  const std::string folder = kFolder;
  std::vector<ZipFile> files = {{folder + "simulate.sh", launch_script(config, options)},
                                {folder + "heddle_emulator", read_file(emulator_program().string())},
                                {folder + "device.so", read_file(options.library)}};
  if (options.fast) files.push_back({folder + "config.json", isa::config_to_json(config.config)});
  if (options.memory) {
    static_assert(std::is_trivially_copyable_v<dram::Timing>);
    files.push_back({folder + "memory.timing",
                     {reinterpret_cast<const char*>(&*options.memory), sizeof *options.memory}});
  }
  Xclbin xclbin;
  xclbin.platform = kPlatformName;
  xclbin.sections = {{SectionKind::kBitstream, zip(files)},
                     {SectionKind::kMemTopology, memory_topology(config.config.memory_bytes)},
                     {SectionKind::kIpLayout, ip_layout()},
                     {SectionKind::kConnectivity, connectivity()},
                     {SectionKind::kEmbeddedMetadata, embedded_metadata(config.config)}};
  return serialize(xclbin);
}

}  // namespace heddle::sim::emulation
