// A device whose accelerator runs in the SystemC platform of this process.
#pragma once
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "sim/systemc/platform.hpp"

namespace heddle::runtime {

/// One in a process. `options.config`, `data` and `bytes` are filled in here.
std::unique_ptr<Device> open_platform(const isa::NamedConfig& config, sim::systemc::PlatformOptions options);

}  // namespace heddle::runtime
