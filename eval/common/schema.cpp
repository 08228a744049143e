#include "eval/common/schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>

#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

const std::set<std::string> kKnown = {
    "$schema",   "$id",           "$defs",    "title",   "description",          "$comment",
    "type",      "properties",    "required", "$ref",    "additionalProperties", "items",
    "minItems",  "propertyNames", "enum",     "minimum", "exclusiveMinimum",     "maximum",
    "minLength", "pattern",       "anyOf"};

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  throw std::logic_error(fmt::format("schema: unknown type '{}'", type));
}

std::vector<std::string> types_of(const Json& schema) {
  const Json& type = schema.at("type");
  return type.is_array() ? type.get<std::vector<std::string>>() : std::vector{type.get<std::string>()};
}

class Checker {
 public:
  Checker(const Json& root, const std::string& source) : root_(root), source_(source) {}

  void check(const Json& value, const Json& schema, const std::string& path) {
    for (const auto& [keyword, unused] : schema.items()) {
      if (!kKnown.contains(keyword)) throw std::logic_error(fmt::format("schema: keyword '{}'", keyword));
    }
    if (schema.contains("$ref")) check(value, resolve(schema), path);
    if (schema.contains("anyOf")) check_any(value, schema["anyOf"], path);
    if (schema.contains("type")) {
      const auto types = types_of(schema);
      if (std::none_of(types.begin(), types.end(), [&](const auto& type) { return has_type(value, type); })) {
        fail(path, fmt::format("must be of type {}, not {}", fmt::join(types, " or "), value.type_name()));
      }
    }
    if (schema.contains("enum")) {
      const Json& choices = schema["enum"];
      if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
        std::vector<std::string> names;
        for (const Json& choice : choices) names.push_back(choice.dump());
        fail(path, fmt::format("is {}; must be {}", value.dump(), fmt::join(names, " or ")));
      }
    }
    if (value.is_number()) check_number(value.get<double>(), schema, path);
    if (value.is_string()) check_string(value.get<std::string>(), schema, path);
    if (value.is_array()) check_array(value, schema, path);
    if (value.is_object()) check_object(value, schema, path);
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& text) const {
    if (path.empty()) throw std::runtime_error(fmt::format("{}: {}", source_, text));
    throw std::runtime_error(fmt::format("{}: field '{}' {}", source_, path, text));
  }

  const Json& resolve(const Json& schema) const {
    const std::string reference = schema["$ref"];
    const std::string prefix = "#/$defs/";
    if (!reference.starts_with(prefix)) throw std::logic_error(fmt::format("schema: $ref '{}'", reference));
    return root_.at("$defs").at(reference.substr(prefix.size()));
  }

  void check_any(const Json& value, const Json& alternatives, const std::string& path) {
    std::vector<std::string> allowed;
    for (const Json& alternative : alternatives) {
      const Json& schema = alternative.contains("$ref") ? resolve(alternative) : alternative;
      // A word that is none of an alternative's is as wrong as another type: all that is allowed is listed.
      const Json choices = schema.value("enum", Json::array());
      const bool chosen =
          choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end();
      for (const std::string& type : types_of(schema)) {
        if (has_type(value, type) && chosen) return check(value, schema, path);
        if (choices.empty()) allowed.push_back(type);
      }
      for (const Json& choice : choices) allowed.push_back(choice.dump());
    }
    fail(path, fmt::format("must be of type {}, not {}", fmt::join(allowed, " or "),
                           value.is_string() ? value.dump() : value.type_name()));
  }

  void check_number(double value, const Json& schema, const std::string& path) const {
    if (schema.contains("minimum") && value < schema["minimum"].get<double>()) {
      fail(path, fmt::format("is {}; must be at least {}", value, schema["minimum"].get<double>()));
    }
    if (schema.contains("exclusiveMinimum") && value <= schema["exclusiveMinimum"].get<double>()) {
      fail(path, fmt::format("is {}; must be more than {}", value, schema["exclusiveMinimum"].get<double>()));
    }
    if (schema.contains("maximum") && value > schema["maximum"].get<double>()) {
      fail(path, fmt::format("is {}; must be at most {}", value, schema["maximum"].get<double>()));
    }
  }

  void check_string(const std::string& value, const Json& schema, const std::string& path) const {
    if (schema.contains("minLength") && value.size() < schema["minLength"].get<std::size_t>()) {
      fail(path, "must not be empty");
    }
    if (schema.contains("pattern") &&
        !std::regex_search(value, std::regex(schema["pattern"].get<std::string>()))) {
      fail(path, fmt::format("is '{}'; must match {}", value, schema["pattern"].get<std::string>()));
    }
  }

  void check_array(const Json& value, const Json& schema, const std::string& path) {
    if (schema.contains("minItems") && value.size() < schema["minItems"].get<std::size_t>()) {
      fail(path, fmt::format("must have at least {} entries", schema["minItems"].get<std::size_t>()));
    }
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      check(value[i], schema["items"], fmt::format("{}[{}]", path, i));
    }
  }

  void check_object(const Json& value, const Json& schema, const std::string& path) {
    const auto member = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
    if (schema.contains("required")) {
      for (const std::string key : schema["required"]) {
        if (!value.contains(key)) fail(member(key), "is missing");
      }
    }
    const Json none = Json::object();
    const Json& properties = schema.contains("properties") ? schema["properties"] : none;
    for (const auto& [key, entry] : value.items()) {
      if (schema.contains("propertyNames")) check(Json(key), schema["propertyNames"], member(key));
      if (properties.contains(key)) {
        check(entry, properties[key], member(key));
      } else if (schema.contains("additionalProperties")) {
        const Json& rest = schema["additionalProperties"];
        if (rest.is_object()) {
          check(entry, rest, member(key));
        } else if (!rest.get<bool>()) {
          std::vector<std::string> names;
          for (const auto& [name, unused] : properties.items()) names.push_back(name);
          fail(member(key), fmt::format("is not known; known are {}", fmt::join(names, ", ")));
        }
      }
    }
  }

  const Json& root_;
  const std::string& source_;
};

}  // namespace

Json parse_json(const std::string& text, const std::string& source) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: not JSON: {}", source, error.what()));
  }
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  return text.str();
}

void check_schema(const Json& document, const Json& schema, const std::string& source) {
  Checker(schema, source).check(document, schema, "");
}

Json read_schema(const std::string& path) {
  const std::string file = (isa::data_directory() / path).string();
  return parse_json(read_text(file), file);
}

}  // namespace heddle::eval
