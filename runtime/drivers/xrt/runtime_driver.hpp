// Devices behind the Xilinx Runtime, natively or through OpenCL: finds the driving process, and sets an
// emulation up around it where there is no board.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "sim/emulation/payload.hpp"

namespace heddle::runtime {

enum class Interface { kNative, kOpenCl };

/// "xrt", "opencl".
const char* interface_name(Interface interface);

/// Whether this build drives it and, for an emulation, what that needs is installed; `reason` says what is
/// missing.
bool can_open_runtime(Interface interface, bool emulation, std::string* reason = nullptr);

struct RuntimeOptions {
  std::string xclbin;              // file; empty: an emulation by `payload`
  unsigned index = 0;              // of the device
  bool counts_cycles = true;       // what DeviceInfo::counts_cycles says
  std::function<void()> progress;  // ProcessOptions::progress
  sim::emulation::PayloadOptions payload;
};

/// A file made for hardware emulation is emulated in a private folder, which disappears with the device; any
/// other is loaded onto a board. Throws DeviceError or std::runtime_error: a file that is no xclbin or is
/// truncated, another configuration, no board, no space, a simulator that does not start. An emulation that
/// does not open within ten seconds is an error.
std::unique_ptr<Device> open_runtime(Interface interface, const isa::NamedConfig& config,
                                     const RuntimeOptions& options);

/// An OpenCL device of this computer, whoever made it: a CPU through PoCL, a GPU, a board.
struct OpenClListing {
  std::string platform, name, type;  // type: "cpu", "gpu", "accelerator"
};
/// All that OpenCL's loader knows; none where the build has no OpenCL.
std::vector<OpenClListing> list_opencl();

}  // namespace heddle::runtime
