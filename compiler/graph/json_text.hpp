// Strict JSON: what the parser library lets pass (a name given twice, any
// depth of nesting) is refused here.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace heddle::graph {

/// Parses an object. Throws std::runtime_error beginning with `source`: not JSON, not an object, nested
/// more than 64 deep, a name with control characters, or one that occurs twice in an object.
nlohmann::json parse_object(const std::string& text, const std::string& source);
/// Reads a file of at most 100 MB and parses it; messages begin with the path.
nlohmann::json read_object(const std::string& path);

}  // namespace heddle::graph
