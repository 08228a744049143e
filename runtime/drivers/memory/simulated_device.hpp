// What every simulator in this process is as a device: memory of the host, and a run that wait() does whole.
#pragma once
#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "runtime/drivers/memory/host_memory.hpp"

namespace heddle::runtime {

/// A driver supplies wait(), and the driver's name and name in its information.
class SimulatedDevice : public Device {
 public:
  explicit SimulatedDevice(const isa::NamedConfig& config) : memory_(config.config.memory_bytes) {
    info_.config = config.config;
    info_.memory_bytes = config.config.memory_bytes;
  }

  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override { return memory_.allocate(bytes); }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }
  void start(const isa::StartArguments& arguments) override { arguments_ = arguments; }

 protected:
  HostMemory memory_;
  DeviceInfo info_;
  isa::StartArguments arguments_;  // of the run that wait() does
};

}  // namespace heddle::runtime
