// The dated file of prices.
#include <fmt/format.h>

#include <stdexcept>

#include "eval/common/schema.hpp"
#include "eval/cost/cost.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

[[noreturn]] void fail(const std::string& source, const std::string& field, const std::string& text) {
  throw std::runtime_error(fmt::format("{}: field '{}' {}", source, field, text));
}

const Json& member(const Json& json, const char* key, const std::string& path, const std::string& source) {
  if (!json.is_object() || !json.contains(key)) fail(source, path + key, "is missing");
  return json.at(key);
}

double number(const Json& json, const char* key, const std::string& path, const std::string& source) {
  const Json& value = member(json, key, path, source);
  if (!value.is_number()) fail(source, path + key, "must be a number");
  if (value.get<double>() <= 0) fail(source, path + key, fmt::format("is {}; must be above 0", value.dump()));
  return value;
}

std::string words(const Json& json, const char* key, const std::string& path, const std::string& source) {
  const Json& value = member(json, key, path, source);
  if (!value.is_string() || value.get<std::string>().empty()) fail(source, path + key, "must be a text");
  return value;
}

Tariff tariff(const Json& json, const char* key, const std::string& source, double least, double most) {
  const Json& entry = member(json, key, "", source);
  const std::string path = std::string(key) + ".";
  const Range range = {number(entry, "value", path, source), number(entry, "low", path, source),
                       number(entry, "high", path, source)};
  if (range.low > range.value || range.value > range.high)
    fail(source, key, "must have low <= value <= high");
  if (range.low < least || range.high > most)
    fail(source, key, fmt::format("must lie from {:g} to {:g}", least, most));
  return {range, words(entry, "date", path, source), words(entry, "source", path, source)};
}

}  // namespace

Prices prices_from_json(const std::string& text, const std::string& source) {
  const Json json = parse_json(text, source);
  constexpr double kAny = 1e12;
  Prices out;
  out.file = source;
  out.date = words(json, "date", "", source);
  out.cny_per_usd = tariff(json, "cny_per_usd", source, 0, kAny);
  out.electricity_cny_per_kwh = tariff(json, "electricity_cny_per_kwh", source, 0, kAny);
  out.pue = tariff(json, "pue", source, 1, 10);
  out.years = tariff(json, "years", source, 0, 100);
  out.server_over_accelerators = tariff(json, "server_over_accelerators", source, 0, kAny);
  out.maintenance_per_year = tariff(json, "maintenance_per_year", source, 0, 1);
  out.load = tariff(json, "load", source, 0, 1);
  const Json& rentals = member(json, "rentals", "", source);
  if (!rentals.is_array()) fail(source, "rentals", "must be a list");
  for (std::size_t i = 0; i < rentals.size(); ++i) {
    const std::string path = fmt::format("rentals[{}].", i);
    out.rentals.push_back({words(rentals[i], "chip", path, source), words(rentals[i], "date", path, source),
                           words(rentals[i], "source", path, source),
                           number(rentals[i], "usd_per_hour", path, source)});
  }
  return out;
}

Prices load_prices(const std::string& path) {
  const std::string file = path.empty() ? (isa::data_directory() / "eval/cost/prices.json").string() : path;
  return prices_from_json(read_text(file), file);
}

}  // namespace heddle::eval
