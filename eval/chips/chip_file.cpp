// Chip files: JSON text to Chip and back.
#include <fmt/format.h>

#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/chips/figure_reader.hpp"

namespace heddle::eval {
namespace {

Peak read_peak(const FigureReader& reader, const Json& peaks, Format format) {
  const std::string key(name(format));
  if (!peaks.contains(key) || peaks[key].is_null()) return {Peak::State::kUnknown, std::nullopt};
  if (peaks[key].is_string()) return {Peak::State::kLacking, std::nullopt};
  return {Peak::State::kNative, reader.optional_figure(peaks, key, fmt::format("peaks.{}", key))};
}

Price read_price(const FigureReader& reader, const Json& entry, const std::string& path) {
  const std::string currency = entry["currency"];
  return {reader.figure(entry, path, Unit{1, currency}), entry["date"], entry.value("quantity", 1.0)};
}

// The value of an enumeration whose name is `text`; the schema has made sure that there is one.
template <typename Enum>
Enum parse_enum(const std::string& text, int count) {
  for (int i = 0; i < count; ++i) {
    if (name(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  }
  throw std::logic_error("'" + text + "' passed the schema but has no enumerator");
}

Json figure_json(const std::optional<Figure>& figure) { return figure ? Json(*figure) : Json(nullptr); }

}  // namespace

Chip chip_from_json(const std::string& text, const std::string& source) {
  static const Json schema = read_schema("eval/chips/schema/chip.json");
  const Json json = parse_json(text, source);
  check_schema(json, schema, source);
  const FigureReader reader(json, source);

  Chip chip;
  chip.file = source;
  chip.name = json["name"];
  chip.aliases = json.value("aliases", std::vector<std::string>{});
  chip.vendor = json["vendor"];
  chip.country = json.value("country", "");
  if (json.contains("year") && !json["year"].is_null()) chip.year = json["year"].get<int>();
  chip.chip_class = parse_enum<ChipClass>(json["class"], 5);
  chip.process = reader.optional_figure(json, "process", "process");
  for (const Format format : kFormats) chip.peak(format) = read_peak(reader, json["peaks"], format);
  chip.weight_only = json.value("weight_only", true);
  const Json& memory = json["memory"];
  chip.memory = {memory["type"], reader.optional_figure(memory, "capacity", "memory.capacity"),
                 reader.optional_figure(memory, "bandwidth", "memory.bandwidth")};
  chip.sram = reader.optional_figure(json, "sram", "sram");
  chip.die = reader.optional_figure(json, "die", "die");
  chip.link = reader.optional_link(json, "link", "link");
  if (const auto watts = reader.optional_figure(json, "power", "power")) {
    chip.power = Power{*watts, parse_enum<PowerBoundary>(json["power"]["boundary"], 3)};
  }
  if (json.contains("prices")) {
    for (std::size_t i = 0; i < json["prices"].size(); ++i) {
      chip.prices.push_back(read_price(reader, json["prices"][i], fmt::format("prices[{}]", i)));
    }
  }
  chip.notes = json.value("notes", std::vector<std::string>{});
  return chip;
}

nlohmann::ordered_json chip_to_json(const Chip& chip) {
  Json json = {{"name", chip.name},
               {"aliases", chip.aliases},
               {"vendor", chip.vendor},
               {"country", chip.country},
               {"year", chip.year ? Json(*chip.year) : Json(nullptr)},
               {"class", name(chip.chip_class)},
               {"confidence", name(confidence(chip))},
               {"process", figure_json(chip.process)}};
  for (const Format format : kFormats) {
    const Peak& peak = chip.peak(format);
    json["peaks"][std::string(name(format))] =
        peak.state == Peak::State::kLacking ? Json("none") : figure_json(peak.figure);
  }
  json["weight_only"] = chip.weight_only;
  json["memory"] = {{"type", chip.memory.type},
                    {"capacity", figure_json(chip.memory.capacity)},
                    {"bandwidth", figure_json(chip.memory.bandwidth)}};
  json["sram"] = figure_json(chip.sram);
  json["link"] = nullptr;
  if (chip.link) {
    json["link"] = chip.link->bandwidth;
    json["link"]["direction"] = name(chip.link->direction);
    json["link"]["each_way"] = chip.link->bytes_per_s_each_way();
  }
  json["power"] = nullptr;
  if (chip.power) {
    json["power"] = chip.power->watts;
    json["power"]["boundary"] = name(chip.power->boundary);
  }
  json["die"] = figure_json(chip.die);
  json["prices"] = Json::array();
  for (const Price& price : chip.prices) {
    Json entry = price.amount;
    entry["currency"] = price.amount.unit;
    entry.erase("unit");
    entry["date"] = price.date;
    entry["quantity"] = price.quantity;
    json["prices"].push_back(std::move(entry));
  }
  json["notes"] = chip.notes;
  json["file"] = chip.file;
  return json;
}

}  // namespace heddle::eval
