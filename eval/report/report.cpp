#include "eval/report/report.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/claims/claims.hpp"
#include "eval/common/schema.hpp"
#include "eval/energy/board_power.hpp"
#include "eval/energy/published_silicon.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

Json silicon_json() {
  Json out = Json::array();
  for (const SiliconCheck& c : silicon_checks()) {
    out.push_back({{"name", c.name},
                   {"unit", c.unit},
                   {"boundary", "core"},
                   {"published", c.published},
                   {"predicted", Graded{c.predicted, Grade::kModelled}},
                   {"error", c.error()},
                   {"in_range", c.predicted.contains(c.published)},
                   {"source", c.source},
                   {"remark", c.reason}});
  }
  return out;
}

Json power_json(const Parameters& parameters) {
  Json out = Json::array();
  for (const PowerCheck& c : power_checks(parameters)) {
    out.push_back({{"name", c.name},
                   {"unit", c.unit},
                   {"boundary", c.boundary},
                   {"published", c.published},
                   {"predicted", c.predicted},
                   {"error", c.error()},
                   {"in_range", c.predicted.range.contains(c.published)},
                   {"fitted", c.fitted},
                   {"source", c.source},
                   {"remark", c.remark}});
  }
  return out;
}

Json scenarios_json(const Prices& prices, const Parameters& parameters) {
  std::vector<Candidate> candidates;
  for (const std::string& name : preset_names()) candidates.push_back(load_candidate(name));
  for (const Chip& chip : all_chips()) candidates.push_back(load_candidate(chip.name));
  Json out = Json::array();
  for (const Scenario& scenario : all_scenarios()) {
    Json entry = {{"name", scenario.name},    {"title", scenario.title},         {"note", scenario.note},
                  {"model", scenario.model},  {"format", name(scenario.format)}, {"prompt", scenario.prompt},
                  {"output", scenario.output}};
    for (const Criterion& criterion : scenario.criteria) entry["criteria"].push_back(criterion.text());
    for (const Candidate& candidate : candidates)
      entry["chips"].push_back(service_to_json(serve(candidate, scenario, prices, parameters)));
    out.push_back(entry);
  }
  return out;
}

Json sources_json() {
  Json out = Json::array();
  for (const TechnologyFigure& f : technology_figures())
    out.push_back({{"what", f.what}, {"value", f.value}, {"source", f.source}});
  return out;
}

std::string part(const char* path) { return read_text((isa::data_directory() / path).string()); }

void replace(std::string* text, const std::string& mark, const std::string& with) {
  const auto at = text->find(mark);
  if (at == std::string::npos) throw std::runtime_error("eval/report/page/page.html has no '" + mark + "'");
  text->replace(at, mark.size(), with);
}

}  // namespace

nlohmann::ordered_json report_to_json(const ReportRequest& request, const Prices& prices,
                                      const Parameters& parameters) {
  Json out;
  out["comparison"] = comparison_to_json(compare(request.comparison, prices, parameters));
  check_comparison_json(out["comparison"]);
  out["scenarios"] = scenarios_json(prices, parameters);
  out["silicon_checks"] = silicon_json();
  out["power_checks"] = power_json(parameters);
  out["claims"] = claims_to_json(all_claims({prices, parameters}));
  for (const Chip& chip : all_chips()) {
    Json entry = chip_to_json(chip);
    const std::string file = entry["file"];
    entry["file"] = file.substr(file.rfind('/') + 1);
    out["chips"].push_back(entry);
  }
  out["technology"] = sources_json();
  return out;
}

std::string report_page(const nlohmann::ordered_json& report) {
  std::string data = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  // Nothing in the data may end the script that holds it.
  for (std::size_t at = 0; (at = data.find("</", at)) != std::string::npos; at += 3)
    data.replace(at, 2, "<\\/");
  std::string page = part("eval/report/page/page.html");
  // The longest last, so that a mark inside of it is not taken for one of the page.
  const std::string marks[][2] = {{"/* style */", part("eval/report/page/page.css")},
                                  {"/* vega */", part("third_party/vega/vega.min.js")},
                                  {"/* vega-lite */", part("third_party/vega/vega-lite.min.js")},
                                  {"/* charts */", part("eval/report/page/charts.js")},
                                  {"/* page */", part("eval/report/page/page.js")},
                                  {"/* data */", data}};
  for (const auto& [mark, with] : marks) replace(&page, mark, with);
  return page;
}

}  // namespace heddle::eval
