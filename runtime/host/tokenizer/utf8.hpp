// UTF-8, strictly: shortest forms only, no surrogates.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::runtime {

/// Bytes of the character at `at`: 1-4; 0 when it is malformed; -1 when the text ends within it.
int utf8_length(std::string_view text, std::size_t at);
bool valid_utf8(std::string_view text);
std::string to_utf8(char32_t character);
/// The character at `at` of valid text; `length` receives its bytes.
char32_t utf8_character(std::string_view text, std::size_t at, int* length);

/// Turns bytes that arrive piecemeal into valid UTF-8: holds an incomplete character back, and replaces what
/// can no longer become one with U+FFFD.
class Utf8Stream {
 public:
  std::string push(std::string_view bytes);
  /// What was held back, as U+FFFD.
  std::string finish();

 private:
  std::string pending_;
};

}  // namespace heddle::runtime
