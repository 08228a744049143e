// The candidates that no other one beats: no weights, no score.
#pragma once
#include <string>
#include <vector>

#include "eval/compare/service.hpp"

namespace heddle::eval {

/// One axis of the comprehensive evaluation; empty where not known.
struct Axis {
  std::string name;  // speed, energy, cost, memory_fit, scaling, software
  bool more_is_better = true;
  std::optional<Graded> figure;
};
/// speed: tokens/s of one user. energy: J a token, board. cost: USD a million tokens. memory_fit: free share
/// of the memory. scaling: speed of twice the devices over twice the speed. software: share of operators with
/// a cited run.
std::vector<Axis> axes(const Service& service);

struct Front {
  std::vector<bool> on_front;
  std::vector<std::string> dominated_by;  // "" on the front
};
/// A dominates B if, on every axis that is known of both, A's value is at least as good, and on at least one
/// of them better by more than both ranges. What is refused is not on the front. Axes that one of them lacks
/// do not count: the unknown is neither good nor bad.
Front pareto_front(const std::vector<Service>& services);

}  // namespace heddle::eval
