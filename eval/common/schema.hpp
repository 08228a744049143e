// Checks a JSON document against a JSON Schema: the subset that the schemas here use.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace heddle::eval {

using Json = nlohmann::ordered_json;

/// Parses `text`. Throws std::runtime_error "SOURCE: not JSON: ..." with line and column.
Json parse_json(const std::string& text, const std::string& source);
std::string read_text(const std::string& path);  // throws std::runtime_error naming the path

/// Throws std::runtime_error "SOURCE: field 'memory.bandwidth': ..." at the first violation.
/// Understands type, properties, required, additionalProperties (false or a schema), propertyNames, items,
/// minItems, enum, minimum, exclusiveMinimum, maximum, minLength, pattern, anyOf and $ref to "#/$defs/NAME".
/// anyOf is decided by type: the alternative that admits the value's type is the one that is reported on. Any
/// other keyword except annotations throws std::logic_error, so that no rule of a schema goes unchecked.
void check_schema(const Json& document, const Json& schema, const std::string& source);

/// Reads a schema of ours, a path below the data directory: "eval/chips/schema/chip.json".
Json read_schema(const std::string& path);

}  // namespace heddle::eval
