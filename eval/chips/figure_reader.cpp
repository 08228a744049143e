#include "eval/chips/figure_reader.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace heddle::eval {

void FigureReader::fail(const std::string& path, const std::string& text) const {
  throw std::runtime_error(fmt::format("{}: field '{}' {}", source_, path, text));
}

Figure FigureReader::figure(const Json& entry, const std::string& path, const Unit& unit) const {
  const double value = entry["value"];
  const double low = entry.value("low", value), high = entry.value("high", value);
  if (low > high) fail(path + ".low", fmt::format("is {}, above high, {}", low, high));
  if (value < low || value > high) {
    fail(path + ".value", fmt::format("is {}, outside of low to high, {} to {}", value, low, high));
  }
  const std::string key = entry["source"];
  if (!document_["sources"].contains(key)) {
    fail(path + ".source", fmt::format("is '{}', which 'sources' does not list", key));
  }
  return {Range(value, low, high) * unit.factor, unit.base, document_["sources"][key],
          *parse_confidence(entry["confidence"].get<std::string>()), entry.value("note", "")};
}

std::optional<Figure> FigureReader::optional_figure(const Json& parent, const std::string& key,
                                                    const std::string& path) const {
  if (!parent.contains(key) || parent[key].is_null()) return std::nullopt;
  return figure(parent[key], path, unit(parent[key]["unit"].get<std::string>()));
}

std::optional<Link> FigureReader::optional_link(const Json& parent, const std::string& key,
                                                const std::string& path) const {
  const std::optional<Figure> bandwidth = optional_figure(parent, key, path);
  if (!bandwidth) return std::nullopt;
  const std::string direction = parent[key]["direction"];
  for (const auto candidate : {Link::Direction::kPerDirection, Link::Direction::kBidirectional}) {
    if (name(candidate) == direction) return Link{*bandwidth, candidate};
  }
  return Link{*bandwidth, Link::Direction::kUnstated};
}

}  // namespace heddle::eval
