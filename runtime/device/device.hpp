// The narrow waist between host and device: simulators and boards alike.
//
// Addresses are device addresses in bytes. Calls block, except start. A Device is used by one thread at a
// time; different devices are independent. Misuse (a bad address, start while running, wait without start)
// throws DeviceError and changes nothing. Validation of arguments that is the same for every driver lives in
// runtime/device/checked.hpp, outside the drivers.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "isa/config.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"

namespace heddle::runtime {

class DeviceError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct DeviceInfo {
  std::string driver;  // "null", "hls", "rtl", ...
  std::string name;    // for people
  isa::Config config;
  std::uint64_t memory_bytes = 0;
  bool counts_cycles = false;  // whether cycle counters mean anything
};

class Device {
 public:
  virtual ~Device() = default;  // closes; a run in progress is abandoned
  virtual const DeviceInfo& info() const = 0;
  /// Reserves `bytes` of device memory, zeroed, 4096-byte aligned. Throws when it does not fit.
  virtual std::uint64_t allocate(std::uint64_t bytes) = 0;
  /// Gives an allocation back; its address must be one that allocate returned.
  virtual void release(std::uint64_t address) = 0;
  virtual void write(std::uint64_t address, std::span<const std::uint8_t> bytes) = 0;
  virtual void read(std::uint64_t address, std::span<std::uint8_t> bytes) = 0;
  /// Sets the argument registers and starts. Returns at once.
  virtual void start(const isa::StartArguments& arguments) = 0;
  /// Waits until done. The record is the device's own, failed runs included; the device can start again.
  virtual isa::CompletionRecord wait() = 0;
  /// What the whole board draws now, in watts; none where it has no sensors.
  virtual std::optional<double> watts() { return std::nullopt; }
};

}  // namespace heddle::runtime
