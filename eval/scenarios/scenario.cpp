#include "eval/scenarios/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "eval/common/names.hpp"
#include "eval/common/schema.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {

std::string Criterion::text() const {
  return at_least ? fmt::format("{} >= {:g}", what, *at_least) : fmt::format("{} <= {:g}", what, *at_most);
}

Scenario scenario_from_json(const std::string& text, const std::string& source) {
  static const Json schema = read_schema("eval/scenarios/schema.json");
  const Json json = parse_json(text, source);
  check_schema(json, schema, source);
  Scenario out;
  out.file = source;
  out.name = json["name"];
  out.title = json["title"];
  out.note = json.value("note", "");
  out.model = json["model"];
  out.format = parse_format(json["format"].get<std::string>());
  if (json.contains("cache")) out.cache = parse_format(json["cache"].get<std::string>());
  out.prompt = json["prompt"];
  out.output = json["output"];
  out.max_devices = json.value("max_devices", 8U);
  out.at_home = json.value("at_home", false);
  out.pue = json.value("pue", 0.0);
  if (json.contains("max_seconds_per_token"))
    out.max_seconds_per_token = json["max_seconds_per_token"].get<double>();
  if (json.contains("max_first_token")) out.max_first_token = json["max_first_token"].get<double>();
  for (std::size_t i = 0; i < json["criteria"].size(); ++i) {
    const Json& entry = json["criteria"][i];
    Criterion criterion;
    criterion.what = entry["what"];
    if (entry.contains("at_least")) criterion.at_least = entry["at_least"].get<double>();
    if (entry.contains("at_most")) criterion.at_most = entry["at_most"].get<double>();
    if (criterion.at_least.has_value() == criterion.at_most.has_value()) {
      throw std::runtime_error(
          fmt::format("{}: field 'criteria[{}]' must have one of at_least and at_most", source, i));
    }
    out.criteria.push_back(criterion);
  }
  return out;
}

std::vector<Scenario> all_scenarios() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(isa::data_directory() / "eval/scenarios/data")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> out;
  for (const std::string& file : files) out.push_back(scenario_from_json(read_text(file), file));
  return out;
}

Scenario load_scenario(const std::string& what) {
  if (looks_like_path(what)) return scenario_from_json(read_text(what), what);
  std::vector<std::string> names;
  for (const Scenario& scenario : all_scenarios()) {
    if (normal_name(scenario.name) == normal_name(what)) return scenario;
    names.push_back(scenario.name);
  }
  throw std::runtime_error(fmt::format("scenario '{}' is unknown; known: {}", what, fmt::join(names, ", ")));
}

}  // namespace heddle::eval
