// heddle_systemc_driver: a SystemC platform for the process that started it (runtime/drivers/process).
#include <CLI/CLI.hpp>

#include "runtime/drivers/process/serve.hpp"
#include "runtime/drivers/systemc/systemc_device.hpp"
#include "sim/dram/timing_file.hpp"

int main(int argc, char** argv) {
  using namespace heddle;
  CLI::App app("simulates a SystemC platform for the process that started it");
  isa::NamedConfig config;
  sim::systemc::PlatformOptions options;
  std::string json, model = "rtl", memory;
  app.add_option("--config-name", config.name, "name of the configuration")->required();
  app.add_option("--config-json", json, "the configuration")->required();
  app.add_option("--model", model, "of the accelerator: rtl, fast, loose");
  app.add_option("--library", options.library, "device library of that model")->required();
  app.add_option("--memory", memory, "timing of the memory");
  app.add_option("--memory-latency", options.memory_latency, "cycles, where no timing is given");
  app.add_option("--cycle-limit", options.cycle_limit, "cycles after which a run is stopped (0: never)");
  CLI11_PARSE(app, argc, argv);
  return runtime::serve_device(
      [&] {
        config.config = isa::config_from_json(json, "--config-json");
        options.model = sim::systemc::model_named(model);
        if (!memory.empty()) options.memory = sim::dram::load_timing(memory).timing;
        return runtime::open_platform(config, options);
      },
      {});
}
