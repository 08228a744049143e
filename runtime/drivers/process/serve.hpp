// The other side of process_device.hpp: a program whose whole task is to drive one device.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// The socket to the host has this number in the driving process.
constexpr int kHostSocket = 3;

struct ServeOptions {
  /// Removed when the host disappears without closing the device; empty: nothing.
  std::string folder;
};

/// Opens the device, tells the host, and carries out its calls until it closes the device. When the host
/// disappears, the process ends at once with all others of its process group. Returns the exit status.
int serve_device(const std::function<std::unique_ptr<Device>()>& open, const ServeOptions& options);

}  // namespace heddle::runtime
