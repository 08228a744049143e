#include "eval/estimate/published.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

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

Graded at_batch(const PublishedCase& what, std::uint64_t batch, const Parameters& parameters) {
  EstimateRequest request = what.request;
  request.batch = batch;
  const double users = static_cast<double>(batch), scale = what.replicas / what.per;
  const Chip& chip = request.chips.front();
  if (what.metric == "gemm" || what.metric == "stream") {
    return kernel_rate(what, find_software("roofline"), parameters);
  }
  if (what.metric == "training") {
    const double operations = training_flops(request.model, tokens_of(what));
    const Range peak = chip.need_peak(Format::kFp16).range;
    const Range rate = peak * training_utilization().range * Range(what.replicas / operations);
    return {rate, Grade::kExtrapolated};
  }
  const Estimate e = estimate(request, parameters);
  const auto rate = [scale](const Graded& seconds, double amount) {
    const Range& r = seconds.range;
    return Graded{{scale * amount / r.value, scale * amount / r.high, scale * amount / r.low}, seconds.grade};
  };
  const double prompt = static_cast<double>(e.request.prompt);
  if (what.metric == "decode") return rate(e.decode->seconds, 1);
  if (what.metric == "group") return rate(e.decode->seconds, users);
  if (what.metric == "prefill") return rate(e.prefill.seconds, users * prompt);
  if (what.metric == "sequences") return rate(e.prefill.seconds, users);
  if (what.metric == "first_token") return e.prefill.seconds;
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

ClassSummary summarise(const std::string& kind, const std::vector<const CheckedRow*>& rows) {
  ClassSummary out;
  out.kind = kind;
  std::map<std::string, std::vector<double>> by_source;
  for (const CheckedRow* row : rows) {
    by_source[row->row.source].push_back(std::abs(row->error));
    out.inside += row->inside ? 1 : 0;
    out.widest = std::max(out.widest, row->predicted.range.factor());
  }
  std::vector<double> medians;
  for (const auto& [source, errors] : by_source) medians.push_back(median_of(errors));
  out.rows = static_cast<int>(rows.size());
  out.sources = static_cast<int>(by_source.size());
  out.median = median_of(medians);
  out.inside /= static_cast<double>(rows.size());
  return out;
}

}  // namespace

Graded predict_published(const PublishedCase& what, const Parameters& parameters) {
  const Graded middle = at_batch(what, whole(what.batch.value), parameters);
  const Range model = middle.range * Range(what.accepted.value);
  // Logarithms of how far each unknown reaches below and above; they are independent of each other.
  double below = std::log(model.value / model.low), above = std::log(model.high / model.value);
  const double widest = std::max(std::log(kWidestModelRange), below + above);
  const auto reach = [&](double low, double high) {
    below = std::hypot(below, std::max(0.0, std::log(1 / std::min(low, high))));
    above = std::hypot(above, std::max(0.0, std::log(std::max(low, high))));
  };
  reach(what.accepted.low / what.accepted.value, what.accepted.high / what.accepted.value);
  if (!what.batch.is_exact()) {
    reach(at_batch(what, whole(what.batch.low), parameters).range.value / middle.range.value,
          at_batch(what, whole(what.batch.high), parameters).range.value / middle.range.value);
  }
  if (below + above > widest) {
    const double shrink = widest / (below + above);
    below *= shrink, above *= shrink;
  }
  return {{model.value, model.value * std::exp(-below), model.value * std::exp(above)}, middle.grade};
}

PublishedCheck check_published(const std::vector<PublishedRow>& rows, const Parameters& parameters) {
  PublishedCheck out;
  for (const PublishedRow& row : rows) {
    CheckedRow checked;
    checked.row = row;
    if (!row.what) {
      checked.refused = row.reason;
    } else {
      try {
        checked.predicted = predict_published(*row.what, parameters);
        if (row.against) checked.predicted = checked.predicted / predict_published(*row.against, parameters);
        checked.error = checked.predicted.range.value / row.value - 1;
        checked.inside = checked.predicted.range.contains(row.value);
      } catch (const std::runtime_error& error) {
        checked.refused = error.what();
      }
    }
    out.rows.push_back(std::move(checked));
  }
  std::map<std::string, std::vector<const CheckedRow*>> by_kind;
  double inside = 0, all = 0;
  for (const CheckedRow& row : out.rows) {
    if (!row.refused.empty()) continue;
    by_kind[row.row.kind].push_back(&row);
    inside += row.inside ? 1 : 0;
    all += 1;
  }
  for (const auto& [kind, members] : by_kind) out.classes.push_back(summarise(kind, members));
  out.inside = all > 0 ? inside / all : 0;
  return out;
}

nlohmann::ordered_json published_to_json(const PublishedCheck& check) {
  nlohmann::ordered_json out;
  for (const CheckedRow& row : check.rows) {
    nlohmann::ordered_json entry = {{"name", row.row.name},
                                    {"class", row.row.kind},
                                    {"source", row.row.source},
                                    {"unit", row.row.unit},
                                    {"published", row.row.value}};
    if (row.refused.empty()) {
      entry["predicted"] = row.predicted;
      entry["error"] = row.error;
      entry["inside"] = row.inside;
      entry["reason"] = row.row.reason;
    } else {
      entry["refused"] = row.refused;
    }
    out["rows"].push_back(std::move(entry));
  }
  for (const ClassSummary& summary : check.classes) {
    out["classes"][summary.kind] = {{"rows", summary.rows},
                                    {"sources", summary.sources},
                                    {"median_error", summary.median},
                                    {"inside", summary.inside},
                                    {"widest_range", summary.widest}};
  }
  out["inside"] = check.inside;
  return out;
}

}  // namespace heddle::eval
