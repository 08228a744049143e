#include "eval/estimate/published.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

#include "eval/estimate/anchors.hpp"
#include "eval/estimate/step.hpp"
#include "eval/work/training.hpp"

namespace heddle::eval {
namespace {

double tokens_of(const PublishedCase& what) {
  return what.request.model.max_context > 0
             ? static_cast<double>(std::min(what.request.prompt, what.request.model.max_context))
             : static_cast<double>(what.request.prompt);
}

/// One size of product that fills any chip.
constexpr double kLargeProduct = 8192;

Graded kernel_rate(const PublishedCase& what, const Software& software, const Parameters& parameters) {
  Operator op;
  op.name = what.metric;
  const Chip& chip = what.request.chips.front();
  if (what.metric == "stream") {
    op.kind = OperatorClass::kElementwise;
    op.activation_bytes = 4e9;
    const OperatorTime time = operator_time(op, chip, software, parameters);
    return {Range(op.activation_bytes) / time.seconds, time.grade};
  }
  const Execution run = execution(chip, what.request.format);
  op.kind = OperatorClass::kGemm;
  op.m = op.n = op.k = static_cast<std::uint64_t>(kLargeProduct);
  op.weights = plain(run.precision.weights.format);
  op.activations = run.precision.activations;
  op.compute = run.precision.compute;
  op.flops = 2 * kLargeProduct * kLargeProduct * kLargeProduct;
  const OperatorTime time = operator_time(op, chip, software, parameters);
  const Range model = time.seconds;
  const Range all(model.value, model.low * time.fast / model.value, model.high * time.slow / model.value);
  return {Range(op.flops) / all, time.grade};
}

Graded training_rate(const PublishedCase& what, const Parameters& parameters) {
  const std::string name = what.request.software.empty() ? "Megatron-LM" : what.request.software;
  const Software& program = find_software(name);
  if (!(program.training.value > 0)) {
    throw std::runtime_error(fmt::format("software '{}' trains no models", program.name));
  }
  const Range& share = program.training;
  const Graded products = kernel_rate(what, find_software("roofline"), parameters);
  const Range& rate = products.range;
  const double each = what.replicas / training_flops(what.request.model, tokens_of(what));
  const double below = std::hypot(std::log(rate.value / rate.low), std::log(share.value / share.low));
  const double above = std::hypot(std::log(rate.high / rate.value), std::log(share.high / share.value));
  Range range = deployed_range(rate.value * share.value * each, below, above);
  range.low /= unmeasured_slowdown(what.request.chips.front(), products.grade);
  return {range, Grade::kExtrapolated};
}

/// Time of a draft pass over that of a step: one layer of the last stage and the head.
double draft_share(const StepEstimate& step, const Model& model) {
  double head = 0, all = 0;
  for (const OperatorLine& line : step.lines) {
    all += line.seconds;
    if (line.name.ends_with("head")) head += line.seconds;
  }
  return (head + (all - head) / static_cast<double>(model.layers)) / all;
}

Graded at_batch(const PublishedCase& what, std::uint64_t batch, const Parameters& parameters) {
  EstimateRequest request = what.request;
  request.batch = batch;
  const double users = static_cast<double>(batch), scale = what.replicas / what.per;
  const Chip& chip = request.chips.front();
  if (what.metric == "gemm" || what.metric == "stream") {
    return kernel_rate(what, find_software("roofline"), parameters);
  }
  if (what.metric == "training") return training_rate(what, parameters);
  Estimate e = estimate(request, parameters);
  if (what.drafts > 0) {
    e.decode->seconds = e.decode->seconds * Graded{1 + what.drafts * draft_share(*e.decode, request.model)};
  }
  const auto rate = [scale](const Graded& seconds, double amount) {
    const Range& r = seconds.range;
    return Graded{{scale * amount / r.value, scale * amount / r.high, scale * amount / r.low}, seconds.grade};
  };
  const double prompt = static_cast<double>(e.request.prompt);
  if (what.metric == "decode") return rate(e.decode->seconds, 1);
  if (what.metric == "group") return rate(e.decode->seconds, users);
  if (what.metric == "prefill") return rate(e.prefill.seconds, users * prompt);
  if (what.metric == "sequences") return rate(e.prefill.seconds, users);
  if (what.metric == "first_token") return e.time_to_first_token;
  if (what.metric == "utilization") {
    const double peak = chip.need_peak(Format::kBf16).range.value * request.devices;
    return rate(e.prefill.seconds, e.prefill.totals.flops / peak);
  }
  if (what.metric == "with_prefill" || what.metric == "samples") {
    const double output = static_cast<double>(what.output);
    EstimateRequest beams = request;
    beams.batch = static_cast<std::uint64_t>(users * what.beams);
    const Range step =
        what.beams > 1 ? estimate(beams, parameters).decode->seconds.range : e.decode->seconds.range;
    const Graded whole = {e.prefill.seconds.range + step * Range(output),
                          worse(e.prefill.seconds.grade, e.decode->seconds.grade)};
    return rate(whole, what.metric == "samples" ? users : users * output);
  }
  throw std::runtime_error(fmt::format("metric '{}' is unknown", what.metric));
}

std::uint64_t whole(double x) { return static_cast<std::uint64_t>(std::max(1.0, std::round(x))); }

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

/// Of errors with the sources' weights: what a share of them stays below.
double weighted_quantile(std::vector<std::pair<double, double>> weighted, double share) {
  std::sort(weighted.begin(), weighted.end());
  double all = 0, sum = 0;
  for (const auto& [value, weight] : weighted) all += weight;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    if (sum >= share * all) return value;
  }
  return weighted.back().first;
}

/// Leaves each source out: the others' spread is the width of its rows.
void leave_sources_out(const std::vector<const CheckedRow*>& rows, ClassSummary& out) {
  constexpr double kShare = 0.8;
  std::map<std::string, std::vector<double>> by_source;
  for (const CheckedRow* row : rows) {
    by_source[row->row.source].push_back(std::abs(std::log(1 + row->error)));
  }
  if (by_source.size() < 2) return;
  std::vector<double> widths;
  double inside = 0;
  for (const auto& [left_out, errors] : by_source) {
    std::vector<std::pair<double, double>> others;
    for (const auto& [source, values] : by_source) {
      if (source == left_out) continue;
      for (const double value : values) others.emplace_back(value, 1.0 / static_cast<double>(values.size()));
    }
    const double reach = weighted_quantile(others, kShare);
    for (const double error : errors) inside += error <= reach ? 1 : 0;
    widths.push_back(std::exp(2 * reach));
  }
  out.left_out_inside = inside / static_cast<double>(rows.size());
  out.left_out_factor = median_of(widths);
}

ClassSummary summarise(const std::string& kind, const std::vector<const CheckedRow*>& rows) {
  ClassSummary out;
  out.kind = kind;
  std::map<std::string, std::vector<double>> by_source;
  std::map<std::string, double> held;
  for (const CheckedRow* row : rows) {
    by_source[row->row.source].push_back(std::abs(row->error));
    held[row->row.source] += row->inside ? 1 : 0;
    out.inside += row->inside ? 1 : 0;
    out.stated += row->open ? 0 : 1;
    out.inside_stated += row->inside && !row->open ? 1 : 0;
    out.widest = std::max(out.widest, row->predicted.range.factor());
  }
  std::vector<double> medians;
  for (const auto& [source, errors] : by_source) {
    medians.push_back(median_of(errors));
    out.inside_votes +=
        held[source] / static_cast<double>(errors.size()) / static_cast<double>(by_source.size());
  }
  out.rows = static_cast<int>(rows.size());
  out.sources = static_cast<int>(by_source.size());
  out.median = median_of(medians);
  out.inside /= static_cast<double>(rows.size());
  leave_sources_out(rows, out);
  if (out.stated > 0) out.inside_stated /= out.stated;
  return out;
}

/// By class, and of all, of the rows that are `wanted`.
std::vector<ClassSummary> summaries(const std::vector<CheckedRow>& rows,
                                    const std::function<bool(const PublishedRow&)>& wanted) {
  std::map<std::string, std::vector<const CheckedRow*>> by_kind;
  std::vector<const CheckedRow*> all;
  for (const CheckedRow& row : rows) {
    if (!row.refused.empty() || !wanted(row.row)) continue;
    by_kind[row.row.kind].push_back(&row);
    all.push_back(&row);
  }
  std::vector<ClassSummary> out;
  for (const auto& [kind, members] : by_kind) out.push_back(summarise(kind, members));
  if (!all.empty()) out.push_back(summarise("all", all));
  return out;
}

nlohmann::ordered_json summaries_to_json(const std::vector<ClassSummary>& summaries) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  for (const ClassSummary& summary : summaries) {
    out[summary.kind] = {{"rows", summary.rows},
                         {"sources", summary.sources},
                         {"median_error", summary.median},
                         {"inside", summary.inside},
                         {"inside_one_vote_a_source", summary.inside_votes},
                         {"left_out_inside", summary.left_out_inside},
                         {"left_out_range", summary.left_out_factor},
                         {"stated_rows", summary.stated},
                         {"inside_stated", summary.inside_stated},
                         {"widest_range", summary.widest}};
  }
  return out;
}

}  // namespace

