#include "runtime/host/tokenizer/utf8.hpp"

namespace heddle::runtime {
namespace {
constexpr const char* kReplacement = "\xEF\xBF\xBD";  // U+FFFD
}

int utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  int length = 0;
  unsigned char low = 0x80, high = 0xBF;  // of the second byte
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  for (int i = 1; i < length; ++i) {
    if (at + i >= text.size()) return -1;
    const unsigned char next = byte(at + i);
    if (next < (i == 1 ? low : 0x80) || next > (i == 1 ? high : 0xBF)) return 0;
  }
  return length;
}

bool valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const int length = utf8_length(text, at);
    if (length <= 0) return false;
    at += static_cast<std::size_t>(length);
  }
  return true;
}

std::string to_utf8(char32_t c) {
  std::string out;
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return out;
}

char32_t utf8_character(std::string_view text, std::size_t at, int* length) {
  *length = utf8_length(text, at);
  const auto first = static_cast<unsigned char>(text[at]);
  if (*length <= 1) return first;
  char32_t c = first & (0xFFu >> (*length + 1));
  for (int i = 1; i < *length; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return c;
}

std::string Utf8Stream::push(std::string_view bytes) {
  pending_.append(bytes);
  std::string out;
  std::size_t at = 0;
  while (at < pending_.size()) {
    const int length = utf8_length(pending_, at);
    if (length < 0) break;  // wait for the rest
    if (length == 0) {
      // Replace the longest prefix that a character could have had, as Unicode recommends.
      const auto could_go_on = [&](std::size_t bytes) {
        return utf8_length(std::string_view(pending_).substr(0, at + bytes), at) < 0;
      };
      std::size_t bad = 1;
      while (could_go_on(bad) && could_go_on(bad + 1)) ++bad;
      out += kReplacement;
      at += bad;
    } else {
      out.append(pending_, at, static_cast<std::size_t>(length));
      at += static_cast<std::size_t>(length);
    }
  }
  pending_.erase(0, at);
  return out;
}

std::string Utf8Stream::finish() {
  if (pending_.empty()) return {};
  pending_.clear();
  return kReplacement;
}

}  // namespace heddle::runtime
