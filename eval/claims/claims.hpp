// Claims of the public discussion of AI computing power, and what the models here say about each.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/cost/cost.hpp"
#include "eval/kernels/parameters.hpp"

namespace heddle::eval {

enum class ClaimVerdict { kHolds, kHoldsIf, kFails, kNotDecidable };
/// "holds", "holds if", "fails", "not decidable".
std::string_view name(ClaimVerdict verdict);

struct Claim {
  std::string id;     // "r1-memory"
  std::string claim;  // as stated
  ClaimVerdict verdict = ClaimVerdict::kNotDecidable;
  std::string because;                  // one sentence; of "holds if" the condition
  std::vector<std::string> arithmetic;  // every step with its figures
};

/// What all claims are computed with.
struct ClaimContext {
  const Prices& prices;
  const Parameters& parameters;
};

/// In the order of the claims. Figures come from the chips, models, prices and kernels of this project; what
/// is taken from elsewhere names its source.
std::vector<Claim> all_claims(const ClaimContext& context);

std::vector<Claim> claims_on_models(const ClaimContext& context);    // memory, speed, splits
std::vector<Claim> claims_on_training(const ClaimContext& context);  // operations, fleets, growth
std::vector<Claim> claims_on_cost(const ClaimContext& context);      // prices, rent, electricity
std::vector<Claim> claims_on_chips(const ClaimContext& context);     // peaks, systems, domestic chips

nlohmann::ordered_json claims_to_json(const std::vector<Claim>& claims);
/// docs/claims.md.
std::string claims_page(const std::vector<Claim>& claims);

}  // namespace heddle::eval
