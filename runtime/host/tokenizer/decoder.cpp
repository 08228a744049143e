#include "runtime/host/tokenizer/decoder.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "runtime/host/tokenizer/byte_level.hpp"

namespace heddle::runtime {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The byte that "<0x0A>" stands for, or -1.
int fallback_byte(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  const int high = hex_digit(token[3]), low = hex_digit(token[4]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

}  // namespace

Decoder::Decoder(const nlohmann::json& json) {
  if (json.is_null()) {
    space_between_ = true;
  } else {
    add(json);
  }
}

void Decoder::add(const nlohmann::json& json) {
  const std::string type = json.value("type", "");
  if (type == "Sequence") {
    for (const auto& part : json.at("decoders")) add(part);
  } else if (type == "ByteLevel") {
    byte_level_ = true;
  } else if (type == "ByteFallback") {
    byte_fallback_ = true;
  } else if (type == "Fuse") {
    fuse_ = true;
  } else if (type == "Replace" && json.at("pattern").contains("String")) {
    replacements_.emplace_back(json["pattern"]["String"].get<std::string>(),
                               json.at("content").get<std::string>());
  } else if (type == "Strip" && fuse_ && json.value("stop", 0) == 0) {
    strip_ = json.at("content").get<std::string>();
    strip_count_ = json.at("start").get<std::size_t>();
  } else if (type == "Metaspace") {
    replacements_.emplace_back(json.value("replacement", "\u2581"), " ");
    if (json.value("prepend_scheme", json.value("add_prefix_space", true) ? "always" : "never") != "never") {
      strip_ = " ";
      strip_count_ = 1;
    }
  } else {
    throw std::runtime_error(fmt::format(
        "decoder: {} is not supported (ByteLevel, Metaspace and a Sequence of Replace of a String, "
        "ByteFallback, Fuse and a Strip of the start after Fuse are)",
        json.dump()));
  }
}

std::string Decoder::bytes(const std::string& token, bool first) const {
  if (byte_level_) return unspell_bytes(token).value_or(token);
  if (byte_fallback_) {
    if (const int byte = fallback_byte(token); byte >= 0) return std::string(1, static_cast<char>(byte));
  }
  std::string out = token;
  for (const auto& [from, to] : replacements_) {
    for (std::size_t at = 0; !from.empty() && (at = out.find(from, at)) != std::string::npos;
         at += to.size()) {
      out.replace(at, from.size(), to);
    }
  }
  if (space_between_ && !first) out.insert(0, " ");
  if (first) {
    for (std::size_t i = 0; i < strip_count_ && !strip_.empty() && out.starts_with(strip_); ++i) {
      out.erase(0, strip_.size());
    }
  }
  return out;
}

}  // namespace heddle::runtime
