// Regular expressions over UTF-8 with Unicode classes (\p{L}), by PCRE2.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heddle::runtime {

/// A piece of a text: bytes [begin, end).
struct TextRange {
  std::size_t begin = 0, end = 0;
};

class Regex {
 public:
  /// Throws std::runtime_error with the pattern and what is wrong with it.
  explicit Regex(const std::string& pattern);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  /// All non-empty matches, left to right. `text` must be valid UTF-8.
  std::vector<TextRange> matches(std::string_view text) const;
  /// A pattern that matches `text` itself.
  static std::string quote(std::string_view text);

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace heddle::runtime
