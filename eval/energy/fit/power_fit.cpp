#include "eval/energy/fit/power_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>

#include "eval/kernels/fit/nelder_mead.hpp"

namespace heddle::eval {
namespace {

constexpr int kFolds = 5;
constexpr double kNearLimit = 0.95;

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) out.push_back(field);
  return out;
}

double number(const std::string& text, const std::string& where) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size())
    throw std::runtime_error(fmt::format("{}: '{}' is not a number", where, text));
  return value;
}

double percentile(const std::vector<double>& sorted, double share) {
  return sorted.at(
      std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size()))));
}

}  // namespace

std::vector<PowerSample> parse_power_samples(const std::string& name, const std::string& text,
                                             double least_ms) {
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = fields_of(line);
  std::map<std::string, std::size_t> column;
  for (std::size_t i = 0; i < header.size(); ++i) column[header[i]] = i;
  for (const char* needed : {"gemm_dtype", "m", "n", "k", "latency", "power"}) {
    if (!column.contains(needed))
      throw std::runtime_error(fmt::format("{}: has no column '{}'", name, needed));
  }
  std::vector<PowerSample> out;
  for (int row = 2; std::getline(in, line); ++row) {
    const std::vector<std::string> fields = fields_of(line);
    const auto at = [&](const char* what) -> const std::string& {
      if (column[what] >= fields.size())
        throw std::runtime_error(fmt::format("{}: line {} has no '{}'", name, row, what));
      return fields[column[what]];
    };
    const std::string where = fmt::format("{}: line {}", name, row);
    if (column["power"] >= fields.size()) continue;  // not measured
    const double ms = number(at("latency"), where), watts = number(at("power"), where);
    if (ms < least_ms || watts <= 0) continue;
    const double m = number(at("m"), where), n = number(at("n"), where), k = number(at("k"), where);
    PowerSample sample;
    sample.wide = at("gemm_dtype") == "bfloat16";
    const double element = sample.wide ? 2 : 1;
    sample.flops_per_s = 2 * m * n * k / (ms * 1e-3);
    sample.bytes_per_s = (element * (n * k + m * k) + 2 * m * n) / (ms * 1e-3);
    sample.watts = watts;
    sample.group = at("n") + "x" + at("k");
    out.push_back(sample);
  }
  if (out.empty())
    throw std::runtime_error(fmt::format("{}: no kernel of {} ms or more has power", name, least_ms));
  return out;
}

double PowerConstants::watts(const PowerSample& sample, double limit) const {
  const double flop = sample.wide ? joules_per_flop_wide : joules_per_flop_fp8;
  return std::min(limit, static_watts + flop * sample.flops_per_s + joules_per_byte * sample.bytes_per_s);
}

PowerConstants fit_power(const std::vector<PowerSample>& samples, double joules_per_byte, double limit) {
  const auto constants = [&](const std::vector<double>& x) {
    return PowerConstants{std::exp(x[0]), std::exp(x[1]), std::exp(x[2]), joules_per_byte};
  };
  const auto loss = [&](const std::vector<double>& x) {
    const PowerConstants c = constants(x);
    double sum = 0;
    for (const PowerSample& s : samples) {
      const double unlimited = c.watts(s, std::numeric_limits<double>::infinity());
      // A board at its limit says only that the kernel would draw as much or more.
      const double error = std::log(unlimited / s.watts);
      sum += s.watts >= kNearLimit * limit ? std::max(0.0, -error) : std::abs(error);
    }
    return sum;
  };
  // From two sides, since nothing tells constants apart where the limit hides them.
  Minimum best;
  bool any = false;
  for (const double share : {0.1, 0.3}) {
    const Minimum found =
        nelder_mead(loss, {std::log(share * limit), std::log(0.6e-12), std::log(0.35e-12)}, 0.3, 4000);
    if (!any || loss(found.at) < loss(best.at)) best = found;
    any = true;
  }
  return constants(best.at);
}

PowerErrors power_errors(std::vector<double> ratios) {
  PowerErrors out;
  out.count = ratios.size();
  if (ratios.empty()) return out;
  std::sort(ratios.begin(), ratios.end());
  out.low = percentile(ratios, 0.1);
  out.high = percentile(ratios, 0.9);
  std::vector<double> errors;
  for (const double ratio : ratios) errors.push_back(std::abs(1 / ratio - 1));
  std::sort(errors.begin(), errors.end());
  out.median = percentile(errors, 0.5);
  out.p90 = percentile(errors, 0.9);
  return out;
}

