#include "eval/chips/chips.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <tuple>

#include "eval/chips/heddle_chip.hpp"
#include "eval/common/names.hpp"
#include "eval/common/schema.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

namespace fs = std::filesystem;

Chip read_chip(const fs::path& path) {
  const std::string text = read_text(path.string());
  // A configuration of our own machine has no name and no sources; its shape gives it away.
  const Json json = parse_json(text, path.string());
  if (json.is_object() && json.contains("rows") && json.contains("columns")) {
    return heddle_chip(isa::load_config(path.string()), path.string());
  }
  return chip_from_json(text, path.string());
}

std::vector<Chip> read_all() {
  std::vector<Chip> chips;
  const fs::path data = isa::data_directory();
  for (const fs::directory_entry& entry : fs::directory_iterator(data / "eval" / "chips" / "data")) {
    if (entry.path().extension() == ".json") chips.push_back(read_chip(entry.path()));
  }
  std::sort(chips.begin(), chips.end(), [](const Chip& a, const Chip& b) {
    return std::tuple(a.chip_class, a.vendor, a.year.value_or(0), a.name) <
           std::tuple(b.chip_class, b.vendor, b.year.value_or(0), b.name);
  });
  for (const std::string& name : isa::pinned_config_names()) {
    chips.push_back(
        heddle_chip(isa::load_config(name), (data / "isa" / "configs" / (name + ".json")).string()));
  }
  return chips;
}

}  // namespace

std::vector<Chip> all_chips() {
  static const std::vector<Chip> chips = read_all();
  return chips;
}

Chip load_chip(const std::string& what) {
  if (looks_like_path(what)) return read_chip(what);
  static const std::vector<Chip> chips = all_chips();
  if (const Chip* chip = find_by_name(chips, what)) return *chip;
  throw std::runtime_error(fmt::format(
      "chip '{}' is not known; near it are {}; `heddle chips` lists all, and a path of a JSON file "
      "names a chip of your own",
      what, fmt::join(nearest_names(chips, what, 3), ", ")));
}

}  // namespace heddle::eval
