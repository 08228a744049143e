// The results file: writing, reading, refusing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "eval/baseline/result.hpp"
#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"

namespace heddle::eval {
namespace {

template <typename Value>
Json optional_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json spread_json(const Spread& spread) {
  return {{"median", spread.median},
          {"quartile_1", spread.quartile_1},
          {"quartile_3", spread.quartile_3},
          {"minimum", spread.minimum},
          {"maximum", spread.maximum}};
}

Json result_json(const BaselineResult& result, const std::optional<Chip>& chip) {
  Json json = workload_to_json(result.workload);
  json["implementation"] = result.implementation;
  json["flops"] = flops(result.workload);
  json["bytes"] = bytes(result.workload);
  json["kernel_seconds"] = result.kernel_seconds ? spread_json(*result.kernel_seconds) : Json(nullptr);
  json["wall_seconds"] = spread_json(result.wall_seconds);
  json["repetitions"] = result.repetitions;
  json["warm_up"] = result.warm_up;
  json["check"] = {{"elements", result.check.elements},
                   {"worst", result.check.worst},
                   {"largest_error", result.check.largest_error},
                   {"tolerance", result.check.tolerance}};
  json["power"] = nullptr;
  if (result.power) {
    json["power"] = {
        {"watts", result.power->watts}, {"seconds", result.power->seconds}, {"boundary", "board"}};
  }
  json["flops_per_second"] = flops(result.workload) / result.seconds();
  json["bytes_per_second"] = bytes(result.workload) / result.seconds();
  json["compute_share"] = chip ? optional_json(compute_share(result, *chip)) : Json(nullptr);
  json["bandwidth_share"] = chip ? optional_json(bandwidth_share(result, *chip)) : Json(nullptr);
  return json;
}

Json run_json(const BaselineRun& run) {
  const std::optional<Chip> chip = run.chip.empty() ? std::nullopt : std::optional(load_chip(run.chip));
  const DeviceDescription& device = run.device;
  Json json{{"date", run.date}, {"command", run.command}, {"label", run.software.label}};
  json["grade"] = name(Grade::kMeasuredHere);
  json["software"] = {
      {"name", run.software.name},
      {"version", run.software.version},
      {"components", run.software.components.empty() ? Json::object() : Json(run.software.components)}};
  json["host"] = {{"name", run.host.name}, {"system", run.host.system}, {"processor", run.host.processor}};
  json["device"] = {{"name", device.name},
                    {"vendor", device.vendor},
                    {"type", device.type},
                    {"driver", device.driver},
                    {"version", device.version},
                    {"memory_bytes", optional_json(device.memory_bytes)},
                    {"compute_units", optional_json(device.compute_units)},
                    {"clock_hz", optional_json(device.clock_hz)}};
  json["chip"] = run.chip.empty() ? Json(nullptr) : Json(run.chip);
  json["results"] = Json::array();
  for (const BaselineResult& result : run.results) json["results"].push_back(result_json(result, chip));
  json["skipped"] = Json::array();
  for (const SkippedWorkload& skipped : run.skipped) {
    Json entry = workload_to_json(skipped.workload);
    entry["reason"] = skipped.reason;
    json["skipped"].push_back(entry);
  }
  return json;
}

// Reads what the schema has let pass, and checks what a schema cannot say.
class Reader {
 public:
  explicit Reader(const std::string& source) : source_(source) {}

  BaselineRun run(const Json& json, const std::string& path) const {
    BaselineRun run;
    run.date = json.at("date");
    run.command = json.at("command");
    run.software = {json.at("software").at("name"), json.at("software").at("version"),
                    json.at("software").at("components").get<std::map<std::string, std::string>>(),
                    json.at("label")};
    const Json& host = json.at("host");
    run.host = {host.at("name"), host.at("system"), host.at("processor")};
    const Json& device = json.at("device");
    run.device = {device.at("name"),
                  device.at("vendor"),
                  device.at("type"),
                  device.at("driver"),
                  device.at("version"),
                  {},
                  {},
                  {}};
    if (!device.at("memory_bytes").is_null()) run.device.memory_bytes = device.at("memory_bytes");
    if (!device.at("compute_units").is_null()) run.device.compute_units = device.at("compute_units");
    if (!device.at("clock_hz").is_null()) run.device.clock_hz = device.at("clock_hz");
    if (!json.at("chip").is_null()) {
      run.chip = json.at("chip");
      try {
        load_chip(run.chip);
      } catch (const std::runtime_error& error) {
        fail(path + ".chip", error.what());
      }
    }
    for (std::size_t i = 0; i < json.at("results").size(); ++i) {
      run.results.push_back(result(json.at("results")[i], fmt::format("{}.results[{}]", path, i)));
    }
    for (std::size_t i = 0; i < json.at("skipped").size(); ++i) {
      const Json& entry = json.at("skipped")[i];
      run.skipped.push_back({workload(entry, fmt::format("{}.skipped[{}]", path, i)), entry.at("reason")});
    }
    if (run.results.empty() && run.skipped.empty()) fail(path + ".results", "is empty: nothing was measured");
    return run;
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& text) const {
    throw std::runtime_error(fmt::format("{}: field '{}' {}", source_, path, text));
  }

