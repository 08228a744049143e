#include "sim/dram/timing_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "isa/data_directory.hpp"

namespace heddle::sim::dram {
namespace {

using Json = nlohmann::ordered_json;

struct Field {
  const char* name;
  std::uint32_t Timing::*member;
  bool optional = false;  // absent: 0
};

constexpr Field kIdealFields[] = {
    {"ideal", &Timing::ideal}, {"clock_mhz", &Timing::clock_mhz}, {"latency", &Timing::latency}};

constexpr Field kFields[] = {
    {"clock_mhz", &Timing::clock_mhz},
    {"channel_bits", &Timing::channel_bits},
    {"burst_length", &Timing::burst_length},
    {"bank_groups", &Timing::bank_groups},
    {"banks_per_group", &Timing::banks_per_group},
    {"row_bytes", &Timing::row_bytes},
    {"interleave_bytes", &Timing::interleave_bytes},
    {"queue_depth", &Timing::queue_depth},
    {"frontend", &Timing::frontend},
    {"backend", &Timing::backend},
    {"CL", &Timing::CL},
    {"tDQSCK", &Timing::tDQSCK, true},
    {"CWL", &Timing::CWL},
    {"tDQSS", &Timing::tDQSS, true},
    {"tRCD", &Timing::tRCD},
    {"tRP", &Timing::tRP},
    {"tRPab", &Timing::tRPab},
    {"tRAS", &Timing::tRAS},
    {"tRC", &Timing::tRC},
    {"tRRD_S", &Timing::tRRD_S},
    {"tRRD_L", &Timing::tRRD_L},
    {"tFAW", &Timing::tFAW},
    {"tCCD_S", &Timing::tCCD_S},
    {"tCCD_L", &Timing::tCCD_L},
    {"tRTP", &Timing::tRTP},
    {"tWR", &Timing::tWR},
    {"tWTR_S", &Timing::tWTR_S},
    {"tWTR_L", &Timing::tWTR_L},
    {"tRTW", &Timing::tRTW},
    {"tREFI", &Timing::tREFI},
    {"tRFC", &Timing::tRFC},
    {"tREFIpb", &Timing::tREFIpb, true},
    {"tRFCpb", &Timing::tRFCpb, true},
    {"tRREFD", &Timing::tRREFD, true},
};

constexpr std::uint32_t kLargest = 1u << 24;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// A parameter's value, bare or beside its source.
const Json& value_of(const Json& entry) {
  return entry.is_object() && entry.contains("value") ? entry["value"] : entry;
}

std::uint32_t number(const Json& entry, const std::string& field, const std::string& source) {
  const Json& value = value_of(entry);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kLargest) {
    throw std::runtime_error(
        fmt::format("{}: field '{}' must be an integer from 0 to {}", source, field, kLargest));
  }
  return value.get<std::uint32_t>();
}

Refresh refresh_mode(const Json& entry, const std::string& source) {
  const Json& value = value_of(entry);
  if (value == "all-bank") return Refresh::kAllBank;
  if (value == "per-bank") return Refresh::kPerBank;
  if (value == "none") return Refresh::kNone;
  throw std::runtime_error(
      fmt::format("{}: field 'refresh' must be \"all-bank\", \"per-bank\" or \"none\"", source));
}

void set_width(Timing& timing, std::uint64_t bits, const std::string& source) {
  if (timing.channel_bits == 0 || bits == 0 || bits % timing.channel_bits != 0) {
    throw std::runtime_error(
        fmt::format("{}: field 'width' is {}, but must be a multiple of channel_bits, which is {}", source,
                    bits, timing.channel_bits));
  }
  timing.channels = static_cast<std::uint32_t>(bits / timing.channel_bits);
}

void check(const Timing& timing, const std::string& source) {
  const char* field = "";
  if (const char* problem = check_timing(timing, &field))
    throw std::runtime_error(fmt::format("{}: field '{}' {}", source, field, problem));
}

template <std::size_t N>
void read_fields(Timing& timing, const Json& parameters, const Field (&fields)[N],
                 const std::string& source) {
  for (const Field& field : fields) {
    if (parameters.contains(field.name)) {
      timing.*field.member = number(parameters[field.name], field.name, source);
    } else if (!field.optional) {
      throw std::runtime_error(fmt::format("{}: field '{}' is missing", source, field.name));
    }
  }
}

// The parts of a specification: what to load, and what to change in it.
struct Specification {
  std::string file, width, refresh;
};

Specification split(const std::string& text) {
  Specification parts;
  parts.file = text;
  while (true) {
    const std::size_t blank = parts.file.find_last_of(' ');
    if (blank == std::string::npos) return parts;
    const std::string word = parts.file.substr(blank + 1);
    const bool width =
        word.size() > 1 && word.size() < 8 && word[0] == 'x' &&
        std::all_of(word.begin() + 1, word.end(), [](unsigned char c) { return std::isdigit(c); });
    const bool refresh = word == "REFab" || word == "REFpb" || word == "noREF";
    if (!word.empty() && !width && !refresh) return parts;
    if (width) parts.width = word.substr(1);
    if (refresh) parts.refresh = word;
    parts.file.resize(blank);
  }
}

}  // namespace

