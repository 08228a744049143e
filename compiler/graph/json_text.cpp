#include "compiler/graph/json_text.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <vector>

namespace heddle::graph {

namespace {
constexpr std::uintmax_t kMostBytes = 100'000'000;
constexpr int kMostDepth = 64;  // printing or freeing a deeper value would recurse as deeply
}  // namespace

nlohmann::json parse_object(const std::string& text, const std::string& source) {
  using Json = nlohmann::json;
  std::vector<std::set<std::string>> names;  // of the objects that are open
  const auto check = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > kMostDepth) throw std::runtime_error(fmt::format("{}: JSON nested too deeply", source));
    if (event == Json::parse_event_t::object_start) {
      names.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      names.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      // Names go into messages and text forms; a NUL would end a message early.
      for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          throw std::runtime_error(
              fmt::format("{}: the name {} has control characters", source, parsed.dump()));
        }
      }
      if (!names.back().insert(name).second) {
        throw std::runtime_error(fmt::format("{}: the name \"{}\" occurs twice", source, name));
      }
    }
    return true;
  };
  Json result;
  try {
    result = Json::parse(text, check);
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("{}: not valid JSON: {}", source, error.what()));
  }
  if (!result.is_object()) throw std::runtime_error(fmt::format("{}: not a JSON object", source));
  return result;
}

nlohmann::json read_object(const std::string& path) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) {
    throw std::runtime_error(fmt::format("{}: no such file", path));
  }
  const std::uintmax_t bytes = std::filesystem::file_size(path, failure);
  if (failure) throw std::runtime_error(fmt::format("{}: {}", path, failure.message()));
  if (bytes > kMostBytes) {
    throw std::runtime_error(
        fmt::format("{}: {} bytes; JSON files of more than {} are not read", path, bytes, kMostBytes));
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
    throw std::runtime_error(fmt::format("{}: cannot be read", path));
  }
  return parse_object(text, path);
}

}  // namespace heddle::graph
