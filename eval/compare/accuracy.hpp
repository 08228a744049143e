// What a format costs: the loss in perplexity that stands beside a speed.
#pragma once
#include <optional>
#include <string>

#include "eval/common/format.hpp"
#include "eval/common/range.hpp"

namespace heddle::eval {

/// More perplexity than the 16-bit model has, as a share: 0.004 is 0.4%. None where nothing is cited.
struct PerplexityLoss {
  std::optional<Range> share;
  std::string source;
};
/// By the formats in which a chip stores weights and multiplies (eval/compare/accuracy.json). Throws
/// std::runtime_error naming file and field for a malformed file.
PerplexityLoss perplexity_loss(const Precision& precision);

/// "+0.4% (0.1-0.6%)", "none", "not cited".
std::string text(const PerplexityLoss& loss);

}  // namespace heddle::eval
