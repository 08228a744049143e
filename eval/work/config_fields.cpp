#include "eval/work/config_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace heddle::eval {

void ConfigFields::fail(const std::string& field, const std::string& text) const {
  throw std::runtime_error(fmt::format("{}: field '{}' {}", source_, field, text));
}

std::uint64_t ConfigFields::number(const std::string& field, std::uint64_t least) const {
  const Json& value = json_[field];
  constexpr std::uint64_t kMost = 1ull << 40;
  const bool whole =
      value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  if (!whole || value.get<std::uint64_t>() < least || value.get<std::uint64_t>() > kMost) {
    fail(field, fmt::format("is {}; must be a whole number from {} to {}", value.dump(), least, kMost));
  }
  return value.get<std::uint64_t>();
}

std::uint64_t ConfigFields::size(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    if (has(name)) return number(name, 1);
  }
  fail(*names.begin(),
       names.size() == 1 ? "is missing" : fmt::format("is missing (also read: {})", fmt::join(names, ", ")));
}

std::uint64_t ConfigFields::size_or(std::initializer_list<const char*> names, std::uint64_t fallback) const {
  for (const char* name : names) {
    if (has(name)) return number(name, 0);
  }
  return fallback;
}

bool ConfigFields::flag(const char* name, bool fallback) const {
  if (!has(name)) return fallback;
  if (!json_[name].is_boolean()) fail(name, fmt::format("is {}; must be true or false", json_[name].dump()));
  return json_[name].get<bool>();
}

std::string ConfigFields::text(const char* name, const std::string& fallback) const {
  if (!has(name)) return fallback;
  if (!json_[name].is_string()) fail(name, fmt::format("is {}; must be a text", json_[name].dump()));
  return json_[name].get<std::string>();
}

}  // namespace heddle::eval
