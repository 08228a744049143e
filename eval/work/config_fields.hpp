// Reading config.json field by field, with errors that name file and field.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>

#include "eval/common/schema.hpp"

namespace heddle::eval {

class ConfigFields {
 public:
  ConfigFields(const Json& json, std::string source) : json_(json), source_(std::move(source)) {}

  [[noreturn]] void fail(const std::string& field, const std::string& text) const;
  bool has(const std::string& field) const { return json_.contains(field) && !json_[field].is_null(); }
  const Json& at(const std::string& field) const { return json_[field]; }
  const std::string& source() const { return source_; }

  /// A whole number from 1 to 2^40 under the first of the names that is there. Throws where none is.
  std::uint64_t size(std::initializer_list<const char*> names) const;
  /// The same, or `fallback` where none is there; 0 is allowed.
  std::uint64_t size_or(std::initializer_list<const char*> names, std::uint64_t fallback) const;
  bool flag(const char* name, bool fallback) const;
  std::string text(const char* name, const std::string& fallback) const;

 private:
  std::uint64_t number(const std::string& field, std::uint64_t least) const;

  const Json& json_;
  std::string source_;
};

}  // namespace heddle::eval
