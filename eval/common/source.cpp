#include "eval/common/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace heddle::eval {
namespace {

constexpr std::array<std::string_view, 3> kConfidences = {"verified", "partly", "recalled"};

struct Prefix {
  double factor;
  const char* text;
};
constexpr Prefix kDecimal[] = {{1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}};
constexpr double kKi = 1024;
constexpr Prefix kBinary[] = {
    {kKi * kKi * kKi * kKi, "Ti"}, {kKi * kKi * kKi, "Gi"}, {kKi * kKi, "Mi"}, {kKi, "Ki"}, {1, ""}};

// The prefix that suits a figure: 989 TFLOP/s rather than 0.989 PFLOP/s, 80 GiB, 400 W.
template <std::size_t N>
Prefix prefix(double value, const Prefix (&prefixes)[N]) {
  for (const Prefix& candidate : prefixes) {
    if (std::abs(value) >= candidate.factor) return candidate;
  }
  return {1, ""};
}

}  // namespace

std::string_view name(Confidence confidence) { return kConfidences[static_cast<std::size_t>(confidence)]; }

std::optional<Confidence> parse_confidence(std::string_view text) {
  const auto found = std::find(kConfidences.begin(), kConfidences.end(), text);
  if (found == kConfidences.end()) return std::nullopt;
  return static_cast<Confidence>(found - kConfidences.begin());
}

std::string text(const Figure& figure) {
  Prefix chosen{1, ""};
  if (figure.unit == "B") {
    chosen = prefix(figure.range.value, kBinary);
  } else if (figure.unit == "FLOP/s" || figure.unit == "B/s") {
    chosen = prefix(figure.range.value, kDecimal);
  }
  const Range scaled{figure.range.value / chosen.factor, figure.range.low / chosen.factor,
                     figure.range.high / chosen.factor};
  return fmt::format("{} {}{}", text(scaled, 4), chosen.text, figure.unit);
}

std::string explain(const Figure& figure) {
  return fmt::format("{} [{}: {}{}{}]", text(figure), name(figure.confidence), figure.source,
                     figure.note.empty() ? "" : "; ", figure.note);
}

void to_json(nlohmann::ordered_json& json, const Figure& figure) {
  to_json(json, figure.range);
  json["unit"] = figure.unit;
  json["source"] = figure.source;
  json["confidence"] = name(figure.confidence);
  if (!figure.note.empty()) json["note"] = figure.note;
}

}  // namespace heddle::eval
