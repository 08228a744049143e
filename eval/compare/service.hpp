// What a candidate does for a scenario: speed, energy, cost, fit.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eval/compare/candidate.hpp"
#include "eval/compare/fairness.hpp"
#include "eval/cost/cost.hpp"
#include "eval/estimate/estimate.hpp"
#include "eval/scenarios/scenario.hpp"

namespace heddle::eval {

/// One batch. Per generated token, prefill included; prefills of new requests are interleaved with decoding.
struct OperatingPoint {
  std::uint64_t batch = 1;
  Graded seconds_per_token;    // of one user
  Graded tokens_per_second;    // of one user
  Graded time_to_first_token;  // one prompt alone
  Graded tokens_per_second_group;
  /// Of all devices, by boundary; what is not known is missing: the core of a GPU, the board of a chip whose
  /// power is not published.
  std::map<Boundary, Graded> joules_per_token, watts;
  std::string no_energy;                  // why there is none
  std::optional<Graded> usd_per_million;  // tokens
  std::optional<HourlyCost> usd_per_hour;
  std::string no_cost;
  std::optional<Graded> rented_usd_per_million;  // where a rental of the chip is published
};

struct Service {
  Candidate candidate;
  Scenario scenario;
  std::string refused;     // why there is no figure
  bool undecided = false;  // refused since a figure of the chip is not known
  std::uint32_t devices = 0;
  Estimate estimate;  // batch 1
  OperatingPoint single;
  std::optional<OperatingPoint> best;  // under the scenario's latency limit
  std::string no_best;
  std::optional<UnitPrice> price;
  std::optional<Graded> scaling;  // speed of twice the devices over twice the speed
  std::optional<double>
      operators_cited;  // share of the operators with a measured or executed run; empty: unknown
  bool fits() const { return estimate.memory.fits(); }
};

/// Never throws for what a chip lacks: that is `refused`.
Service serve(const Candidate& candidate, const Scenario& scenario, const Prices& prices,
              const Parameters& parameters);
/// The same on exactly so many devices, batch 1 only: for the views of a comparison.
Service serve_on(const Candidate& candidate, const Scenario& scenario, std::uint32_t devices,
                 const Prices& prices, const Parameters& parameters);

/// The terms of a service's figures, for the fairness rules.
Terms terms_of(const Service& service, std::uint64_t batch, Boundary boundary);

enum class Judgement { kPass, kFail, kUndecided };
/// "pass", "fail", "undecided".
std::string_view name(Judgement judgement);
struct JudgedCriterion {
  Criterion criterion;
  Judgement judgement = Judgement::kUndecided;
  std::string figure;  // "12.3 (10.1-14.9)"
};
struct Judged {
  Judgement judgement = Judgement::kUndecided;  // fail if any fails, else undecided if any is
  std::vector<JudgedCriterion> criteria;
  std::string reason;
};
/// A range on both sides of the threshold is undecided.
Judged judge(const Service& service);

}  // namespace heddle::eval
