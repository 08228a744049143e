#include "eval/compare/accuracy.hpp"

#include <fmt/format.h>

#include "eval/common/schema.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {

PerplexityLoss perplexity_loss(const Precision& precision) {
  static const std::string path = (isa::data_directory() / "eval/compare/accuracy.json").string();
  static const Json file = parse_json(read_text(path), path);
  for (const Json& row : file.at("rows")) {
    if (row.at("weights") != name(precision.weights.format) ||
        row.at("activations") != name(precision.activations))
      continue;
    PerplexityLoss out{std::nullopt, row.at("source")};
    if (const Json& p = row.at("percent"); !p.is_null())
      out.share = Range(p.at(0), p.at(1), p.at(2)) * Range(0.01);
    return out;
  }
  return {std::nullopt, fmt::format("{} weights with {} activations: no figure is cited here",
                                    name(precision.weights.format), name(precision.activations))};
}

std::string text(const PerplexityLoss& loss) {
  if (!loss.share) return "not cited";
  if (loss.share->high == 0) return "none";
  return fmt::format("+{:.2g}% ({:.2g}-{:.2g}%)", 100 * loss.share->value, 100 * loss.share->low,
                     100 * loss.share->high);
}

}  // namespace heddle::eval
