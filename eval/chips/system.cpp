#include "eval/chips/system.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/chips/figure_reader.hpp"
#include "eval/common/names.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

namespace fs = std::filesystem;

Json system_schema() {
  Json schema = read_schema("eval/chips/schema/system.json");
  schema["$defs"] = read_schema("eval/chips/schema/chip.json")["$defs"];
  return schema;
}

// A file of a system, and not of a chip.
bool is_system_file(const std::string& path) {
  if (!looks_like_path(path)) return false;
  const Json json = parse_json(read_text(path), path);
  return json.is_object() && json.contains("devices");
}

System stated(System system, std::uint32_t devices) {
  if (devices == 1 || devices == system.devices.size()) return system;
  throw std::runtime_error(fmt::format("system '{}' has {} devices; {} were asked for", system.name,
                                       system.devices.size(), devices));
}

}  // namespace

bool System::uniform() const {
  return std::all_of(devices.begin(), devices.end(), [&](const Chip& chip) {
    const auto capacity = [](const Chip& c) {
      return c.memory.capacity ? c.memory.capacity->range.value : 0;
    };
    return chip.name == devices.front().name && capacity(chip) == capacity(devices.front());
  });
}

std::optional<Range> System::link_each_way() const {
  if (link) return link->bytes_per_s_each_way();
  std::optional<Range> slowest;
  for (const Chip& chip : devices) {
    if (!chip.link) return std::nullopt;
    const Range each = chip.link->bytes_per_s_each_way();
    slowest = slowest ? min(*slowest, each) : each;
  }
  return slowest;
}

std::vector<double> System::memory_shares() const {
  std::vector<double> shares;
  for (const Chip& chip : devices) shares.push_back(chip.need_capacity().range.value);
  return shares;
}

System system_from_json(const std::string& text, const std::string& source) {
  static const Json schema = system_schema();
  const Json json = parse_json(text, source);
  check_schema(json, schema, source);
  const FigureReader reader(json, source);
  System system;
  system.name = json["name"];
  system.aliases = json.value("aliases", std::vector<std::string>{});
  system.file = source;
  for (std::size_t i = 0; i < json["devices"].size(); ++i) {
    const Json& entry = json["devices"][i];
    const std::string path = fmt::format("devices[{}]", i);
    Chip chip;
    try {
      chip = load_chip(entry["chip"]);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: field '{}.chip': {}", source, path, error.what()));
    }
    if (auto capacity = reader.optional_figure(entry, "capacity", path + ".capacity"))
      chip.memory.capacity = capacity;
    system.devices.insert(system.devices.end(), entry.value("count", std::size_t{1}), chip);
  }
  system.link = reader.optional_link(json, "link", "link");
  system.notes = json.value("notes", std::vector<std::string>{});
  return system;
}

std::vector<System> all_systems() {
  std::vector<System> systems;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(isa::data_directory() / "eval" / "chips" / "systems")) {
    if (entry.path().extension() != ".json") continue;
    systems.push_back(system_from_json(read_text(entry.path().string()), entry.path().string()));
  }
  std::sort(systems.begin(), systems.end(), [](const System& a, const System& b) { return a.name < b.name; });
  return systems;
}

System load_system(const std::string& what, std::uint32_t devices) {
  if (devices == 0)
    throw std::runtime_error(fmt::format("0 devices of '{}': there must be at least 1", what));
  if (is_system_file(what)) return stated(system_from_json(read_text(what), what), devices);
  const std::vector<System> systems = all_systems();
  if (const System* system = find_by_name(systems, what)) return stated(*system, devices);
  const Chip chip = load_chip(what);
  System system;
  system.name = devices == 1 ? chip.name : fmt::format("{}x {}", devices, chip.name);
  system.devices.assign(devices, chip);
  system.file = chip.file;
  return system;
}

}  // namespace heddle::eval
