#include "runtime/drivers/process/driver_main.hpp"

#include <CLI/CLI.hpp>

#include "runtime/drivers/process/serve.hpp"

namespace heddle::runtime {

std::vector<std::string> to_command_line(const BoardArguments& arguments) {
  std::vector<std::string> out = {"--device",      std::to_string(arguments.index),
                                  "--xclbin",      arguments.xclbin,
                                  "--config-name", arguments.config.name,
                                  "--config-json", isa::config_to_json(arguments.config.config)};
  if (!arguments.folder.empty()) out.insert(out.end(), {"--folder", arguments.folder});
  return out;
}

int driver_main(int argc, char** argv,
                std::unique_ptr<Device> (*open)(unsigned, const std::string&, const isa::NamedConfig&)) {
  CLI::App app("drives a device for the process that started it");
  BoardArguments arguments;
  std::string json;
  app.add_option("--device", arguments.index, "index of the device");
  app.add_option("--xclbin", arguments.xclbin, "what is loaded onto it")->required();
  app.add_option("--config-name", arguments.config.name, "name of its configuration")->required();
  app.add_option("--config-json", json, "its configuration")->required();
  app.add_option("--folder", arguments.folder, "removed when the host disappears");
  CLI11_PARSE(app, argc, argv);
  return serve_device(
      [&] {
        arguments.config.config = isa::config_from_json(json, "--config-json");
        return open(arguments.index, arguments.xclbin, arguments.config);
      },
      {arguments.folder});
}

}  // namespace heddle::runtime
