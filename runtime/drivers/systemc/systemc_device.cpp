#include "runtime/drivers/systemc/systemc_device.hpp"

#include "runtime/drivers/fast/fast_driver.hpp"
#include "runtime/drivers/memory/simulated_device.hpp"

namespace heddle::runtime {
namespace {

class PlatformDevice : public SimulatedDevice {
 public:
  PlatformDevice(const isa::NamedConfig& config, sim::systemc::PlatformOptions options)
      : SimulatedDevice(config) {
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
    info_.counts_cycles = true;
  }

  isa::CompletionRecord wait() override { return platform_->run(arguments_); }

 private:
  std::unique_ptr<sim::fast::Units> units_;
  std::unique_ptr<sim::systemc::Platform> platform_;
};

}  // namespace

std::unique_ptr<Device> open_platform(const isa::NamedConfig& config, sim::systemc::PlatformOptions options) {
  return std::make_unique<PlatformDevice>(config, std::move(options));
}

}  // namespace heddle::runtime
