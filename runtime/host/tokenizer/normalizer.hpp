// The "normalizer" of a tokenizer.json: rewrites text before it is cut.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/host/tokenizer/regex.hpp"

namespace heddle::runtime {

/// Sequence, Prepend, Replace and NFC. NFC leaves the text as it is: the text must already be in composed
/// form, as nearly all text is; where it is not, its tokens are those of the decomposed characters.
class Normalizer {
 public:
  Normalizer() = default;
  /// Throws std::runtime_error naming a type that is not supported.
  explicit Normalizer(const nlohmann::json& json);
  std::string apply(std::string text) const;

 private:
  struct Step {
    std::optional<Regex> pattern;  // absent: `text` is put in front
    std::string text;
  };
  void add(const nlohmann::json& json);
  std::vector<Step> steps_;
};

}  // namespace heddle::runtime
