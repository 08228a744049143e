// A device that has memory and computes nothing: the smallest driver, to be copied for a new one.
#pragma once
#include <memory>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// Every run ends at once with kStatusOk and counters of zero; the record is written to memory as well.
std::unique_ptr<Device> open_null(const isa::NamedConfig& config);

}  // namespace heddle::runtime