  Workload workload(const Json& json, const std::string& path) const {
    const WorkloadClass workload_class = parse_workload_classes(json.at("class").get<std::string>()).at(0);
    const Json& shape = json.at("shape");
    std::vector<std::uint64_t> sizes;
    for (const std::string& dimension : dimension_names(workload_class)) {
      if (!shape.contains(dimension)) fail(path + ".shape", fmt::format("lacks '{}'", dimension));
      sizes.push_back(shape.at(dimension).get<std::uint64_t>());
    }
    if (shape.size() != sizes.size()) {
      fail(path + ".shape", fmt::format("has more than the sizes of {}: {}", name(workload_class),
                                        fmt::join(dimension_names(workload_class), ", ")));
    }
    try {
      return make_workload(workload_class, parse_format(json.at("format").get<std::string>()), sizes);
    } catch (const std::runtime_error& error) {
      fail(path + ".shape", fmt::format("is refused: {}", error.what()));
    }
  }

  Spread spread(const Json& json, const std::string& path) const {
    const Spread spread{json.at("median"), json.at("quartile_1"), json.at("quartile_3"), json.at("minimum"),
                        json.at("maximum")};
    const double order[] = {spread.minimum, spread.quartile_1, spread.median, spread.quartile_3,
                            spread.maximum};
    if (!std::is_sorted(std::begin(order), std::end(order))) {
      fail(path, "is not in the order minimum, quartile_1, median, quartile_3, maximum");
    }
    return spread;
  }

  void same(double stated, double derived, const std::string& path) const {
    if (std::abs(stated - derived) > 1e-6 * derived) {
      fail(path, fmt::format("is {:.9g}; the shape makes it {:.9g}", stated, derived));
    }
  }

  BaselineResult result(const Json& json, const std::string& path) const {
    BaselineResult result;
    result.workload = workload(json, path);
    result.implementation = json.at("implementation");
    same(json.at("flops"), flops(result.workload), path + ".flops");
    same(json.at("bytes"), bytes(result.workload), path + ".bytes");
    if (!json.at("kernel_seconds").is_null()) {
      result.kernel_seconds = spread(json.at("kernel_seconds"), path + ".kernel_seconds");
    }
    result.wall_seconds = spread(json.at("wall_seconds"), path + ".wall_seconds");
    result.repetitions = json.at("repetitions");
    result.warm_up = json.at("warm_up");
    const Json& check = json.at("check");
    result.check = {check.at("elements"), check.at("worst"), check.at("largest_error"),
                    check.at("tolerance")};
    if (result.check.elements > result_elements(result.workload)) {
      fail(path + ".check.elements",
           fmt::format("is {}; the result has {}", result.check.elements, result_elements(result.workload)));
    }
    if (const Json& power = json.at("power"); !power.is_null()) {
      result.power = MeasuredPower{power.at("watts"), power.at("seconds")};
    }
    return result;
  }

  const std::string& source_;
};

}  // namespace

nlohmann::ordered_json results_to_json(const std::vector<BaselineRun>& runs) {
  Json json{{"schema_version", kResultsVersion}, {"runs", Json::array()}};
  for (const BaselineRun& run : runs) json["runs"].push_back(run_json(run));
  return json;
}

std::vector<BaselineRun> results_from_json(const std::string& text, const std::string& source) {
  const Json json = parse_json(text, source);
  if (json.is_object() && json.contains("schema_version") && json["schema_version"].is_number_integer() &&
      json["schema_version"] != kResultsVersion) {
    throw std::runtime_error(
        fmt::format("{}: field 'schema_version' is {}; this program reads {}: measure again, or "
                    "use the program that wrote it",
                    source, json["schema_version"].dump(), kResultsVersion));
  }
  check_schema(json, read_schema("eval/baseline/schema/results.json"), source);
  const Reader reader(source);
  std::vector<BaselineRun> runs;
  for (std::size_t i = 0; i < json.at("runs").size(); ++i) {
    runs.push_back(reader.run(json.at("runs")[i], fmt::format("runs[{}]", i)));
  }
  return runs;
}

}  // namespace heddle::eval
