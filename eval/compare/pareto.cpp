#include "eval/compare/pareto.hpp"

namespace heddle::eval {

std::vector<Axis> axes(const Service& s) {
  std::vector<Axis> out = {{"speed", true, std::nullopt},   {"energy", false, std::nullopt},
                           {"cost", false, std::nullopt},   {"memory_fit", true, std::nullopt},
                           {"scaling", true, std::nullopt}, {"software", true, std::nullopt}};
  if (!s.refused.empty()) return out;
  out[0].figure = s.single.tokens_per_second;
  const auto board = s.single.joules_per_token.find(Boundary::kBoard);
  if (board != s.single.joules_per_token.end()) out[1].figure = board->second;
  out[2].figure = s.best ? s.best->usd_per_million : s.single.usd_per_million;
  const MemoryFit& m = s.estimate.memory;
  if (m.capacity > 0)
    out[3].figure = Graded{Range(1 - (m.weights + m.cache + m.reserve) / m.capacity), Grade::kModelled};
  out[4].figure = s.scaling;
  if (s.operators_cited) out[5].figure = Graded{Range(*s.operators_cited), Grade::kMeasuredElsewhere};
  return out;
}

Front pareto_front(const std::vector<Service>& services) {
  const auto dominates = [](const Service& a, const Service& b) {
    const std::vector<Axis> left = axes(a), right = axes(b);
    bool better = false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!left[i].figure || !right[i].figure) continue;
      const double sign = left[i].more_is_better ? 1 : -1;
      if (sign * (left[i].figure->range.value - right[i].figure->range.value) < 0) return false;
      const Verdict order = compare(left[i].figure->range, right[i].figure->range);
      if (order == (left[i].more_is_better ? Verdict::kGreater : Verdict::kLess)) better = true;
    }
    return better;
  };
  Front out;
  for (const Service& service : services) {
    std::string by;
    if (!service.refused.empty()) by = "refused";
    for (const Service& other : services) {
      if (by.empty() && &other != &service && other.refused.empty() && dominates(other, service))
        by = other.candidate.name();
    }
    out.on_front.push_back(by.empty());
    out.dominated_by.push_back(by);
  }
  return out;
}

}  // namespace heddle::eval
