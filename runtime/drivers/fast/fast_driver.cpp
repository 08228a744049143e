#include "runtime/drivers/fast/fast_driver.hpp"

#include <fmt/format.h>

#include <exception>

#include "runtime/drivers/memory/simulated_device.hpp"
#include "sim/fast/machine.hpp"
#include "sim/fast/units.hpp"

namespace heddle::runtime {
namespace {

class FastDevice : public SimulatedDevice {
 public:
  FastDevice(const isa::NamedConfig& config, const FastOptions& options)
      : SimulatedDevice(config), machine_(config.config), options_(options) {
    if (!options.units_library.empty()) units_ = open_units(options.units_library, config);
    info_.driver = "fast";
    info_.name = fmt::format("fast simulation of {}{}", config.name, units_ ? "" : ", timing only");
    info_.counts_cycles = true;
  }

  isa::CompletionRecord wait() override {
    sim::fast::RunOptions run;
    run.memory = options_.memory;
    run.core_mhz = info_.config.clock_mhz;
    run.memory_latency = options_.memory_latency;
    run.cycle_limit = options_.cycle_limit;
    run.event = options_.event;
    std::exception_ptr failure;  // of the callback; the machine ends the run by itself
    if (options_.progress) {
      run.progress = [&](std::uint64_t cycles) {
        try {
          options_.progress(cycles);
        } catch (...) {
          failure = std::current_exception();
        }
        return failure != nullptr;
      };
    }
    const isa::CompletionRecord record =
        sim::fast::run_with_units(machine_, units_.get(), memory_.data(), memory_.bytes(), arguments_, run);
    if (failure) std::rethrow_exception(failure);
    return record;
  }

 private:
  sim::fast::Machine machine_;
  FastOptions options_;
  std::unique_ptr<sim::fast::Units> units_;
};

}  // namespace

std::unique_ptr<sim::fast::Units> open_units(const std::string& library, const isa::NamedConfig& config) {
  try {
    return std::make_unique<sim::fast::Units>(library, config);
  } catch (const std::runtime_error& error) {
    throw DeviceError(error.what());
  }
}

std::unique_ptr<Device> open_fast(const isa::NamedConfig& config, const FastOptions& options) {
  return std::make_unique<FastDevice>(config, options);
}

}  // namespace heddle::runtime
