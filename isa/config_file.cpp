#include "isa/config_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "isa/data_directory.hpp"

namespace heddle::isa {
namespace {

using Json = nlohmann::ordered_json;

struct Field {
  const char* name;
  std::uint32_t Config::*member;
};

struct PartName {
  const char* name;
  Part part;
};
constexpr PartName kPartNames[] = {{"float", kPartFloat}, {"scalar", kPartScalar}, {"tokens", kPartTokens}};

constexpr Field kFields[] = {
    {"rows", &Config::rows},           {"columns", &Config::columns},
    {"lanes", &Config::lanes},         {"bus_bytes", &Config::bus_bytes},
    {"axi_ports", &Config::axi_ports}, {"weight_rows", &Config::weight_rows},
    {"a_bytes", &Config::a_bytes},     {"w_bytes", &Config::w_bytes},
    {"c_bytes", &Config::c_bytes},     {"v_bytes", &Config::v_bytes},
    {"s_bytes", &Config::s_bytes},     {"acc_bytes", &Config::acc_bytes},
    {"icache_bytes", &Config::icache_bytes}, {"address_bits", &Config::address_bits},
    {"queue_depth", &Config::queue_depth},   {"clock_mhz", &Config::clock_mhz},
    {"weight_buffers", &Config::weight_buffers},
    {"fused_attention", &Config::fused_attention},
};

std::uint32_t default_weight_rows(const Config& c) {
  // The weight port delivers at least 1.25 times the bytes of the bus, so that it never is the bottleneck.
  std::uint32_t rows = 1;
  while (rows < c.rows && 4ull * rows * c.columns < 5ull * c.bus_bytes) rows *= 2;
  return rows;
}

std::uint32_t default_axi_ports(const Config& c) {
  return c.bus_bytes > 128 ? c.bus_bytes / 64 : 1;
}

// A machine of this shape that a user does not size in detail gets memories in the proportions of `edge`.
void size_memories(Config& c) {
  const std::uint32_t area = c.rows * c.columns;
  const auto scaled = [&](std::uint32_t edge_bytes, std::uint32_t least) {
    std::uint32_t bytes = static_cast<std::uint32_t>(static_cast<std::uint64_t>(edge_bytes) * area / 256);
    std::uint32_t power = 1024;
    while (power * 2 <= bytes) power *= 2;
    while (power < least) power *= 2;
    return power;
  };
  const std::uint32_t block = c.block_bytes();
  c.a_bytes = scaled(65536, 64 * std::max(c.columns, c.bus_bytes));
  c.w_bytes = scaled(131072, std::max(16 * area, 16 * std::max(c.w_word_bytes(), c.bus_bytes)));
  c.c_bytes = scaled(8192, 32 * block);
  c.v_bytes = scaled(262144, 512 * block);
  c.s_bytes = scaled(8192, 32 * block);
  c.acc_bytes = scaled(32768, 128 * block);
  c.icache_bytes = std::max(8192u, 8 * c.bus_bytes);
}

/// The parts that a list of names leaves out.
std::uint32_t parts_from_json(const Json& value, const std::string& source) {
  std::uint32_t parts = 0;
  for (const Json& item : value) {
    std::uint32_t part = 0;
    for (const PartName& known : kPartNames) {
      if (item == known.name) part = known.part;
    }
    if (part == 0) {
      throw std::runtime_error(fmt::format("{}: field 'without' lists {}; known are float, scalar, tokens", source,
                                           item.dump()));
    }
    parts |= part;
  }
  return parts;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

Config config_from_json(const std::string& text, const std::string& source) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: not JSON: {}", source, error.what()));
  }
  if (!json.is_object()) throw std::runtime_error(fmt::format("{}: must be a JSON object", source));
  const auto number = [&](const Json& value, const std::string& key, std::uint64_t limit) {
    if (!value.is_number_integer() || (value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() < 0) ||
        value.get<std::uint64_t>() > limit) {
      throw std::runtime_error(fmt::format("{}: field '{}' must be an integer from 0 to {}", source, key, limit));
    }
    return value.get<std::uint64_t>();
  };
  const auto has = [&](const char* key) { return json.contains(key); };
  for (const char* key : {"rows", "columns", "lanes", "bus_bytes"}) {
    if (!has(key)) throw std::runtime_error(fmt::format("{}: field '{}' is missing", source, key));
  }
  Config config;
  for (const char* key : {"rows", "columns", "lanes", "bus_bytes", "weight_rows"}) {
    if (!has(key)) continue;
    for (const Field& field : kFields) {
      if (std::strcmp(field.name, key) == 0) config.*field.member = static_cast<std::uint32_t>(number(json[key], key, 65536));
    }
  }
  if (!has("weight_rows")) config.weight_rows = default_weight_rows(config);
  if (!has("axi_ports")) config.axi_ports = default_axi_ports(config);
  size_memories(config);
  for (const auto& [key, value] : json.items()) {
    if (key == "memory") {
      if (!value.is_string() || value.get<std::string>().size() >= sizeof config.memory) {
        throw std::runtime_error(fmt::format("{}: field 'memory' must be a text of at most {} characters", source, sizeof config.memory - 1));
      }
      std::strncpy(config.memory, value.get<std::string>().c_str(), sizeof config.memory - 1);
      config.memory[sizeof config.memory - 1] = 0;
      continue;
    }
    if (key == "without") {
      config.parts = kAllParts & ~parts_from_json(value, source);
      continue;
    }
    if (key == "memory_bytes") {
      config.memory_bytes = number(value, key, 1ull << 48);
      continue;
    }
    bool known = false;
    for (const Field& field : kFields) {
      if (key != field.name) continue;
      config.*field.member = static_cast<std::uint32_t>(number(value, key, 0xFFFFFFFFull));
      known = true;
    }
    if (!known) {
      std::string names;
      for (const Field& field : kFields) names += fmt::format("{}, ", field.name);
      throw std::runtime_error(fmt::format("{}: unknown field '{}'; known are {}without, memory_bytes, memory", source, key, names));
    }
  }
  const char* field = "";
  if (const char* problem = check_config(config, &field)) {
    throw std::runtime_error(fmt::format("{}: field '{}' {}", source, field, problem));
  }
  return config;
}

std::string config_to_json(const Config& config) {
  Json json;
  for (const Field& field : kFields) json[field.name] = config.*field.member;
  if (config.parts != kAllParts) json["without"] = missing_parts(config);
  json["memory_bytes"] = config.memory_bytes;
  json["memory"] = config.memory;
  return json.dump(2) + "\n";
}

std::vector<std::string> pinned_config_names() { return {"tiny", "edge", "core", "server"}; }

std::vector<std::string> board_config_names() { return {"nano", "kv260", "zcu104", "u250", "u55c"}; }

std::vector<std::string> missing_parts(const Config& config) {
  std::vector<std::string> names;
  for (const PartName& part : kPartNames) {
    if (!config.has(part.part)) names.push_back(part.name);
  }
  return names;
}

void require_all_parts(const Config& config, const std::string& what) {
  if (config.parts == kAllParts) return;
  throw std::runtime_error(fmt::format("this configuration was built without {}: {} needs a complete machine",
                                       fmt::join(missing_parts(config), ", "), what));
}

NamedConfig load_config(const std::string& what) {
  std::filesystem::path path = what;
  auto pinned = pinned_config_names();
  for (const std::string& name : board_config_names()) pinned.push_back(name);
  if (std::find(pinned.begin(), pinned.end(), what) != pinned.end()) {
    path = data_directory() / "isa" / "configs" / (what + ".json");
  } else if (!std::filesystem::is_regular_file(path)) {
    std::string names;
    for (const std::string& name : pinned) names += (names.empty() ? "" : ", ") + name;
    throw std::runtime_error(fmt::format("configuration '{}' is neither one of {} nor a JSON file", what, names));
  }
  return {path.stem().string(), config_from_json(read_text(path), path.string())};
}

}  // namespace heddle::isa
