// The file of published results.
#include <fmt/format.h>

#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"
#include "eval/estimate/published.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

Range range_of(const Json& json, const std::string& field, double otherwise) {
  if (!json.contains(field)) return otherwise;
  const Json& value = json.at(field);
  if (value.is_number()) return value.get<double>();
  if (value.is_array() && value.size() == 3) {
    const Range range(value[0].get<double>(), value[1].get<double>(), value[2].get<double>());
    if (range.low <= range.value && range.value <= range.high && range.low > 0) return range;
  }
  throw std::runtime_error(fmt::format("field '{}' is neither a number nor [value, low, high]", field));
}

}  // namespace

PublishedCase published_case(const Json& json) {
  PublishedCase out;
  EstimateRequest& request = out.request;
  request.anchored = true;
  out.metric = json.at("metric").get<std::string>();
  if (json.at("chip").is_array()) {
    for (const Json& chip : json.at("chip")) request.chips.push_back(load_chip(chip.get<std::string>()));
  } else {
    request.chips = {load_chip(json.at("chip").get<std::string>())};
  }
  request.format = parse_format(json.at("format").get<std::string>());
  if (out.metric == "gemm" || out.metric == "stream") return out;
  request.model = load_model(json.at("model").get<std::string>());
  if (json.contains("experts_per_token")) {
    const auto used = json.at("experts_per_token").get<std::uint64_t>();
    if (used == 0 || !request.model.experts || used > request.model.experts->per_token) {
      throw std::runtime_error("field 'experts_per_token' is not between 1 and the model's");
    }
    request.model.experts->per_token = used;
  }
  request.devices = json.value("devices", 1U);
  request.stages = json.value("stages", 1U);
  request.split = parse_split(json.value("split", std::string("tensor")));
  if (json.contains("cache")) request.cache = parse_format(json.at("cache").get<std::string>());
  request.context = json.value("context", std::uint64_t{512});
  request.prompt = static_cast<std::uint64_t>(range_of(json, "prompt", 0).value);
  request.cached = json.value("cached", std::uint64_t{0});
  request.flash_attention = json.value("flash_attention", false);
  request.tokens_a_step = json.value("tokens_a_step", std::uint64_t{1});
  request.software = json.value("software", std::string());
  if (json.contains("experts_on")) request.experts_chip = load_chip(json.at("experts_on").get<std::string>());
  request.experts_devices = json.value("experts_devices", 1U);
  out.output = json.value("output", std::uint64_t{0});
  out.beams = json.value("beams", 1.0);
  request.routing_skew = json.value("routing_skew", kRoutingSkew);
  out.batch = range_of(json, "batch", 1);
  out.accepted = range_of(json, "accepted", 1);
  out.int4_bits = range_of(json, "int4_bits", 0);
  request.int4_bits = out.int4_bits.value;
  request.head_bits = json.value("head_bits", 0.0);
  out.drafts = json.value("drafts", 0.0);
  if (json.contains("prompt") && json.at("prompt").is_array()) out.prompt = range_of(json, "prompt", 0);
  out.replicas = json.value("replicas", 1.0);
  out.per = json.value("per", 1.0);
  return out;
}

std::vector<PublishedRow> published_from_json(const std::string& text, const std::string& source) {
  const Json json = parse_json(text, source);
  std::vector<PublishedRow> out;
  std::string where = "rows";
  try {
    for (const Json& entry : json.at("rows")) {
      PublishedRow row;
      row.name = entry.at("name").get<std::string>();
      where = row.name;
      row.kind = entry.at("class").get<std::string>();
      row.unit = entry.at("unit").get<std::string>();
      row.source = entry.at("source").get<std::string>();
      row.value = entry.at("value").get<double>();
      if (!(row.value > 0)) throw std::runtime_error("field 'value' is not positive");
      row.batch = entry.value("batch", 0);
      row.later = entry.value("later", row.batch > 0);
      row.reason = entry.value("reason", std::string());
      if (entry.contains("case")) row.what = published_case(entry.at("case"));
      if (entry.contains("against")) row.against = published_case(entry.at("against"));
      if (!row.what && row.reason.empty())
        throw std::runtime_error("has neither a case nor a reason for none");
      out.push_back(std::move(row));
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: {}", source, where, error.what()));
  }
  return out;
}

std::vector<PublishedRow> published_rows() {
  const std::string path = (isa::data_directory() / "eval" / "estimate" / "published.json").string();
  return published_from_json(read_text(path), path);
}

}  // namespace heddle::eval
