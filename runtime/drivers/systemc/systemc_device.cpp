#include "runtime/drivers/systemc/systemc_device.hpp"

#include "runtime/drivers/fast/fast_driver.hpp"
#include "runtime/drivers/memory/host_memory.hpp"

namespace heddle::runtime {
namespace {

class PlatformDevice : public Device {
 public:
  PlatformDevice(const isa::NamedConfig& config, sim::systemc::PlatformOptions options)
      : memory_(config.config.memory_bytes) {
    if (options.model != sim::systemc::Model::kRtl) {
      units_ = open_units(options.library, config);
      options.compute = sim::systemc::compute_with(*units_);
    }
    options.config = config.config;
    options.data = memory_.data();
    options.bytes = memory_.bytes();
    platform_ = std::make_unique<sim::systemc::Platform>(options);
    info_.driver = "systemc";
    info_.name = "SystemC platform with " + config.name;
    info_.config = config.config;
    info_.memory_bytes = memory_.bytes();
    info_.counts_cycles = true;
  }

  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override { return memory_.allocate(bytes); }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }
  void start(const isa::StartArguments& arguments) override { arguments_ = arguments; }
  isa::CompletionRecord wait() override { return platform_->run(arguments_); }

 private:
  HostMemory memory_;
  std::unique_ptr<sim::fast::Units> units_;
  std::unique_ptr<sim::systemc::Platform> platform_;
  DeviceInfo info_;
  isa::StartArguments arguments_;
};

}  // namespace

std::unique_ptr<Device> open_platform(const isa::NamedConfig& config, sim::systemc::PlatformOptions options) {
  return std::make_unique<PlatformDevice>(config, std::move(options));
}

}  // namespace heddle::runtime
