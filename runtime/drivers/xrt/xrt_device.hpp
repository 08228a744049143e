// The device through the Xilinx Runtime's native C++ API: a board, or what stands for one in emulation; this
// code cannot tell. It runs in a process of its own (main.cpp), which the library of drivers starts
// (runtime_driver.hpp).
#pragma once
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// Opens device `index` and loads the xclbin onto it. Throws DeviceError when there is no such device, and
/// when the accelerator on it is of another version or configuration.
std::unique_ptr<Device> open_xrt_device(unsigned index, const std::string& xclbin,
                                        const isa::NamedConfig& config);

}  // namespace heddle::runtime
