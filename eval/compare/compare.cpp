#include "eval/compare/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "eval/common/names.hpp"
#include "eval/compare/pareto.hpp"

namespace heddle::eval {
namespace {

using Figure = std::function<std::optional<Quantity>(const Service&)>;

std::optional<Quantity> speed(const Service& s) {
  if (!s.refused.empty()) return std::nullopt;
  return Quantity{"tokens_per_second", true, false, s.single.tokens_per_second,
                  terms_of(s, 1, Boundary::kBoard)};
}

std::optional<Quantity> first_token(const Service& s) {
  if (!s.refused.empty()) return std::nullopt;
  return Quantity{"time_to_first_token", false, false, s.single.time_to_first_token,
                  terms_of(s, 1, Boundary::kBoard)};
}

std::optional<Quantity> joules(const Service& s, Boundary boundary, bool best) {
  if (!s.refused.empty() || (best && !s.best)) return std::nullopt;
  const OperatingPoint& point = best ? *s.best : s.single;
  if (!point.joules_per_token.contains(boundary)) return std::nullopt;
  return Quantity{best ? "joules_per_token_at_best_batch" : "joules_per_token", false, true,
                  point.joules_per_token.at(boundary), terms_of(s, point.batch, boundary)};
}

std::optional<Quantity> group_speed(const Service& s) {
  if (!s.refused.empty() || !s.best) return std::nullopt;
  return Quantity{"tokens_per_second_at_best_batch", true, false, s.best->tokens_per_second_group,
                  terms_of(s, s.best->batch, Boundary::kBoard)};
}

std::optional<Quantity> cost(const Service& s) {
  if (!s.refused.empty()) return std::nullopt;
  const OperatingPoint& point = s.best ? *s.best : s.single;
  if (!point.usd_per_million) return std::nullopt;
  // Money is counted at the wall.
  return Quantity{"usd_per_million_tokens", false, true, *point.usd_per_million,
                  terms_of(s, point.batch, Boundary::kWall)};
}

std::optional<Quantity> rent(const Service& s) {
  if (!s.refused.empty()) return std::nullopt;
  const OperatingPoint& point = s.best ? *s.best : s.single;
  if (!point.rented_usd_per_million) return std::nullopt;
  return Quantity{"usd_per_million_tokens_rented", false, true, *point.rented_usd_per_million,
                  terms_of(s, point.batch, Boundary::kWall)};
}

ComparedRatio compared(const std::string& what, const Service& a, const Service& b, const Figure& figure,
                       const std::string& boundary) {
  ComparedRatio out{what, a.candidate.name(), b.candidate.name(), boundary, std::nullopt, ""};
  const auto left = figure(a), right = figure(b);
  if (!left || !right) {
    const Service& missing = left ? b : a;
    out.refused = !missing.refused.empty() ? missing.candidate.name() + ": " + missing.refused
                                           : missing.candidate.name() + ": not known";
    return out;
  }
  try {
    out.ratio = ratio(*left, *right, needed_labels(*left, *right));
  } catch (const UnfairComparison& unfair) {
    out.refused = unfair.what();
  }
  return out;
}

std::vector<ComparedRatio> against(const Service& s, const Service& base) {
  std::vector<ComparedRatio> out;
  out.push_back(compared("tokens_per_second", s, base, speed, ""));
  out.push_back(compared("time_to_first_token", s, base, first_token, ""));
  for (const Boundary boundary : {Boundary::kCore, Boundary::kBoard, Boundary::kWall}) {
    out.push_back(compared(
        "joules_per_token", s, base, [boundary](const Service& x) { return joules(x, boundary, false); },
        std::string(name(boundary))));
  }
  if (s.scenario.max_seconds_per_token) {
    out.push_back(compared("tokens_per_second_at_best_batch", s, base, group_speed, ""));
    out.push_back(compared(
        "joules_per_token_at_best_batch", s, base,
        [](const Service& x) { return joules(x, Boundary::kBoard, true); }, "board"));
  }
  out.push_back(compared("usd_per_million_tokens", s, base, cost, "wall"));
  out.push_back(compared("usd_per_million_tokens_rented", s, base, rent, "wall"));
  return out;
}

BreakEven break_even_of(const Service& s, const Service& base, const Prices& prices) {
  BreakEven out;
  if (!s.refused.empty()) {
    out.refused = s.refused;
    return out;
  }
  if (!base.refused.empty()) {
    out.refused = "the baseline has no figure: " + base.refused;
    return out;
  }
  const OperatingPoint& own = s.best ? *s.best : s.single;
  const OperatingPoint& other = base.best ? *base.best : base.single;
  if (!other.usd_per_million) {
    out.refused = "the baseline has no cost: " + other.no_cost;
  } else if (!own.watts.contains(Boundary::kWall)) {
    out.refused = "its power is not known: " + own.no_energy;
  } else {
    out.price_usd = break_even_price(other.usd_per_million->range, own.tokens_per_second_group.range,
                                     s.devices, own.watts.at(Boundary::kWall).range, prices);
  }
  const Totals& t = s.estimate.decode->totals;
  const double bytes = t.weight_bytes + t.cache_bytes + t.activation_bytes;
  const double bandwidth = s.candidate.chip.need_bandwidth().range.value * s.devices;
  out.share_of_bandwidth = base.single.tokens_per_second.range.value * bytes / bandwidth;
  return out;
}

/// The candidate with the baseline's memory over all its devices.
Candidate with_memory_of(const Service& s, const Service& base) {
  Candidate out = s.candidate;
  const double share = static_cast<double>(base.devices) / static_cast<double>(s.devices);
  const auto assumed = [&](const eval::Figure& from) {
    eval::Figure figure = from;
    figure.range = figure.range * Range(share);
    figure.source = "the baseline's: " + from.source;
    return figure;
  };
  out.chip.memory.bandwidth = assumed(base.candidate.chip.need_bandwidth());
  out.chip.memory.capacity = assumed(base.candidate.chip.need_capacity());
  if (out.machine) out.machine->memory_bandwidth = out.chip.memory.bandwidth->range.value;
  return out;
}

/// The candidate at the baseline's node: logic and SRAM of ours are modelled there anew; of others the joules
/// an operation follow the node, joules a byte of DRAM do not.
Candidate at_process_of(const Service& s, const Service& base) {
  Candidate out = s.candidate;
  const double node = base.candidate.node();
  if (node <= 0) throw std::runtime_error("the baseline's process is not known");
  if (!out.machine && !out.chip.process) throw std::runtime_error("its process is not known");
  if (out.machine) {
    const auto& nodes = technology_nodes();
    out.machine->node = *std::min_element(nodes.begin(), nodes.end(), [node](double a, double b) {
      return std::abs(std::log(a / node)) < std::abs(std::log(b / node));
    });
  } else {
    out.chip.process->range = Range(node);
  }
  return out;
}

Graded extrapolated(Graded g) {
  g.grade = Grade::kExtrapolated;
  return g;
}

ViewEntry entry_of(const Service& s, const Range& speed_factor = 1.0) {
  ViewEntry out{s.candidate.name(), std::nullopt, std::nullopt, s.refused};
  if (!s.refused.empty()) return out;
  out.tokens_per_second =
      Graded{s.single.tokens_per_second.range * speed_factor, s.single.tokens_per_second.grade};
  const auto board = s.single.joules_per_token.find(Boundary::kBoard);
  if (board != s.single.joules_per_token.end()) out.joules_per_token = board->second;
  return out;
}

View make_view(const char* name, const char* title, const Comparison& c,
               const std::function<ViewEntry(const Service&, const Service&)>& make) {
  View view{name, title, {}, {}};
  const Service& base = c.services[c.baseline];
  for (const Service& s : c.services) {
    ViewEntry entry{s.candidate.name(), std::nullopt, std::nullopt, ""};
    if (!s.refused.empty() || !base.refused.empty()) {
      entry.refused = s.refused.empty() ? "the baseline has no figure: " + base.refused : s.refused;
    } else {
      try {
        entry = make(s, base);
      } catch (const std::runtime_error& error) {
        entry.refused = error.what();
      }
    }
    view.entries.push_back(entry);
  }
  const ViewEntry& base_entry = view.entries[c.baseline];
  for (std::size_t i = 0; i < c.services.size(); ++i) {
    if (i == c.baseline) continue;
    const auto add = [&](const char* what, bool more, std::optional<Graded> ViewEntry::*member) {
      const ViewEntry& entry = view.entries[i];
      ComparedRatio r{what, entry.chip, base_entry.chip, more ? "" : "board", std::nullopt, entry.refused};
      if (entry.*member && base_entry.*member) {
        const Quantity a{what, more, !more, *(entry.*member), terms_of(c.services[i], 1, Boundary::kBoard)};
        const Quantity b{what, more, !more, *(base_entry.*member), terms_of(base, 1, Boundary::kBoard)};
        try {
          r.ratio = ratio(a, b, needed_labels(a, b));
        } catch (const UnfairComparison& unfair) {
          r.refused = unfair.what();
        }
      } else if (r.refused.empty()) {
        r.refused = "not known";
      }
      view.ratios.push_back(r);
    };
    add("tokens_per_second", true, &ViewEntry::tokens_per_second);
    add("joules_per_token", false, &ViewEntry::joules_per_token);
  }
  return view;
}

std::vector<View> views_of(const Comparison& c, const Parameters& parameters) {
  std::vector<View> out;
  out.push_back(
      make_view("as_built", "As built", c, [](const Service& s, const Service&) { return entry_of(s); }));
  out.push_back(make_view("equal_area", "At equal silicon area (SRAM and PHY included)", c,
                          [](const Service& s, const Service& base) {
                            const auto own = s.candidate.area(), other = base.candidate.area();
                            if (!own) throw std::runtime_error("its area is not known");
                            if (!other) throw std::runtime_error("the baseline's area is not known");
                            const Range factor =
                                &s == &base ? Range(1.0)
                                            : *other * Range(base.devices) / (*own * Range(s.devices));
                            ViewEntry entry = entry_of(s, factor);
                            if (&s != &base) entry.tokens_per_second = extrapolated(*entry.tokens_per_second);
                            return entry;
                          }));
  out.push_back(make_view("equal_bandwidth", "At the baseline's bandwidth and capacity", c,
                          [&](const Service& s, const Service& base) {
                            if (&s == &base) return entry_of(s);
                            const Service again = serve_on(with_memory_of(s, base), s.scenario, s.devices,
                                                           c.prices, parameters);
                            ViewEntry entry = entry_of(again);
                            if (entry.tokens_per_second)
                              entry.tokens_per_second = extrapolated(*entry.tokens_per_second);
                            if (entry.joules_per_token)
                              entry.joules_per_token = extrapolated(*entry.joules_per_token);
                            return entry;
                          }));
  out.push_back(make_view("equal_power", "At the baseline's power (whole board, static included)", c,
                          [](const Service& s, const Service& base) {
                            const auto& own = s.single.watts;
                            const auto& other = base.single.watts;
                            if (!own.contains(Boundary::kBoard))
                              throw std::runtime_error("its board power is not known");
                            if (!other.contains(Boundary::kBoard))
                              throw std::runtime_error("the baseline's board power is not known");
                            if (&s == &base) return entry_of(s);
                            ViewEntry entry = entry_of(
                                s, other.at(Boundary::kBoard).range / own.at(Boundary::kBoard).range);
                            entry.tokens_per_second = extrapolated(*entry.tokens_per_second);
                            return entry;
                          }));
  out.push_back(make_view(
      "equal_process", "At the baseline's process (logic and SRAM; DRAM and PHY unscaled)", c,
      [&](const Service& s, const Service& base) {
        if (&s == &base) return entry_of(s);
        const Service again = serve_on(at_process_of(s, base), s.scenario, s.devices, c.prices, parameters);
        ViewEntry entry = entry_of(again);
        if (entry.joules_per_token && s.candidate.node() != base.candidate.node())
          entry.joules_per_token = extrapolated(*entry.joules_per_token);
        return entry;
      }));
  return out;
}

std::size_t baseline_of(const CompareRequest& request, const std::vector<Candidate>& candidates) {
  if (!request.baseline.empty()) {
    const Candidate wanted = load_candidate(request.baseline, request.node);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].name() == wanted.name()) return i;
    }
    throw std::runtime_error(
        fmt::format("compare: the baseline '{}' is not among the chips compared", request.baseline));
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].chip.vendor == "NVIDIA") return i;
  }
  return 0;
}

}  // namespace

