#include "runtime/host/tokenizer/byte_level.hpp"

#include <array>
#include <unordered_map>

#include "runtime/host/tokenizer/utf8.hpp"

namespace heddle::runtime {
namespace {

struct Alphabet {
  std::array<std::string, 256> spelling;
  std::unordered_map<char32_t, char> byte_of;

  Alphabet() {
    char32_t other = 256;  // bytes without a printable character of their own take these, in order
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      const char32_t character = printable ? static_cast<char32_t>(byte) : other++;
      spelling[byte] = to_utf8(character);
      byte_of[character] = static_cast<char>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

std::string spell_bytes(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += alphabet().spelling[static_cast<unsigned char>(byte)];
  return out;
}

std::optional<std::string> unspell_bytes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    int length = 0;
    const char32_t character = utf8_character(text, at, &length);
    const auto found = alphabet().byte_of.find(character);
    if (length <= 0 || found == alphabet().byte_of.end()) return std::nullopt;
    out.push_back(found->second);
    at += static_cast<std::size_t>(length);
  }
  return out;
}

}  // namespace heddle::runtime
