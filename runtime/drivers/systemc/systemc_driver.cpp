#include "runtime/drivers/systemc/systemc_driver.hpp"

#include "isa/data_directory.hpp"
#include "runtime/drivers/process/process_device.hpp"

namespace heddle::runtime {
namespace {

std::string driver_program() { return isa::companion("heddle_systemc_driver").string(); }

}  // namespace

bool can_open_systemc(std::string* reason) {
  if (!driver_program().empty()) return true;
  if (reason != nullptr)
    *reason = "built without it: install what is missing (apt-get install libsystemc-dev) and build again";
  return false;
}

std::unique_ptr<Device> open_systemc(const isa::NamedConfig& config, const SystemCOptions& options) {
  std::string reason;
  if (!can_open_systemc(&reason)) throw DeviceError("target 'systemc' is not available: " + reason);
  ProcessOptions process;
  process.program = driver_program();
  process.arguments = {"--config-name", config.name,
                       "--config-json", isa::config_to_json(config.config),
                       "--model",       options.model,
                       "--library",     options.library,
                       "--cycle-limit", std::to_string(options.cycle_limit)};
  if (options.memory.empty())
    process.arguments.insert(process.arguments.end(),
                             {"--memory-latency", std::to_string(options.memory_latency.value_or(0))});
  else
    process.arguments.insert(process.arguments.end(), {"--memory", options.memory});
  process.progress = options.progress;
  DeviceInfo info;
  info.driver = "systemc";
  info.config = config.config;
  info.counts_cycles = true;
  return open_process(process, info);
}

}  // namespace heddle::runtime
