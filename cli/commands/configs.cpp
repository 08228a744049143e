// heddle configs [NAME]
#include <fmt/format.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "isa/config_file.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string name, json;
};

void print_all(const Options& options) {
  OutputFile file(options.json);
  Table table({"name", "array", "lanes", "bus", "clock", "on-chip", "capacity", "memory"});
  table.left(7);
  Json json = Json::array();
  std::vector<std::string> names = isa::pinned_config_names();
  for (const std::string& name : isa::board_config_names()) names.push_back(name);
  for (const std::string& name : names) {
    const isa::Config config = isa::load_config(name).config;
    table.add({name, fmt::format("{}x{}", config.rows, config.columns), std::to_string(config.lanes),
               fmt::format("{} B/cycle", config.bus_bytes), fmt::format("{} MHz", config.clock_mhz),
               byte_size(config.on_chip_bytes()), byte_size(config.memory_bytes), config.memory});
    Json entry = {{"name", name}};
    entry.update(Json::parse(isa::config_to_json(config)));
    entry["on_chip_bytes"] = config.on_chip_bytes();
    entry["hash"] = fmt::format("{:016x}", isa::config_hash(config));
    json.push_back(std::move(entry));
  }
  file.write_json(Json{{"configs", json}});
  file.commit();
  fmt::print("{}", table.text());
}

void print_one(const Options& options) {
  OutputFile file(options.json);
  const std::string text = isa::config_to_json(isa::load_config(options.name).config);
  file.write(text);
  file.commit();
  fmt::print("{}", text);
}

}  // namespace

void add_configs(CLI::App& app) {
  CLI::App* command = app.add_subcommand("configs", "list the pinned configurations, or print one as JSON");
  auto options = std::make_shared<Options>();
  command->add_option("NAME", options->name, "a configuration's name, or a JSON file to check and complete");
  command->add_option("--json", options->json, "write the same as JSON");
  command->callback([options] { options->name.empty() ? print_all(*options) : print_one(*options); });
}

}  // namespace heddle::cli
