// What somebody wants to do with a model, as data with thresholds.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/common/format.hpp"

namespace heddle::eval {

/// A threshold. `what`: tokens_per_second (of one user), time_to_first_token (s), memory (bytes of one
/// device, weights and cache), wall_watts (of all devices with their host), devices.
struct Criterion {
  std::string what;
  std::optional<double> at_least, at_most;
  std::string text() const;  // "tokens_per_second >= 10"
};

struct Scenario {
  std::string name, title, note, file;
  std::string model;  // as load_model takes it
  Format format = Format::kInt8;
  std::optional<Format> cache;
  std::uint64_t prompt = 1024, output = 512;  // tokens of one request
  std::uint32_t max_devices = 8;
  bool at_home = false;  // a desktop's share of host power instead of a server's
  double pue = 0;        // 0: as the prices say
  /// The latency limit under which the best batch is sought: seconds a token and to the first one. Empty:
  /// only batch 1.
  std::optional<double> max_seconds_per_token, max_first_token;
  std::vector<Criterion> criteria;
};

/// A scenario of eval/scenarios/data by name, or a file. Throws std::runtime_error naming file and field, or
/// listing the names.
Scenario load_scenario(const std::string& what);
std::vector<Scenario> all_scenarios();
Scenario scenario_from_json(const std::string& text, const std::string& source);

}  // namespace heddle::eval
