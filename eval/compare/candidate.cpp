#include "eval/compare/candidate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/chips/heddle_chip.hpp"
#include "eval/common/names.hpp"
#include "eval/common/schema.hpp"
#include "isa/config_file.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

std::vector<std::string> preset_files() {
  std::vector<std::string> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(isa::data_directory() / "eval/compare/presets")) {
    if (entry.path().extension() == ".json") out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Figure scaled(const Figure& like, const std::string& from) {
  Figure out = like;
  out.source = fmt::format("as {}: {}", from, like.source);
  return out;
}

Figure derived(double nm) {
  return {Range(nm), "nm", "assumed node of our machine (--node)", Confidence::kVerified, ""};
}

}  // namespace

double Candidate::node() const {
  if (machine) return machine->node;
  return chip.process ? chip.process->range.value : 0;
}

std::optional<Range> Candidate::area() const {
  if (machine) return eval::area(*machine).total();
  if (chip.die) return chip.die->range;
  return std::nullopt;
}

Candidate scaled_machine(const std::string& name, const std::string& base, const Chip& like, double node,
                         const std::string& note) {
  const isa::NamedConfig config = isa::load_config(base);
  Candidate out;
  out.chip = heddle_chip(config, base);
  const double copies =
      like.need_peak(Format::kInt8).range.value / out.chip.need_peak(Format::kInt8).range.value;
  out.chip.name = name;
  out.chip.copies = std::max(1.0, copies);
  out.chip.aliases.clear();
  out.chip.peak(Format::kInt8).figure = scaled(like.need_peak(Format::kInt8), like.name);
  out.chip.memory = like.memory;
  out.chip.memory.bandwidth = scaled(like.need_bandwidth(), like.name);
  out.chip.memory.capacity = scaled(like.need_capacity(), like.name);
  out.chip.link = like.link;
  out.chip.process = derived(node);
  out.machine = machine_of(config.config, name, node, copies);
  out.machine->memory = like.memory.type;
  out.machine->memory_bandwidth = like.need_bandwidth().range.value;
  out.chip.sram = Figure{Range(out.machine->sram_bytes), "B",
                         fmt::format("{:.0f} copies of {}", copies, base), Confidence::kVerified, ""};
  out.preset = true;
  out.label = fmt::format("extrapolated: {:.0f} copies of {}. {}", copies, base, note);
  return out;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> out;
  for (const std::string& file : preset_files()) out.push_back(parse_json(read_text(file), file).at("name"));
  return out;
}

Candidate load_candidate(const std::string& what, std::optional<double> node) {
  for (const std::string& file : preset_files()) {
    const Json json = parse_json(read_text(file), file);
    if (normal_name(json.at("name").get<std::string>()) != normal_name(what)) continue;
    return scaled_machine(json.at("name"), json.at("base"), load_chip(json.at("like")),
                          node.value_or(json.at("node").get<double>()), json.at("note"));
  }
  Candidate out;
  out.chip = load_chip(what);
  if (out.chip.chip_class == ChipClass::kHeddle) {
    const std::string& file = out.chip.file;
    const auto names = isa::pinned_config_names();
    const bool pinned = std::find(names.begin(), names.end(), out.chip.name) != names.end();
    const double nm = node.value_or(kDefaultNode);
    out.machine = machine_of(isa::load_config(pinned ? out.chip.name : file).config, out.chip.name, nm);
    out.chip.process = derived(nm);
  }
  return out;
}

}  // namespace heddle::eval
