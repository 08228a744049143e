// A figure with its source, so that every number can say where it comes from.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "eval/common/range.hpp"

namespace heddle::eval {

/// How sure a cited figure is. Verified: read in the source; partly: derived from it or read in part;
/// recalled: commonly stated, the source was not read.
enum class Confidence { kVerified, kPartly, kRecalled };

constexpr Confidence worse(Confidence a, Confidence b) { return a < b ? b : a; }
/// "verified", "partly", "recalled".
std::string_view name(Confidence confidence);
/// The inverse; empty where it is none of them.
std::optional<Confidence> parse_confidence(std::string_view text);

/// A figure of a chip, model or tariff, in base units.
struct Figure {
  Range range;
  std::string unit;    // base unit of `range`: "FLOP/s", "B/s", "B", "W", "mm2", "nm"
  std::string source;  // document, page or derivation; never empty
  Confidence confidence = Confidence::kVerified;
  std::string note;  // a trap, a dispute, or empty
};

/// "312 TFLOP/s", "1.64 TB/s (1.64-2.3)", "80 GiB": the figure with a prefix that suits it, without source.
std::string text(const Figure& figure);
/// "312 TFLOP/s [verified: source; note]".
std::string explain(const Figure& figure);
/// {"value", "low", "high", "unit", "source", "confidence"[, "note"]}.
void to_json(nlohmann::ordered_json& json, const Figure& figure);

}  // namespace heddle::eval
