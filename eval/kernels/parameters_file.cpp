// The parameters' JSON file.
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "eval/kernels/parameters.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double x, double unit) { return std::round(x / unit) * unit; }
/// Four significant digits: more would only record noise.
double significant(double x) {
  if (x == 0) return 0;
  return std::stod(fmt::format("{:.4g}", x));
}

Json list_of(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double x : values) out.push_back(std::stod(fmt::format("{:.4f}", rounded(x, 1e-4))));
  return out;
}

Json quality_to_json(const Quality& q) {
  return {{"count", q.count},
          {"median", significant(q.median)},
          {"p90", significant(q.p90)},
          {"ratio_low", significant(q.ratio_low)},
          {"ratio_high", significant(q.ratio_high)}};
}

Quality quality_from_json(const Json& json) {
  return {json.at("count").get<int>(), json.at("median").get<double>(), json.at("p90").get<double>(),
          json.at("ratio_low").get<double>(), json.at("ratio_high").get<double>()};
}

Json set_to_json(const KernelSet& set) {
  Json out = {{"class", kernel_class_name(set.kind)}, {"format", set.format}};
  if (set.cache_bytes > 0) out["cache_bytes"] = set.cache_bytes;
  if (set.one_block) out["one_block"] = true;
  out["chip"] = set.chip.empty() ? Json(nullptr) : Json(set.chip);
  out["software"] = set.software;
  out["files"] = set.files;
  out["rows"] = set.rows;
  for (int i = 0; i < Coefficients::kCount; ++i) {
    out["coefficients"][std::string(Coefficients::name(i))] = significant(set.coefficients.value[i]);
  }
  out[set.chip.empty() ? "chips_left_out" : "shapes_held_out"] = quality_to_json(set.held_out);
  out["of_them_streaming"] = quality_to_json(set.streaming);
  out["tables"] = Json::array();
  for (const PairTable& table : set.residual.tables) {
    out["tables"].push_back({{"rows", coordinate_names(set.kind).at(table.first)},
                             {"columns", coordinate_names(set.kind).at(table.second)},
                             {"row_knots", list_of(table.first_knots)},
                             {"column_knots", list_of(table.second_knots)},
                             {"values", list_of(table.values)}});
  }
  return out;
}

int coordinate_index(KernelClass kind, const std::string& wanted) {
  const auto& names = coordinate_names(kind);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return static_cast<int>(i);
  }
  throw std::runtime_error(fmt::format("tables: coordinate '{}' is unknown", wanted));
}

KernelSet set_from_json(const Json& json) {
  KernelSet set;
  set.kind = kernel_class_from(json.at("class").get<std::string>());
  set.format = json.at("format").get<std::string>();
  set.cache_bytes = json.value("cache_bytes", 0.0);
  set.one_block = json.value("one_block", false);
  set.chip = json.at("chip").is_null() ? "" : json.at("chip").get<std::string>();
  set.software = json.at("software").get<std::string>();
  set.files = json.at("files").get<std::vector<std::string>>();
  set.rows = json.at("rows").get<int>();
  for (int i = 0; i < Coefficients::kCount; ++i) {
    const std::string name(Coefficients::name(i));
    const double value = json.at("coefficients").at(name).get<double>();
    if (!(value >= 0.99 * Coefficients::lower(i) && value <= 1.01 * Coefficients::upper(i))) {
      throw std::runtime_error(fmt::format("coefficients.{}: {} is not within [{}, {}]", name, value,
                                           Coefficients::lower(i), Coefficients::upper(i)));
    }
    set.coefficients.value[i] = value;
  }
  set.held_out = quality_from_json(json.at(set.chip.empty() ? "chips_left_out" : "shapes_held_out"));
  set.streaming = quality_from_json(json.at("of_them_streaming"));
  for (const Json& entry : json.at("tables")) {
    PairTable table{coordinate_index(set.kind, entry.at("rows").get<std::string>()),
                    coordinate_index(set.kind, entry.at("columns").get<std::string>()),
                    entry.at("row_knots").get<std::vector<double>>(),
                    entry.at("column_knots").get<std::vector<double>>(),
                    entry.at("values").get<std::vector<double>>()};
    if (table.values.size() != table.first_knots.size() * table.second_knots.size() || table.values.empty()) {
      throw std::runtime_error("tables: values do not match the knots");
    }
    set.residual.tables.push_back(std::move(table));
  }
  return set;
}

}  // namespace

std::string parameters_text(const Parameters& parameters) {
  Json head = {{"source", parameters.source}};
  for (const auto& [chip, facts] : parameters.processors) {
    head["processors"][chip] = {{"units", facts.units},
                                {"cache_bytes", facts.cache_bytes},
                                {"clock", facts.clock},
                                {"base_clock", facts.base_clock},
                                {"source", facts.source}};
    if (facts.inline_ecc) head["processors"][chip]["inline_ecc"] = true;
  }
  for (const auto& [chip, sibling] : parameters.siblings) head["same_die"][chip] = sibling;
  std::string out = head.dump(1);
  out.resize(out.find_last_of('}') - 1);
  out += ",\n \"sets\": [";
  for (std::size_t i = 0; i < parameters.sets.size(); ++i) {
    Json set = set_to_json(parameters.sets[i]);
    out += i == 0 ? "\n  {" : ",\n  {";
    bool first = true;
    for (const auto& [field, value] : set.items()) {
      out += fmt::format("{}\"{}\": ", first ? "" : ",\n   ", field);
      first = false;
      if (field != "tables" || value.empty()) {
        out += value.dump();
        continue;
      }
      for (std::size_t t = 0; t < value.size(); ++t)
        out += (t == 0 ? "[\n    " : ",\n    ") + value[t].dump();
      out += "]";
    }
    out += "}";
  }
  return out + "\n ]\n}\n";
}

Parameters parameters_from_json(const std::string& text, const std::string& source) {
  Parameters out;
  out.file = source;
  std::string where = "document";
  try {
    const Json json = Json::parse(text);
    out.source = json.at("source").get<std::string>();
    where = "processors";
    for (const auto& [chip, facts] : json.at("processors").items()) {
      out.processors[chip] = {facts.at("units").get<double>(),       facts.at("cache_bytes").get<double>(),
                              facts.at("clock").get<double>(),       facts.at("base_clock").get<double>(),
                              facts.at("source").get<std::string>(), facts.value("inline_ecc", false)};
    }
    where = "same_die";
    for (const auto& [chip, sibling] : json.at("same_die").items())
      out.siblings[chip] = sibling.get<std::string>();
    for (std::size_t i = 0; i < json.at("sets").size(); ++i) {
      where = fmt::format("sets[{}]", i);
      out.sets.push_back(set_from_json(json["sets"][i]));
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: {}", source, where, error.what()));
  }
  return out;
}

const Parameters& kernel_parameters() {
  static const Parameters parameters = [] {
    const std::string path = (isa::data_directory() / "eval" / "kernels" / "parameters.json").string();
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
      throw std::runtime_error(fmt::format("{}: cannot be read: heddle_fit_kernels writes it", path));
    }
    return parameters_from_json(text.str(), path);
  }();
  return parameters;
}

}  // namespace heddle::eval
