// Comparisons as JSON.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "eval/common/schema.hpp"
#include "eval/compare/accuracy.hpp"
#include "eval/compare/compare.hpp"
#include "eval/compare/pareto.hpp"

namespace heddle::eval {
namespace {

Json optional_json(const std::optional<Graded>& graded) { return graded ? Json(*graded) : Json(nullptr); }

Json by_boundary(const std::map<Boundary, Graded>& figures) {
  Json out = Json::object();
  for (const auto& [boundary, figure] : figures) out[std::string(name(boundary))] = figure;
  return out;
}

Json point_json(const OperatingPoint& p) {
  Json out = {{"batch", p.batch},
              {"tokens_per_second", p.tokens_per_second},
              {"tokens_per_second_group", p.tokens_per_second_group},
              {"seconds_per_token", p.seconds_per_token},
              {"time_to_first_token", p.time_to_first_token},
              {"joules_per_token", by_boundary(p.joules_per_token)},
              {"watts", by_boundary(p.watts)}};
  if (!p.no_energy.empty()) out["no_energy"] = p.no_energy;
  out["usd_per_million_tokens"] = optional_json(p.usd_per_million);
  out["usd_per_million_tokens_rented"] = optional_json(p.rented_usd_per_million);
  if (!p.no_cost.empty()) out["no_cost"] = p.no_cost;
  if (p.usd_per_hour) {
    out["usd_per_hour"] = {{"purchase", p.usd_per_hour->purchase},
                           {"maintenance", p.usd_per_hour->maintenance},
                           {"electricity", p.usd_per_hour->electricity},
                           {"total", p.usd_per_hour->total()}};
  }
  return out;
}

Json terms_json(const Terms& t) {
  return {{"model", t.model},       {"weight_bits", t.weight_bits}, {"activations", name(t.activations)},
          {"cache", name(t.cache)}, {"prompt", t.prompt},           {"output", t.output},
          {"emulated", t.emulated}};
}

Json ratio_json(const ComparedRatio& r) {
  Json out = {{"what", r.what}, {"of", r.of}, {"over", r.over}};
  if (!r.boundary.empty()) out["boundary"] = r.boundary;
  if (!r.ratio) {
    out["refused"] = r.refused;
    return out;
  }
  Json figure = r.ratio->figure;
  for (const auto& [key, value] : figure.items()) out[key] = value;
  out["verdict"] = r.ratio->verdict == Verdict::kUndecided ? "undecided"
                   : r.ratio->verdict == Verdict::kGreater ? "better"
                                                           : "worse";
  out["probability_better"] = r.ratio->probability;
  out["labels"] = r.ratio->labels;
  return out;
}

Json figure_or_null(const std::optional<eval::Figure>& figure) {
  return figure ? Json(*figure) : Json(nullptr);
}

/// Where every figure of a service comes from.
Json evidence(const Service& s) {
  const Chip& chip = s.candidate.chip;
  Json out = {{"chip_file", chip.file.substr(chip.file.rfind('/') + 1)},
              {"bandwidth", figure_or_null(chip.memory.bandwidth)},
              {"capacity", figure_or_null(chip.memory.capacity)},
              {"process", figure_or_null(chip.process)},
              {"die", figure_or_null(chip.die)}};
  for (const Format format : {Format::kBf16, Format::kFp16, Format::kFp8, Format::kInt8, Format::kInt4}) {
    if (chip.peak(format).figure) out["peaks"][std::string(name(format))] = *chip.peak(format).figure;
  }
  if (chip.power) {
    out["power"] = chip.power->watts;
    out["power"]["boundary"] = name(chip.power->boundary);
  }
  if (s.price) {
    Json price = s.price->usd;
    price["unit"] = "USD";
    price["date"] = s.price->date;
    price["source"] = s.price->source;
    out["price"] = price;
  }
  if (s.candidate.machine) {
    const ArrayMachine& m = *s.candidate.machine;
    const MachineArea mm2 = area(m);
    out["machine"] = {
        {"node_nm", m.node},
        {"macs_per_cycle", m.macs_per_cycle},
        {"clock_hz", m.clock},
        {"area_mm2", {{"logic", mm2.logic}, {"sram", mm2.sram}, {"phy", mm2.phy}, {"total", mm2.total()}}},
        {"source",
         "gates: Yosys counts of tiny and edge (scripts/synthesize.sh); energy and area: "
         "eval/energy/technology.json"}};
  }
  if (!s.refused.empty()) return out;
  out["software"] = {{"name", s.estimate.software.name}, {"reason", s.estimate.software.reason}};
  Json kernels = Json::array();
  if (s.estimate.decode) {
    for (const OperatorLine& line : s.estimate.decode->lines) {
      kernels.push_back({{"operator", line.name},
                         {"count", line.count},
                         {"milliseconds", 1e3 * line.seconds},
                         {"bound", name(line.bound)},
                         {"basis", line.basis}});
    }
  }
  out["decode_operators"] = kernels;
  return out;
}

}  // namespace

std::vector<std::string> software_versions(const Service& s) {
  std::set<std::string> out;
  for (const StepEstimate* step : {&s.estimate.prefill, s.estimate.decode ? &*s.estimate.decode : nullptr}) {
    if (step == nullptr) continue;
    for (const KernelSet& set : kernel_parameters().sets) {
      if (set.chip.empty()) continue;  // shared ones name several
      for (const OperatorLine& line : step->lines)
        if (line.basis.find(set.software) != std::string::npos) out.insert(set.software);
    }
  }
  return {out.begin(), out.end()};
}

nlohmann::ordered_json service_to_json(const Service& s) {
  const Judged judged = judge(s);
  Json criteria = Json::array();
  for (const JudgedCriterion& c : judged.criteria) {
    criteria.push_back(
        {{"criterion", c.criterion.text()}, {"judgement", name(c.judgement)}, {"figure", c.figure}});
  }
  Json out = {
      {"chip", s.candidate.name()}, {"scenario", s.scenario.name}, {"verdict", name(judged.judgement)}};
  if (!s.candidate.label.empty()) out["label"] = s.candidate.label;
  if (!s.refused.empty()) {
    out["refused"] = s.refused;
    return out;
  }
  out["criteria"] = criteria;
  if (!judged.reason.empty()) out["reason"] = judged.reason;
  out["devices"] = s.devices;
  out["support"] = name(s.estimate.execution.support);
  out["software"] = s.estimate.software.name;
  out["software_versions"] = software_versions(s);
  const PerplexityLoss loss = perplexity_loss(s.estimate.execution.precision);
  out["perplexity_increase"] = {{"share", loss.share ? Json(*loss.share) : Json(nullptr)},
                                {"text", text(loss)},
                                {"source", loss.source}};
  out["terms"] = terms_json(terms_of(s, 1, Boundary::kBoard));
  const MemoryFit& m = s.estimate.memory;
  out["memory"] = {{"weights", m.weights},
                   {"cache", m.cache},
                   {"reserve", m.reserve},
                   {"capacity", m.capacity},
                   {"fits", m.fits()}};
  out["compute"] = name(s.estimate.execution.precision.compute);
  const Totals& pre = s.estimate.prefill.totals;
  out["prefill"] = {{"operations", pre.flops},
                    {"bytes", pre.weight_bytes + pre.cache_bytes + pre.activation_bytes},
                    {"seconds", s.estimate.prefill.seconds.range}};
  out["decode_seconds"] = s.estimate.decode->seconds.range;
  out["decode_bound"] = name(s.estimate.decode->bound);
  const Totals& t = s.estimate.decode->totals;
  out["decode_operations"] = t.flops;
  out["decode_bytes"] = t.weight_bytes + t.cache_bytes + t.activation_bytes;
  out["batch_1"] = point_json(s.single);
  out["best_batch"] = s.best ? point_json(*s.best) : Json(nullptr);
  if (!s.no_best.empty()) out["no_best_batch"] = s.no_best;
  Json all = Json::object();
  for (const Axis& axis : axes(s)) all[axis.name] = optional_json(axis.figure);
  out["axes"] = all;
  out["remarks"] = s.estimate.remarks;
  return out;
}

nlohmann::ordered_json comparison_to_json(const Comparison& c) {
  const Scenario& scenario = c.request.scenario;
  Json out = {{"scenario",
               {{"name", scenario.name},
                {"title", scenario.title},
                {"note", scenario.note},
                {"model", scenario.model},
                {"format", name(scenario.format)},
                {"cache", scenario.cache ? Json(name(*scenario.cache)) : Json(nullptr)},
                {"prompt", scenario.prompt},
                {"output", scenario.output}}},
              {"baseline", c.services[c.baseline].candidate.name()}};
  out["prices"] = {{"date", c.prices.date}, {"usd_per_kwh", c.prices.usd_per_kwh()}};
  const auto tariff = [](const Tariff& t) {
    return Json{{"value", t.range.value},
                {"low", t.range.low},
                {"high", t.range.high},
                {"date", t.date},
                {"source", t.source}};
  };
  out["prices"]["cny_per_usd"] = tariff(c.prices.cny_per_usd);
  out["prices"]["electricity_cny_per_kwh"] = tariff(c.prices.electricity_cny_per_kwh);
  out["prices"]["pue"] = tariff(c.prices.pue);
  out["prices"]["years"] = tariff(c.prices.years);
  out["prices"]["server_over_accelerators"] = tariff(c.prices.server_over_accelerators);
  out["prices"]["maintenance_per_year"] = tariff(c.prices.maintenance_per_year);
  out["prices"]["load"] = tariff(c.prices.load);
  for (std::size_t i = 0; i < c.services.size(); ++i) {
    const Service& s = c.services[i];
    Json entry = service_to_json(s);
    entry["on_pareto_front"] = static_cast<bool>(c.on_front[i]);
    if (!c.dominated_by[i].empty()) entry["dominated_by"] = c.dominated_by[i];
    for (const Rental& rental : c.prices.rentals) {
      if (rental.chip == s.candidate.name())
        entry["rental"] = {
            {"usd_per_hour", rental.usd_per_hour}, {"date", rental.date}, {"source", rental.source}};
    }
    if (i != c.baseline) {
      const BreakEven& b = c.break_even[i];
      entry["break_even"] = {
          {"price_usd", b.price_usd ? Json(*b.price_usd) : Json(nullptr)},
          {"share_of_bandwidth", b.share_of_bandwidth ? Json(*b.share_of_bandwidth) : Json(nullptr)}};
      if (!b.refused.empty()) entry["break_even"]["refused"] = b.refused;
    }
    if (s.price && s.refused.empty() && s.single.watts.contains(Boundary::kBoard)) {
      const OperatingPoint& p = s.best ? *s.best : s.single;
      const double wall = p.watts.at(Boundary::kWall).range.value / c.prices.pue.range.value;
      for (const Sensitivity& v : cost_sensitivity(s.price->usd.value, s.devices, wall,
                                                   p.tokens_per_second_group.range.value, c.prices)) {
        entry["cost_sensitivity"].push_back(
            {{"tariff", v.tariff}, {"at_low", v.at_low}, {"at_value", v.at_value}, {"at_high", v.at_high}});
      }
    }
    entry["evidence"] = evidence(s);
    out["chips"].push_back(entry);
  }
  out["ratios"] = Json::array();
  for (const ComparedRatio& r : c.ratios) out["ratios"].push_back(ratio_json(r));
  for (const View& view : c.views) {
    Json entries = Json::array(), ratios = Json::array();
    for (const ViewEntry& e : view.entries) {
      Json one = {{"chip", e.chip},
                  {"tokens_per_second", optional_json(e.tokens_per_second)},
                  {"joules_per_token", optional_json(e.joules_per_token)}};
      if (!e.refused.empty()) one["refused"] = e.refused;
      entries.push_back(one);
    }
    for (const ComparedRatio& r : view.ratios) ratios.push_back(ratio_json(r));
    out["views"].push_back(
        {{"name", view.name}, {"title", view.title}, {"chips", entries}, {"ratios", ratios}});
  }
  return out;
}

}  // namespace heddle::eval
