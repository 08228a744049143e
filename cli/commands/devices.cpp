// heddle devices
#include <fmt/format.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/model.hpp"
#include "cli/output.hpp"

namespace heddle::cli {
namespace {

void print_devices(const std::string& path) {
  OutputFile file(path);
  std::vector<runtime::TargetInfo> targets = runtime::device_targets();
  targets.push_back({kReference,
                     "the float reference on this computer: what the quantised model is compared with",
                     true,
                     {}});
  Table table({"target", "available", "what it is"});
  table.left(1);
  table.left(2);
  Json json = Json::array();
  for (const runtime::TargetInfo& target : targets) {
    table.add({target.name, target.available ? "yes" : "no: " + target.reason, target.description});
    json.push_back({{"target", target.name},
                    {"available", target.available},
                    {"reason", target.available ? Json() : Json(target.reason)},
                    {"description", target.description}});
  }
  file.write_json(Json{{"devices", json}});
  file.commit();
  fmt::print("{}", table.text());
}

}  // namespace

void add_devices(CLI::App& app) {
  CLI::App* command = app.add_subcommand("devices", "list the targets and whether they can be used here");
  auto json = std::make_shared<std::string>();
  command->add_option("--json", *json, "write the same as JSON");
  command->callback([json] { print_devices(*json); });
}

}  // namespace heddle::cli
