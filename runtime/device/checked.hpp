// Validation of what a host asks of a device, the same for every driver, outside the drivers.
#pragma once
#include <memory>

#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// Wraps `device` so that misuse throws DeviceError before the driver sees it:
///  * write, read: the range must lie inside one allocation;
///  * release: the address must be one that allocate returned and that was not released since;
///  * allocate: of at least one byte;
///  * start: program and record must be 64-byte aligned, program header and record inside device memory,
///    windows 64-byte aligned and inside device memory;
///  * start, and every access to memory, while a run is in progress; wait without a start.
/// Addresses that programs compute are not checked here: the device's own windows do that.
std::unique_ptr<Device> make_checked(std::unique_ptr<Device> device);

}  // namespace heddle::runtime