PowerStudy study_power(const std::vector<PowerSample>& samples, const Range& joules_per_byte, double limit) {
  PowerStudy out;
  out.constants = fit_power(samples, joules_per_byte.value, limit);
  std::vector<PowerConstants> others;
  for (const double byte : {joules_per_byte.low, joules_per_byte.high})
    others.push_back(fit_power(samples, byte, limit));
  std::vector<double> fitted, held_out, below;
  for (const PowerSample& s : samples) fitted.push_back(s.watts / out.constants.watts(s, limit));
  std::set<std::string> names;
  for (const PowerSample& s : samples) names.insert(s.group);
  const std::vector<std::string> groups(names.begin(), names.end());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<PowerSample> seen, unseen;
    for (const PowerSample& s : samples) {
      const auto at = std::lower_bound(groups.begin(), groups.end(), s.group) - groups.begin();
      (static_cast<std::size_t>(at) % kFolds == fold ? unseen : seen).push_back(s);
    }
    if (seen.empty() || unseen.empty()) continue;
    others.push_back(fit_power(seen, joules_per_byte.value, limit));
    for (const PowerSample& s : unseen) {
      const double ratio = s.watts / others.back().watts(s, limit);
      held_out.push_back(ratio);
      if (s.watts < kNearLimit * limit) below.push_back(ratio);
    }
  }
  const auto ends = [&](double PowerConstants::*member) {
    Range range(out.constants.*member);
    for (const PowerConstants& other : others) {
      range.low = std::min(range.low, other.*member);
      range.high = std::max(range.high, other.*member);
    }
    return range;
  };
  out.static_watts = ends(&PowerConstants::static_watts);
  out.flop_wide = ends(&PowerConstants::joules_per_flop_wide);
  out.flop_fp8 = ends(&PowerConstants::joules_per_flop_fp8);
  out.fitted = power_errors(fitted);
  out.held_out = power_errors(held_out);
  out.held_out_below_limit = power_errors(below);
  return out;
}

std::string power_fit_text(const PowerStudy& study, const Range& joules_per_byte, double limit,
                           const std::string& source) {
  const auto rounded = [](double value) { return std::stod(fmt::format("{:.4g}", value)); };
  const auto three = [&](const Range& range, double unit) {
    return nlohmann::ordered_json{rounded(range.value / unit), rounded(range.low / unit),
                                  rounded(range.high / unit)};
  };
  const auto errors = [&](const PowerErrors& e) {
    return nlohmann::ordered_json{{"kernels", e.count},
                                  {"median", rounded(e.median)},
                                  {"p90", rounded(e.p90)},
                                  {"measured_over_predicted", {rounded(e.low), rounded(e.high)}}};
  };
  const PowerErrors& ends = study.held_out_below_limit;
  const nlohmann::ordered_json out = {
      {"note",
       "Written by heddle_fit_power. Power of a board while one product of matrices of 1 ms and more runs: "
       "static "
       "+ joules an operation + joules a byte, not above the limit. Joules a byte are the DRAM's published "
       "ones. "
       "Ends of the constants: five fits, each without a fifth of the shapes (n, k), and fits with joules a "
       "byte "
       "at the ends of their range. measured_over_predicted: 10th and 90th percentile over held-out kernels "
       "below "
       "95% of the limit."},
      {"source", source},
      {"limit_watts", limit},
      {"static_share_of_limit", three(study.static_watts, limit)},
      {"pj_per_flop", {{"bf16", three(study.flop_wide, 1e-12)}, {"fp8", three(study.flop_fp8, 1e-12)}}},
      {"pj_per_byte", three(joules_per_byte, 1e-12)},
      {"measured_over_predicted", {1, rounded(std::min(1.0, ends.low)), rounded(std::max(1.0, ends.high))}},
      {"errors",
       {{"fitted", errors(study.fitted)},
        {"held_out", errors(study.held_out)},
        {"held_out_below_limit", errors(study.held_out_below_limit)}}}};
  return out.dump(1) + "\n";
}

}  // namespace heddle::eval
