// Published results that repeat one another.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "eval/estimate/published.hpp"
#include "eval/estimate/step.hpp"

namespace heddle::eval {
namespace {

/// How far prompts, contexts and outputs of one case may be apart.
constexpr double kSameShape = 1.25;

bool close(double a, double b) { return std::max(a, b) <= kSameShape * std::min(a, b); }

bool same_case(const PublishedCase& a, const PublishedCase& b) {
  const EstimateRequest &x = a.request, &y = b.request;
  const auto at_least_one = [](std::uint64_t n) {
    return static_cast<double>(std::max<std::uint64_t>(n, 1));
  };
  const auto experts = [](const EstimateRequest& request) {  // who computes how many
    return std::tuple(request.experts_chip ? request.experts_chip->name : "", request.experts_devices,
                      request.model.experts ? request.model.experts->per_token : 0);
  };
  return a.metric == b.metric && x.model.name == y.model.name && experts(x) == experts(y) &&
         x.format == y.format && x.devices == y.devices && a.replicas == b.replicas &&
         x.chips.size() == y.chips.size() &&
         std::equal(x.chips.begin(), x.chips.end(), y.chips.begin(),
                    [](const Chip& c, const Chip& d) { return c.name == d.name; }) &&
         close(a.batch.value, b.batch.value) && close(at_least_one(x.prompt), at_least_one(y.prompt)) &&
         close(at_least_one(x.context), at_least_one(y.context));
}

/// The most of sorted values that lie within a factor.
int held(const std::vector<double>& sorted, double factor) {
  std::ptrdiff_t most = 0;
  for (auto low = sorted.begin(); low != sorted.end(); ++low) {
    most = std::max(most, std::upper_bound(low, sorted.end(), *low * factor) - low);
  }
  return static_cast<int>(most);
}

}  // namespace

std::vector<RepeatedCase> repeated_cases(const std::vector<PublishedRow>& rows) {
  std::vector<std::pair<const PublishedCase*, std::vector<double>>> cases;
  for (const PublishedRow& row : rows) {
    if (!row.what || row.against) continue;
    const auto known = std::find_if(cases.begin(), cases.end(),
                                    [&row](const auto& each) { return same_case(*each.first, *row.what); });
    if (known == cases.end()) {
      cases.push_back({&*row.what, {row.value}});
    } else {
      known->second.push_back(row.value);
    }
  }
  std::vector<RepeatedCase> out;
  for (auto& [what, values] : cases) {
    if (values.size() < 2) continue;
    std::sort(values.begin(), values.end());
    const EstimateRequest& request = what->request;
    out.push_back({fmt::format("{}, {} on {} x {}, {}", what->metric, request.model.name,
                               static_cast<double>(request.devices) * what->replicas,
                               request.chips.front().name, name(request.format)),
                   static_cast<int>(values.size()), values.back() / values.front(),
                   held(values, kWidestModelRange)});
  }
  return out;
}

}  // namespace heddle::eval
