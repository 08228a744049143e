#include "eval/claims/claims.hpp"

#include <fmt/format.h>

#include <map>

namespace heddle::eval {

std::string_view name(ClaimVerdict verdict) {
  constexpr std::string_view kNames[] = {"holds", "holds if", "fails", "not decidable"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<Claim> all_claims(const ClaimContext& context) {
  std::vector<Claim> out = claims_on_models(context);
  for (const auto more : {claims_on_training, claims_on_cost, claims_on_chips}) {
    for (Claim& claim : more(context)) out.push_back(std::move(claim));
  }
  return out;
}

nlohmann::ordered_json claims_to_json(const std::vector<Claim>& claims) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const Claim& c : claims) {
    out.push_back({{"id", c.id},
                   {"claim", c.claim},
                   {"verdict", name(c.verdict)},
                   {"because", c.because},
                   {"arithmetic", c.arithmetic}});
  }
  return out;
}

std::string claims_page(const std::vector<Claim>& claims) {
  std::map<ClaimVerdict, int> counts;
  for (const Claim& c : claims) ++counts[c.verdict];
  std::string out = fmt::format(
      "# Claims, checked\n\nWritten by `heddle report --claims docs/claims.md`; a test fails when it is "
      "stale. Each claim "
      "of the public discussion\nof AI computing power with what the models of this project give. Of {} "
      "claims {} hold, "
      "{} hold under a condition, {} fail,\n{} cannot be decided from figures.\n\n| claim | verdict | "
      "because |\n|---|---|---|\n",
      claims.size(), counts[ClaimVerdict::kHolds], counts[ClaimVerdict::kHoldsIf],
      counts[ClaimVerdict::kFails], counts[ClaimVerdict::kNotDecidable]);
  for (const Claim& c : claims)
    out += fmt::format("| [{}](#{}) | **{}** | {} |\n", c.claim, c.id, name(c.verdict), c.because);
  out += "\n## Arithmetic\n";
  for (const Claim& c : claims) {
    out += fmt::format("\n### {}\n\n{}\n\n**{}**: {}\n\n", c.id, c.claim, name(c.verdict), c.because);
    for (const std::string& line : c.arithmetic) out += "- " + line + "\n";
  }
  return out;
}

}  // namespace heddle::eval
