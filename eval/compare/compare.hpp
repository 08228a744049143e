// Candidates side by side: fair ratios against a baseline, views, break-even, Pareto front.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/compare/service.hpp"

namespace heddle::eval {

struct CompareRequest {
  std::vector<std::string> chips;  // chips, configurations or presets
  Scenario scenario;
  std::string baseline;        // one of `chips`; empty: the first chip of NVIDIA's, else the first
  std::optional<double> node;  // of our machines, nm; none: a preset's own, kDefaultNode
};

/// A ratio of a candidate to the baseline, or why there is none.
struct ComparedRatio {
  std::string what;  // "tokens_per_second", "joules_per_token", "usd_per_million_tokens", ...
  std::string of, over;
  std::string boundary;  // of energies, "" otherwise
  std::optional<Ratio> ratio;
  std::string refused;
};

/// The comparison seen another way. as_built; equal_area: figures per mm2, SRAM and PHY included;
/// equal_bandwidth: every candidate with the baseline's bandwidth and capacity; equal_power: per watt of the
/// whole board; equal_process: logic and SRAM scaled to the baseline's node, DRAM and PHY not.
struct ViewEntry {
  std::string chip;
  std::optional<Graded> tokens_per_second;  // of one user, scaled as the view says
  std::optional<Graded> joules_per_token;   // board
  std::string refused;
};
struct View {
  std::string name, title;
  std::vector<ViewEntry> entries;
  std::vector<ComparedRatio> ratios;
};

struct BreakEven {
  std::optional<Range> price_usd;            // of one device, at the baseline's cost a million tokens
  std::optional<double> share_of_bandwidth;  // that reaches the baseline's speed at batch 1
  std::string refused;
};

struct Comparison {
  CompareRequest request;
  Prices prices;
  std::vector<Service> services;
  std::size_t baseline = 0;
  std::vector<ComparedRatio> ratios;  // as built
  std::vector<View> views;
  std::vector<BreakEven> break_even;  // one a service
  std::vector<bool> on_front;         // not dominated
  std::vector<std::string> dominated_by;
};

/// Throws std::runtime_error: fewer than two chips, unknown names of chips, model or process, a baseline that
/// is not among them.
Comparison compare(const CompareRequest& request, const Prices& prices, const Parameters& parameters);

/// Everything above; `evidence` adds the sources of every figure of every chip.
nlohmann::ordered_json comparison_to_json(const Comparison& comparison);
nlohmann::ordered_json service_to_json(const Service& service);
/// Programs with their versions whose measured kernels the speed of `service` rests on; none of a roofline.
std::vector<std::string> software_versions(const Service& service);

/// Checks that a written comparison keeps the rules: every ratio has the boundary of its energies and the
/// labels that its sides need, and is the quotient of the figures beside it at that boundary, with the worse
/// of their grades. Throws UnfairComparison naming the ratio.
void check_comparison_json(const nlohmann::ordered_json& json);

}  // namespace heddle::eval
