#include "runtime/host/tokenizer/normalizer.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "runtime/host/tokenizer/pattern.hpp"

namespace heddle::runtime {

Normalizer::Normalizer(const nlohmann::json& json) { add(json); }

void Normalizer::add(const nlohmann::json& json) {
  if (json.is_null()) return;
  const std::string type = json.value("type", "");
  if (type == "Sequence") {
    for (const auto& part : json.at("normalizers")) add(part);
  } else if (type == "Prepend") {
    steps_.push_back({std::nullopt, json.at("prepend").get<std::string>()});
  } else if (type == "Replace") {
    steps_.push_back({read_pattern(json.at("pattern")), json.at("content").get<std::string>()});
  } else if (type != "NFC") {
    throw std::runtime_error(
        fmt::format("normalizer: type '{}' is not supported (Sequence, Prepend, Replace and NFC are)", type));
  }
}

std::string Normalizer::apply(std::string text) const {
  for (const Step& step : steps_) {
    if (!step.pattern) {
      if (!text.empty()) text.insert(0, step.text);
      continue;
    }
    std::string out;
    std::size_t at = 0;
    for (const TextRange& match : step.pattern->matches(text)) {
      out.append(text, at, match.begin - at);
      out += step.text;
      at = match.end;
    }
    out.append(text, at, std::string::npos);
    text = std::move(out);
  }
  return text;
}

}  // namespace heddle::runtime