Comparison compare(const CompareRequest& request, const Prices& prices, const Parameters& parameters) {
  if (request.chips.size() < 2)
    throw std::runtime_error("compare: at least two chips are needed (--chips A,B)");
  load_model(request.scenario.model);           // refuses an unknown one, which no chip could serve
  if (request.node) technology(*request.node);  // also where none of the chips is ours
  Comparison out;
  out.request = request;
  out.prices = prices;
  std::vector<Candidate> candidates;
  for (const std::string& chip : request.chips) {
    candidates.push_back(load_candidate(chip, request.node));
    for (std::size_t i = 0; i + 1 < candidates.size(); ++i) {
      if (candidates[i].name() == candidates.back().name())
        throw std::runtime_error(
            fmt::format("compare: '{}' stands twice among the chips", candidates.back().name()));
    }
  }
  out.baseline = baseline_of(request, candidates);
  for (const Candidate& candidate : candidates)
    out.services.push_back(serve(candidate, request.scenario, prices, parameters));
  const Service& base = out.services[out.baseline];
  for (std::size_t i = 0; i < out.services.size(); ++i) {
    out.break_even.push_back(i == out.baseline ? BreakEven{} : break_even_of(out.services[i], base, prices));
    if (i == out.baseline) continue;
    for (const ComparedRatio& r : against(out.services[i], base)) out.ratios.push_back(r);
  }
  out.views = views_of(out, parameters);
  const Front front = pareto_front(out.services);
  out.on_front = front.on_front;
  out.dominated_by = front.dominated_by;
  return out;
}

}  // namespace heddle::eval
