// heddle devices
#include <fmt/format.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/model.hpp"
#include "cli/output.hpp"
#include "runtime/drivers/xrt/runtime_driver.hpp"

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
  Table others({"OpenCL device", "kind", "platform"});
  for (int column = 0; column < 3; ++column) others.left(column);
  Json opencl = Json::array();
  const std::vector<runtime::OpenClListing> listing = runtime::list_opencl();
  for (const runtime::OpenClListing& device : listing) {
    others.add({device.name, device.type, device.platform});
    opencl.push_back({{"name", device.name}, {"kind", device.type}, {"platform", device.platform}});
  }
  file.write_json(Json{{"devices", json}, {"opencl", opencl}});
  file.commit();
  fmt::print("{}", table.text());
  if (!listing.empty()) fmt::print("\nOther devices of this computer, for baselines:\n{}", others.text());
}

}  // namespace

void add_devices(CLI::App& app) {
  CLI::App* command = app.add_subcommand("devices", "list the targets and whether they can be used here");
  auto json = std::make_shared<std::string>();
  command->add_option("--json", *json, "write the same as JSON");
  command->callback([json] { print_devices(*json); });
}

}  // namespace heddle::cli