Timing timing_from_json(const std::string& text, const std::string& source) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: not JSON: {}", source, error.what()));
  }
  if (!json.is_object() || !json.contains("parameters") || !json["parameters"].is_object())
    throw std::runtime_error(fmt::format("{}: field 'parameters' must be a JSON object", source));
  const Json& parameters = json["parameters"];

  const bool ideal = parameters.contains("ideal") && number(parameters["ideal"], "ideal", source) != 0;
  std::vector<std::string> known;
  if (ideal) {
    for (const Field& field : kIdealFields) known.push_back(field.name);
  } else {
    known = {"ideal", "width", "refresh"};
    for (const Field& field : kFields) known.push_back(field.name);
  }
  for (const auto& [key, value] : parameters.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw std::runtime_error(
          fmt::format("{}: unknown field '{}'; known are {}", source, key, listed(known)));
    }
  }

  Timing timing;
  if (ideal) {
    read_fields(timing, parameters, kIdealFields, source);
  } else {
    read_fields(timing, parameters, kFields, source);
    for (const char* key : {"width", "refresh"}) {
      if (!parameters.contains(key))
        throw std::runtime_error(fmt::format("{}: field '{}' is missing", source, key));
    }
    set_width(timing, number(parameters["width"], "width", source), source);
    timing.refresh = refresh_mode(parameters["refresh"], source);
  }
  check(timing, source);
  return timing;
}

std::vector<std::string> preset_names() { return {"ideal", "DDR4-2400", "LPDDR4-3200", "HBM2"}; }

NamedTiming load_timing(const std::string& specification) {
  const Specification parts = split(specification);
  const std::vector<std::string> presets = preset_names();
  std::filesystem::path path = parts.file;
  if (std::find(presets.begin(), presets.end(), parts.file) != presets.end()) {
    path = isa::data_directory() / "sim" / "dram" / "presets" / (parts.file + ".json");
  } else if (!std::filesystem::is_regular_file(path)) {
    throw std::runtime_error(
        fmt::format("memory '{}': '{}' is neither one of {} nor a JSON file; a memory is written PRESET|FILE "
                    "[xWIDTH] [REFab|REFpb|noREF]",
                    specification, parts.file, listed(presets)));
  }
  NamedTiming named{specification, timing_from_json(read_text(path), path.string())};
  if (named.timing.ideal != 0) {
    if (!parts.width.empty() || !parts.refresh.empty()) {
      throw std::runtime_error(
          fmt::format("memory '{}': an ideal memory has neither width nor refresh", specification));
    }
    return named;
  }
  const std::string source = fmt::format("memory '{}' ({})", specification, path.string());
  if (!parts.width.empty()) set_width(named.timing, std::stoull(parts.width), source);
  if (parts.refresh == "REFab") named.timing.refresh = Refresh::kAllBank;
  if (parts.refresh == "REFpb") named.timing.refresh = Refresh::kPerBank;
  if (parts.refresh == "noREF") named.timing.refresh = Refresh::kNone;
  check(named.timing, source);
  return named;
}

}  // namespace heddle::sim::dram
