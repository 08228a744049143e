#include "runtime/host/tokenizer/pre_tokenizer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "runtime/host/tokenizer/byte_level.hpp"
#include "runtime/host/tokenizer/pattern.hpp"

namespace heddle::runtime {
namespace {

constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// The pieces between and at the matches of a pattern.
void cut_by(const Regex& pattern, const std::string& text, bool keep_matches, bool keep_between,
            std::vector<std::string>* out) {
  std::size_t at = 0;
  for (const TextRange& match : pattern.matches(text)) {
    if (keep_between && match.begin > at) out->push_back(text.substr(at, match.begin - at));
    if (keep_matches) out->push_back(text.substr(match.begin, match.end - match.begin));
    at = match.end;
  }
  if (keep_between && at < text.size()) out->push_back(text.substr(at));
}

std::string replace_spaces(const std::string& text, const std::string& with) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += with;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

PreTokenizer::PreTokenizer(const nlohmann::json& json) { add(json); }

void PreTokenizer::add(const nlohmann::json& json) {
  if (json.is_null()) return;
  const std::string type = json.value("type", "");
  if (type == "Sequence") {
    for (const auto& part : json.at("pretokenizers")) add(part);
  } else if (type == "Split") {
    Step step;
    step.pattern = read_pattern(json.at("pattern"));
    const std::string behavior = json.value("behavior", "");
    if (behavior != "Isolated" && behavior != "Removed") {
      throw std::runtime_error(fmt::format(
          "pre_tokenizer: Split with behavior '{}' is not supported (Isolated and Removed are)", behavior));
    }
    step.remove = behavior == "Removed";
    step.invert = json.value("invert", false);
    steps_.push_back(std::move(step));
  } else if (type == "Digits") {
    Step step;
    step.pattern = Regex(json.value("individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
    steps_.push_back(std::move(step));
  } else if (type == "ByteLevel") {
    Step step;
    if (json.value("add_prefix_space", true)) step.prefix = " ";
    if (json.value("use_regex", true)) step.pattern = Regex(kGpt2Pattern);
    step.spell = Spell::kBytes;
    steps_.push_back(std::move(step));
  } else if (type == "Metaspace") {
    add_metaspace(json);
  } else {
    throw std::runtime_error(fmt::format(
        "pre_tokenizer: type '{}' is not supported (Sequence, Split, Digits, ByteLevel and Metaspace are)",
        type));
  }
}

void PreTokenizer::add_metaspace(const nlohmann::json& json) {
  Step step;
  step.space = json.value("replacement", "\u2581");
  const std::string scheme =
      json.value("prepend_scheme", json.value("add_prefix_space", true) ? "always" : "never");
  if (scheme == "always" || scheme == "first") step.prefix = step.space;
  step.prefix_first_only = scheme == "first";
  if (json.value("split", true)) {
    const std::string space = Regex::quote(step.space);
    step.pattern = Regex(fmt::format("{0}?(?:(?!{0}).)+|{0}", space));
  }
  steps_.push_back(std::move(step));
}

std::vector<std::string> PreTokenizer::cut(const std::string& text, bool first) const {
  std::vector<std::string> pieces = {text};
  for (const Step& step : steps_) {
    std::vector<std::string> next;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::string piece = step.space.empty() ? std::move(pieces[i]) : replace_spaces(pieces[i], step.space);
      const bool wanted = !step.prefix_first_only || (first && i == 0);
      if (!step.prefix.empty() && wanted && !piece.starts_with(step.prefix)) piece.insert(0, step.prefix);
      if (step.pattern) {
        cut_by(*step.pattern, piece, !step.remove || step.invert, !step.remove || !step.invert, &next);
      } else {
        next.push_back(std::move(piece));
      }
    }
    if (step.spell == Spell::kBytes) {
      for (std::string& piece : next) piece = spell_bytes(piece);
    }
    pieces = std::move(next);
  }
  return pieces;
}

}  // namespace heddle::runtime