Phase phase_of(const std::string& metric) {
  return metric == "prefill" || metric == "first_token" ? Phase::kPrefill : Phase::kDecode;
}

Graded predict_published(const PublishedCase& what, const Parameters& parameters) {
  const std::uint64_t batch = whole(what.batch.value);
  const Graded middle = at_batch(what, batch, parameters);
  const Range model = middle.range * Range(what.accepted.value);
  // Logarithms of how far each unknown reaches below and above; they are independent of each other.
  double below = std::log(model.value / model.low), above = std::log(model.high / model.value);
  const auto reach = [&](double low, double high) {
    below = std::hypot(below, std::max(0.0, std::log(1 / std::min(low, high))));
    above = std::hypot(above, std::max(0.0, std::log(std::max(low, high))));
  };
  reach(what.accepted.low / what.accepted.value, what.accepted.high / what.accepted.value);
  const auto over_middle = [&](const PublishedCase& other, double users) {
    return at_batch(other, whole(users), parameters).range.value / middle.range.value;
  };
  if (!what.batch.is_exact()) {
    reach(over_middle(what, what.batch.low), over_middle(what, what.batch.high));
  }
  if (!what.prompt.is_exact()) {
    PublishedCase shorter = what, longer = what;
    shorter.request.prompt = whole(what.prompt.low), longer.request.prompt = whole(what.prompt.high);
    reach(over_middle(shorter, what.batch.value), over_middle(longer, what.batch.value));
  }
  if (!what.int4_bits.is_exact()) {
    PublishedCase fewer = what, more = what;
    fewer.request.int4_bits = what.int4_bits.low, more.request.int4_bits = what.int4_bits.high;
    reach(over_middle(more, what.batch.value), over_middle(fewer, what.batch.value));
  }
  return {{model.value, model.value * std::exp(-below), model.value * std::exp(above)}, middle.grade};
}

