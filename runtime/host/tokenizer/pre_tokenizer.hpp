// The "pre_tokenizer" of a tokenizer.json: cuts text into pieces that are encoded on their own.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/host/tokenizer/regex.hpp"

namespace heddle::runtime {

/// Sequence, Split (isolated or removed), Digits, ByteLevel and Metaspace.
class PreTokenizer {
 public:
  PreTokenizer() = default;
  /// Throws std::runtime_error naming a type or a behaviour that is not supported.
  explicit PreTokenizer(const nlohmann::json& json);
  /// `first`: the text begins what the user gave, rather than following a special token.
  std::vector<std::string> cut(const std::string& text, bool first) const;

 private:
  enum class Spell { kNo, kBytes };
  struct Step {
    std::optional<Regex> pattern;  // cuts by its matches
    bool remove = false;           // and drops them
    bool invert = false;           // drops what lies between instead
    std::string prefix;            // put in front of a piece that does not begin with it
    bool prefix_first_only = false;
    std::string space;  // what a space becomes, unless empty
    Spell spell = Spell::kNo;
  };
  void add(const nlohmann::json& json);
  void add_metaspace(const nlohmann::json& json);
  std::vector<Step> steps_;
};

}  // namespace heddle::runtime
