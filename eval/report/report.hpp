// The report: everything that the evaluation says, as JSON and as one page that works offline.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/compare/compare.hpp"

namespace heddle::eval {

struct ReportRequest {
  CompareRequest comparison;  // the one that the charts show
};

/// The comparison; all chips under all scenarios; checks of energy; claims; chips with their sources.
nlohmann::ordered_json report_to_json(const ReportRequest& request, const Prices& prices,
                                      const Parameters& parameters);

/// The page: style, script, charts' library and data in one file, which loads nothing. The same numbers as
/// the JSON, which is in it. Throws std::runtime_error where a part of eval/report/page or third_party/vega
/// is missing.
std::string report_page(const nlohmann::ordered_json& report);

}  // namespace heddle::eval
