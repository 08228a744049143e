#include "runtime/drivers/xrt/runtime_driver.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "isa/data_directory.hpp"
#include "runtime/drivers/process/driver_main.hpp"
#include "runtime/drivers/process/process_device.hpp"
#include "sim/emulation/environment.hpp"
#include "sim/emulation/xclbin.hpp"

namespace heddle::runtime {
namespace {

constexpr double kEmulationOpens = 9.5;  // seconds

std::filesystem::path driver_program(Interface interface) {
  return isa::companion(fmt::format("heddle_{}_driver", interface_name(interface)));
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

const char* interface_name(Interface interface) { return interface == Interface::kNative ? "xrt" : "opencl"; }

bool can_open_runtime(Interface interface, bool emulation, std::string* reason) {
  if (driver_program(interface).empty()) {
    const char* packages = interface == Interface::kNative ? "libxrt-dev" : "libxrt-dev ocl-icd-opencl-dev";
    if (reason != nullptr) {
      *reason = fmt::format(
          "built without it: install what is missing (apt-get install {} unzip) and build again", packages);
    }
    return false;
  }
  return !emulation || sim::emulation::can_emulate(reason);
}

std::unique_ptr<Device> open_runtime(Interface interface, const isa::NamedConfig& config,
                                     const RuntimeOptions& options) {
  ProcessOptions process;
  process.program = driver_program(interface).string();
  if (process.program.empty()) {
    std::string reason;
    can_open_runtime(interface, false, &reason);
    throw DeviceError(fmt::format("target '{}' is not available: {}", interface_name(interface), reason));
  }
  const bool emulated = options.xclbin.empty() || sim::emulation::inspect_xclbin(options.xclbin).mode ==
                                                      sim::emulation::XclbinMode::kHardwareEmulation;
  BoardArguments arguments = {options.index, options.xclbin, config, {}};
  if (emulated) {
    const std::string xclbin = options.xclbin.empty()
                                   ? sim::emulation::emulation_xclbin(config, options.payload)
                                   : read_file(options.xclbin);
    const auto environment = std::make_shared<sim::emulation::Environment>(xclbin);
    arguments.folder = environment->folder().string();
    arguments.xclbin = environment->xclbin().string();
    process.environment = environment->variables();
    process.folder = arguments.folder;
    process.open_seconds = kEmulationOpens;
    process.resources = environment;
  } else {
    arguments.xclbin = std::filesystem::absolute(options.xclbin).string();
  }
  process.arguments = to_command_line(arguments);
  process.progress = options.progress;
  DeviceInfo info;
  info.driver = interface_name(interface);
  info.config = config.config;
  info.counts_cycles = options.counts_cycles;
  return open_process(process, info);
}

std::vector<OpenClListing> list_opencl() {
  std::vector<OpenClListing> out;
  const std::filesystem::path program = driver_program(Interface::kOpenCl);
  if (program.empty()) return out;
  // In a process of its own: vendors' libraries start threads and print what they like.
  std::FILE* pipe = popen(fmt::format("'{}' --list 2>/dev/null", program.string()).c_str(), "r");
  if (pipe == nullptr) return out;
  std::string text;
  char buffer[1024];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) text.append(buffer, got);
  if (pclose(pipe) != 0) return out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    OpenClListing device;
    std::getline(fields, device.platform, '\t');
    std::getline(fields, device.name, '\t');
    if (std::getline(fields, device.type)) out.push_back(std::move(device));
  }
  return out;
}

}  // namespace heddle::runtime
