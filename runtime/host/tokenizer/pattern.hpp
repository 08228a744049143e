// The {"String": ...} or {"Regex": ...} of a tokenizer.json.
#pragma once
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "runtime/host/tokenizer/regex.hpp"

namespace heddle::runtime {

inline Regex read_pattern(const nlohmann::json& json) {
  if (json.is_object() && json.contains("String"))
    return Regex(Regex::quote(json["String"].get<std::string>()));
  if (json.is_object() && json.contains("Regex")) return Regex(json["Regex"].get<std::string>());
  throw std::runtime_error(fmt::format("pattern: {} is neither a String nor a Regex", json.dump()));
}

}  // namespace heddle::runtime
