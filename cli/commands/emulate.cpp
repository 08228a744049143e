// heddle emulate: an emulated device for a host program of the user's own, or the xclbin alone.
#include <fmt/format.h>

#include <CLI/Error.hpp>
#include <memory>
#include <stdexcept>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "isa/config_file.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "sim/emulation/environment.hpp"
#include "sim/emulation/host_program.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string config = "tiny", output, json;
  std::vector<std::string> command;
  runtime::OpenOptions open;
};

void emulate(Options& options) {
  if (options.command.empty() == options.output.empty()) {
    wrong_usage("give either a program to run (heddle emulate -- PROGRAM ...) or -o FILE");
  }
  Progress progress;
  options.open.message = [&](const std::string& line) { progress.say(line); };
  const isa::NamedConfig config = isa::load_config(options.config);
  OutputFile json(options.json), file(options.output);
  const std::string xclbin = runtime::emulation_file(config, options.open);
  Json result = {{"config", config.name}, {"xclbin_bytes", xclbin.size()}};
  if (!options.output.empty()) {
    file.write(xclbin);
    file.commit();
    json.write_json(result);
    json.commit();
    fmt::print("{}: {} bytes, {} on {}\n", options.output, xclbin.size(),
               options.open.emulated.empty() ? "rtl" : options.open.emulated, config.name);
    return;
  }
  int status = 0;
  {
    const sim::emulation::Environment environment(xclbin);
    status = sim::emulation::run_host(environment, options.command);
  }
  result["status"] = status;
  json.write_json(result);
  json.commit();
  if (status != 0) throw CLI::RuntimeError(status);
}

}  // namespace

void add_emulate(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "emulate", "run a host program of your own (XRT, OpenCL, clinfo) against an emulated device");
  auto options = std::make_shared<Options>();
  command->add_option("PROGRAM", options->command,
                      "after --: program and arguments; the file to load is in its HEDDLE_XCLBIN");
  command->add_option("--config", options->config, "configuration: a name (heddle configs) or a JSON file")
      ->capture_default_str();
  command
      ->add_option("--emulate", options->open.emulated,
                   "what is emulated: rtl, fast (the cycles of rtl from a model), or hls, which counts none "
                   "(default: rtl)")
      ->check(CLI::IsMember({"rtl", "fast", "hls"}));
  command->add_option("-o,--output", options->output, "write the xclbin instead of running something");
  command->add_option("--json", options->json, "write results as JSON");
  command->callback([options] { emulate(*options); });
}

}  // namespace heddle::cli
