// A device whose accelerator runs in the SystemC platform of this process.
#pragma once
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "sim/systemc/platform.hpp"

namespace heddle::runtime {

/// One in a process. `options.library` is the device library that the model needs: of the RTL, or of the
/// golden model, which computes what the fast model times. `config`, `compute`, `data` and `bytes` are filled
/// in here.
std::unique_ptr<Device> open_platform(const isa::NamedConfig& config, sim::systemc::PlatformOptions options);

}  // namespace heddle::runtime
