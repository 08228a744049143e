// The device through OpenCL 1.2 and its ICD loader, with XRT's library as the vendor's; otherwise as
// runtime/drivers/xrt. It runs in a process of its own (main.cpp).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// Opens the Xilinx platform's device `index` and loads the xclbin onto it. OpenCL shows no registers:
/// whether the accelerator is of this configuration is found out by a program that only halts. Throws
/// DeviceError.
std::unique_ptr<Device> open_opencl_device(unsigned index, const std::string& xclbin,
                                           const isa::NamedConfig& config);

/// An OpenCL device of this computer, whoever made it.
struct OpenClDevice {
  std::string platform, name, type;  // type: "cpu", "gpu", "accelerator"
};
std::vector<OpenClDevice> list_opencl_devices();

}  // namespace heddle::runtime
