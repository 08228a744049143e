// A board on a serial port, a driver behind the device waist (docs/boards.md).
#pragma once
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "runtime/drivers/serial/link.hpp"

namespace heddle::runtime {

constexpr std::uint32_t kSerialBaud = 1000000;

struct SerialOptions {
  std::string port;  // "/dev/ttyUSB1"
  std::uint32_t baud = kSerialBaud;
};

/// A device that also says how its line fared.
class SerialDevice : public Device {
 public:
  virtual serial::LinkCounts link_counts() const = 0;
};

/// Opens the board and checks that it is of this version of the contract and of this configuration. Addresses
/// and sizes of reads and writes may be odd: words at the ends are read before they are written. Throws
/// DeviceError.
std::unique_ptr<SerialDevice> open_serial(const isa::NamedConfig& config, const SerialOptions& options);

}  // namespace heddle::runtime