bool is_open(const PublishedCase& what) {
  return !what.batch.is_exact() || !what.accepted.is_exact() || !what.prompt.is_exact() ||
         !what.int4_bits.is_exact();
}

PublishedCheck check_published(const std::vector<PublishedRow>& rows, const Parameters& parameters,
                               bool forward) {
  PublishedCheck out;
  for (const PublishedRow& row : rows) {
    if (forward && (row.batch == 0 || !row.what)) continue;
    CheckedRow checked;
    checked.row = row;
    if (forward && row.kind == "one_stream")
      checked.row.kind = phase_of(row.what->metric) == Phase::kPrefill ? "prompts" : "decode";
    if (!row.what) {
      checked.refused = row.reason;
    } else {
      try {
        PublishedCase what = *row.what;
        what.request.left_out_source = row.source;  // a row says nothing about itself
        if (forward) what.request.runs_before = row.batch;
        checked.predicted = predict_published(what, parameters);
        if (row.against) checked.predicted = checked.predicted / predict_published(*row.against, parameters);
        checked.error = checked.predicted.range.value / row.value - 1;
        checked.inside = checked.predicted.range.contains(row.value);
        checked.open = is_open(*row.what);
        checked.own = row.kind == "one_stream" && run_elsewhere(what);
      } catch (const std::runtime_error& error) {
        checked.refused = error.what();
      }
    }
    out.rows.push_back(std::move(checked));
  }
  out.classes = summaries(out.rows, [](const PublishedRow&) { return true; });
  std::set<std::string> own;
  for (const CheckedRow& row : out.rows) {
    if (row.own) own.insert(row.row.source + row.row.name);
  }
  out.own =
      summaries(out.rows, [&own](const PublishedRow& row) { return own.contains(row.source + row.name); });
  out.later = summaries(out.rows, [](const PublishedRow& row) { return row.later; });
  std::set<int> batches;
  for (const PublishedRow& row : rows) batches.insert(row.batch);
  batches.erase(0);
  for (const int batch : batches) {
    out.batches.emplace_back(
        batch, summaries(out.rows, [batch](const PublishedRow& row) { return row.batch == batch; }));
  }
  out.repeated = repeated_cases(rows);
  return out;
}

nlohmann::ordered_json published_to_json(const PublishedCheck& check) {
  nlohmann::ordered_json out;
  for (const CheckedRow& row : check.rows) {
    nlohmann::ordered_json entry = {{"name", row.row.name},       {"class", row.row.kind},
                                    {"source", row.row.source},   {"unit", row.row.unit},
                                    {"published", row.row.value}, {"later", row.row.later}};
    if (row.refused.empty()) {
      entry["predicted"] = row.predicted;
      entry["error"] = row.error;
      entry["inside"] = row.inside;
      entry["conditions_published"] = !row.open;
      entry["own"] = row.own;
      entry["reason"] = row.row.reason;
    } else {
      entry["refused"] = row.refused;
    }
    out["rows"].push_back(std::move(entry));
  }
  out["classes"] = summaries_to_json(check.classes);
  out["own"] = summaries_to_json(check.own);
  out["later"] = summaries_to_json(check.later);
  for (const auto& [batch, classes] : check.batches) {
    out["batches"][fmt::format("{}", batch)] = summaries_to_json(classes);
  }
  out["repeated"] = nlohmann::ordered_json::array();
  for (const RepeatedCase& repeated : check.repeated) {
    out["repeated"].push_back({{"what", repeated.what},
                               {"rows", repeated.rows},
                               {"spread", repeated.spread},
                               {"held", repeated.held}});
  }
  return out;
}

}  // namespace heddle::eval
