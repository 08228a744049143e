// Estimates as JSON.
#include <cmath>

#include "eval/common/schema.hpp"
#include "eval/estimate/estimate.hpp"

namespace heddle::eval {
namespace {

Json step_to_json(const StepEstimate& step, bool explain) {
  Json out = {{"seconds", step.seconds}, {"bound", name(step.bound)}};
  for (std::size_t i = 0; i < step.shares.size(); ++i) {
    out["time_shares"][std::string(name(static_cast<Bound>(i)))] = step.shares[i];
  }
  out["operations"] = step.totals.flops;
  out["bytes"] = {{"weights", step.totals.weight_bytes},
                  {"cache", step.totals.cache_bytes},
                  {"activations", step.totals.activation_bytes},
                  {"messages", step.totals.message_bytes}};
  if (step.anchored) {
    out["reference_runs"] = {{"factor_on_speed", std::exp(step.anchored->log_ratio)},
                             {"deviation", step.anchored->deviation},
                             {"run_on_this_die", step.anchored->own}};
  }
  if (!explain) return out;
  if (step.anchored) {
    for (const auto& [run, weight] : step.anchored->heaviest()) {
      out["reference_runs"]["runs"].push_back({{"name", run->name},
                                               {"source", run->source},
                                               {"factor_on_speed", std::exp(run->log_ratio)},
                                               {"weight", weight}});
    }
  }
  for (const OperatorLine& line : step.lines) {
    out["operators"].push_back({{"name", line.name},
                                {"class", line.kind},
                                {"count", line.count},
                                {"seconds", line.seconds},
                                {"bytes", line.bytes},
                                {"operations", line.operations},
                                {"bound", name(line.bound)},
                                {"basis", line.basis}});
  }
  return out;
}

}  // namespace

Json estimate_to_json(const Estimate& e, bool explain) {
  Json out = {{"model", e.request.model.name}};
  for (const Chip& chip : e.request.chips) out["chips"].push_back(chip.name);
  out["devices"] = e.request.chips.size() > 1 ? e.request.chips.size() : e.request.devices;
  out["split"] = name(e.request.split);
  out["format"] = name(e.execution.format);
  out["support"] = name(e.execution.support);
  out["cache_format"] = name(e.execution.precision.cache);
  out["software"] = e.software.name;
  out["batch"] = e.request.batch;
  out["context"] = e.request.context;
  out["prompt"] = e.request.prompt;
  if (e.decode) {
    out["tokens_per_second"] = e.tokens_per_second;
    out["tokens_per_second_group"] = e.tokens_per_second_group;
  }
  out["time_to_first_token"] = e.time_to_first_token;
  out["prefill_tokens_per_second"] = e.prefill_tokens_per_second;
  out["memory"] = {{"weights", e.memory.weights},
                   {"cache", e.memory.cache},
                   {"reserve", e.memory.reserve},
                   {"capacity", e.memory.capacity},
                   {"fits", e.memory.fits()}};
  out["prefill"] = step_to_json(e.prefill, explain);
  if (e.decode) out["decode"] = step_to_json(*e.decode, explain);
  out["remarks"] = e.remarks;
  if (!explain) return out;
  for (const Chip& chip : e.request.chips) {
    Json figures = {{"bandwidth", chip.need_bandwidth()}, {"capacity", chip.need_capacity()}};
    if (chip.has(e.execution.precision.compute))
      figures["peak"] = chip.need_peak(e.execution.precision.compute);
    if (chip.link) figures["link"] = chip.link->bandwidth;
    out["sources"]["chips"][chip.name] = figures;
  }
  out["sources"]["model"] = e.request.model.source;
  out["sources"]["software"] = e.software.reason;
  return out;
}

}  // namespace heddle::eval
