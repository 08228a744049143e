// Thresholds of a scenario against a service.
#include <fmt/format.h>

#include "eval/compare/service.hpp"

namespace heddle::eval {
namespace {

Judgement against(const Range& figure, const Criterion& criterion) {
  if (criterion.at_least) {
    if (figure.low >= *criterion.at_least) return Judgement::kPass;
    return figure.high < *criterion.at_least ? Judgement::kFail : Judgement::kUndecided;
  }
  if (figure.high <= *criterion.at_most) return Judgement::kPass;
  return figure.low > *criterion.at_most ? Judgement::kFail : Judgement::kUndecided;
}

Judgement worst(Judgement a, Judgement b) {
  if (a == Judgement::kFail || b == Judgement::kFail) return Judgement::kFail;
  return a == Judgement::kUndecided || b == Judgement::kUndecided ? Judgement::kUndecided : Judgement::kPass;
}

}  // namespace

std::string_view name(Judgement judgement) {
  constexpr std::string_view kNames[] = {"pass", "fail", "undecided"};
  return kNames[static_cast<std::size_t>(judgement)];
}

Judged judge(const Service& service) {
  Judged out;
  if (!service.refused.empty()) {
    out.judgement = service.undecided ? Judgement::kUndecided : Judgement::kFail;
    out.reason = service.refused;
    return out;
  }
  // Where a latency limit is set, the best batch is what serves; one that misses it even alone is judged
  // alone.
  const OperatingPoint& point = service.best ? *service.best : service.single;
  out.judgement = Judgement::kPass;
  for (const Criterion& criterion : service.scenario.criteria) {
    JudgedCriterion entry{criterion, Judgement::kUndecided, "not known"};
    std::optional<Range> figure;
    double unit = 1;
    const char* suffix = "";
    if (criterion.what == "tokens_per_second") {
      // Under a latency limit the batch is chosen so that it is met: the limit is judged on one user.
      figure = service.best ? service.single.tokens_per_second.range : point.tokens_per_second.range;
      suffix = " tokens/s";
    } else if (criterion.what == "time_to_first_token") {
      figure = point.time_to_first_token.range;
      suffix = " s";
    } else if (criterion.what == "memory") {
      figure = Range(service.estimate.memory.weights + service.estimate.memory.cache);
      unit = 1e-9;
      suffix = " GB";
    } else if (criterion.what == "wall_watts" && point.watts.contains(Boundary::kWall)) {
      figure = point.watts.at(Boundary::kWall).range;
      suffix = " W";
    } else if (criterion.what == "devices") {
      figure = Range(static_cast<double>(service.devices));
    }
    if (figure) {
      entry.judgement = against(*figure, criterion);
      entry.figure = text(*figure * Range(unit)) + suffix;
    }
    out.judgement = worst(out.judgement, entry.judgement);
    out.criteria.push_back(entry);
  }
  if (out.judgement == Judgement::kPass && service.devices > 1 && !service.candidate.chip.link) {
    out.judgement = Judgement::kUndecided;
    out.reason = "several devices, and the link between them is not known";
  }
  return out;
}

}  // namespace heddle::eval
