// GPT-2's printable character for each byte, which byte-level vocabularies are written in.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace heddle::runtime {

/// Bytes to characters of the alphabet, as UTF-8.
std::string spell_bytes(std::string_view bytes);
/// And back; nothing when a character is not of the alphabet.
std::optional<std::string> unspell_bytes(std::string_view text);

}  // namespace heddle::runtime
