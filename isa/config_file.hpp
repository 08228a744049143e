// Configurations as JSON files. Host code (C++20), not read by HLS tools.
#pragma once
#include <string>
#include <vector>
#include "isa/config.hpp"

namespace heddle::isa {

struct NamedConfig {
  std::string name;  // the file's stem
  Config config;
};

/// `what` is the name of a pinned or a board's configuration, or the path of a JSON file.
/// Throws std::runtime_error naming file and field: unknown, missing or illegal.
NamedConfig load_config(const std::string& what);
/// Names of the pinned configurations, in order of size.
std::vector<std::string> pinned_config_names();
/// Names of those that boards pin. One built without some parts (isa/config.hpp) has no models compiled for it.
std::vector<std::string> board_config_names();
/// Names of the parts that it was built without.
std::vector<std::string> missing_parts(const Config& config);
/// Throws std::runtime_error, for people, when it lacks a part: `what` needs a complete machine.
void require_all_parts(const Config& config, const std::string& what);
/// The same as JSON text, every field present.
std::string config_to_json(const Config& config);
Config config_from_json(const std::string& text, const std::string& source);

}  // namespace heddle::isa
