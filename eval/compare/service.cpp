#include "eval/compare/service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "eval/chips/execution.hpp"
#include "eval/energy/board_power.hpp"
#include "eval/energy/uncertainty.hpp"

namespace heddle::eval {
namespace {

Graded inverse(const Graded& g, double amount) { return {Range(amount) / g.range, g.grade}; }

/// Whether the chip's file leaves open what a refusal rests on, rather than saying no.
bool unknown_figures(const Chip& chip, Format format) {
  if (!chip.memory.bandwidth || (!chip.memory.capacity && chip.memory.type != "none")) return true;
  const auto unknown = [&](Format f) { return chip.peak(f).state == Peak::State::kUnknown; };
  return unknown(format) || (!chip.has(Format::kBf16) && !chip.has(Format::kFp16) &&
                             (unknown(Format::kBf16) || unknown(Format::kFp16)));
}

EstimateRequest request_of(const Candidate& candidate, const Scenario& scenario, std::uint32_t devices,
                           std::uint64_t batch) {
  EstimateRequest out;
  out.model = load_model(scenario.model);
  out.chips = {candidate.chip};
  out.devices = devices;
  out.split = out.model.experts ? Split::kExpert : Split::kTensor;
  out.format = scenario.format;
  out.cache = scenario.cache;
  out.batch = batch;
  out.prompt = scenario.prompt;
  out.context = scenario.prompt + scenario.output / 2;  // the middle of the output
  return out;
}

/// Memory is what the end of the output needs.
MemoryFit fit_of(EstimateRequest request, const Scenario& scenario) {
  request.context = scenario.prompt + scenario.output;
  Execution run = execution(request.chips.front(), request.format);
  if (request.cache) run.precision.cache = *request.cache;
  return memory_fit(request, run);
}

/// What one device of ours does in a step. Of the vector unit only the results count: some operations on each
/// element that passes it.
Activity activity_of(const Estimate& e, const StepEstimate& step) {
  const double devices = e.request.devices;
  const Totals& t = step.totals;
  Activity out;
  out.seconds = step.seconds.range;
  out.macs = t.flops / 2 / devices;
  constexpr double kElementBytes = 2;
  out.multiplications = out.additions = Range(5, 2, 12) * Range(t.activation_bytes / kElementBytes / devices);
  const double streamed = (t.weight_bytes + t.cache_bytes) / devices;
  constexpr double kRows = 64, kBank = 1 << 20;  // of `server`, whose copies are compared
  out.sram = {{Range(2 * streamed), kBank},
              {Range(out.macs.value / kRows * (1 + 8)), kBank},
              {out.multiplications * Range(8), kBank}};
  out.dram_bytes = (t.weight_bytes + t.cache_bytes + t.activation_bytes) / devices;
  out.link_bytes = t.message_bytes / devices;
  return out;
}

struct StepJoules {
  std::optional<Graded> core, board;
  std::string why_not;
};

/// Joules of all devices in one step.
StepJoules step_joules(const Candidate& candidate, const Estimate& e, const StepEstimate& step) {
  StepJoules out;
  const Range devices(static_cast<double>(e.request.devices));
  if (candidate.machine) {
    const Grade grade = candidate.preset ? Grade::kExtrapolated : worse(Grade::kModelled, step.seconds.grade);
    const MachineEnergy joules = energy(*candidate.machine, activity_of(e, step));
    out.core = Graded{joules.core() * devices, grade};
    if (joules.dram) {
      out.board = Graded{joules.board() * devices, grade};
    } else {
      out.why_not = fmt::format("memory '{}' has no figure in joules a bit", candidate.machine->memory);
    }
    return out;
  }
  try {
    const Graded watts = board_watts(candidate.chip, load_of(e, step));
    out.board = Graded{independent_product({watts.range, step.seconds.range}) * devices,
                       worse(watts.grade, step.seconds.grade)};
  } catch (const std::runtime_error& error) {
    out.why_not = error.what();
  }
  return out;
}

void add_energy(OperatingPoint* point, const Service& s, const Estimate& decode, const Estimate& prefill,
                const Prices& prices) {
  const double batch = static_cast<double>(point->batch), output = static_cast<double>(s.scenario.output);
  const StepJoules first = step_joules(s.candidate, prefill, prefill.prefill);
  const StepJoules each = step_joules(s.candidate, decode, *decode.decode);
  // A user's prefill serves all of his tokens; a decode step serves one token of every user.
  const auto per_token = [&](const Graded& p, const Graded& d) {
    return Graded{p.range / Range(output) + d.range / Range(batch), worse(p.grade, d.grade)};
  };
  const Graded& rate = point->tokens_per_second_group;
  const auto watts = [&](const Graded& joules) {
    return Graded{{joules.range.value * rate.range.value, joules.range.low * rate.range.high,
                   joules.range.high * rate.range.low},
                  joules.grade};
  };
  const auto ordered = [](Graded g) {
    g.range.low = std::min({g.range.low, g.range.value, g.range.high});
    g.range.high = std::max({g.range.low, g.range.value, g.range.high});
    return g;
  };
  if (first.core && each.core) {
    const Graded joules = per_token(*first.core, *each.core);
    point->joules_per_token[Boundary::kCore] = joules;
    point->watts[Boundary::kCore] = ordered(watts(joules));
  }
  if (!first.board || !each.board) {
    point->no_energy = first.why_not;
    return;
  }
  const Graded board = per_token(*first.board, *each.board);
  const Graded board_w = ordered(watts(board));
  point->joules_per_token[Boundary::kBoard] = board;
  point->watts[Boundary::kBoard] = board_w;
  const Range hosts = host_watts(s.candidate.chip, s.scenario.at_home) * Range(s.devices);
  const double pue = s.scenario.pue > 0 ? s.scenario.pue : prices.pue.range.value;
  const Graded wall = {wall_watts(board_w.range, hosts, pue), board.grade};
  point->watts[Boundary::kWall] = wall;
  point->joules_per_token[Boundary::kWall] = {independent_product({wall.range, reciprocal(rate.range)}),
                                              worse(wall.grade, rate.grade)};
}

void add_cost(OperatingPoint* point, const Service& s, const Prices& prices) {
  const Graded& rate = point->tokens_per_second_group;
  for (const Rental& rental : prices.rentals) {
    if (rental.chip != s.candidate.name()) continue;
    point->rented_usd_per_million = {
        per_million_tokens(Range(rental.usd_per_hour * s.devices), rate.range, prices), rate.grade};
  }
  if (!s.price) {
    point->no_cost = "no published price: see the break-even";
  } else if (!point->watts.contains(Boundary::kWall)) {
    point->no_cost = "its power is not known";
  } else {
    const Graded& wall = point->watts.at(Boundary::kWall);
    point->usd_per_hour = hourly_cost(s.price->usd, s.devices, wall.range, prices);
    point->usd_per_million =
        Graded{per_million_tokens(point->usd_per_hour->total(), point->tokens_per_second_group.range, prices),
               worse(wall.grade, point->tokens_per_second_group.grade)};
  }
}

OperatingPoint point_of(const Service& s, std::uint64_t batch, const Estimate& prefill, const Prices& prices,
                        const Parameters& parameters) {
  const Estimate decode =
      batch == 1 ? prefill : estimate(request_of(s.candidate, s.scenario, s.devices, batch), parameters);
  OperatingPoint out;
  out.batch = batch;
  out.time_to_first_token = prefill.time_to_first_token;
  Graded step = decode.decode->seconds;
  if (batch > 1) {  // every user's prefill stops all others once in his output
    const Range share(static_cast<double>(batch) / static_cast<double>(s.scenario.output));
    step = {step.range + prefill.prefill.seconds.range * share,
            worse(step.grade, prefill.prefill.seconds.grade)};
  }
  if (s.candidate.preset) {
    step.grade = Grade::kExtrapolated;
    out.time_to_first_token.grade = Grade::kExtrapolated;
  }
  out.seconds_per_token = step;
  out.tokens_per_second = inverse(step, 1);
  // Of one user alone the whole request counts.
  const Range whole =
      batch > 1 ? step.range
                : step.range + prefill.prefill.seconds.range / Range(static_cast<double>(s.scenario.output));
  out.tokens_per_second_group = {Range(static_cast<double>(batch)) / whole, step.grade};
  add_energy(&out, s, decode, prefill, prices);
  add_cost(&out, s, prices);
  return out;
}

/// The largest batch within memory and the latency limit; 0 if there is none.
std::uint64_t best_batch(const Service& s, const Parameters& parameters) {
  const auto fine = [&](std::uint64_t batch) {
    const EstimateRequest request = request_of(s.candidate, s.scenario, s.devices, batch);
    if (!fit_of(request, s.scenario).fits()) return false;
    const Estimate e = estimate(request, parameters);
    const double prefill = s.estimate.prefill.seconds.range.value;
    const double step =
        e.decode->seconds.range.value +
        (batch > 1 ? prefill * static_cast<double>(batch) / static_cast<double>(s.scenario.output) : 0);
    return step <= *s.scenario.max_seconds_per_token && prefill <= s.scenario.max_first_token.value_or(1e9);
  };
  constexpr std::uint64_t kMost = 1024;
  if (!fine(1)) return 0;
  std::uint64_t good = 1, bad = 2;
  while (bad <= kMost && fine(bad)) good = bad, bad *= 2;
  if (bad > kMost) return good;
  for (int i = 0; i < 4 && bad - good > 1; ++i) {
    const std::uint64_t middle = (good + bad) / 2;
    (fine(middle) ? good : bad) = middle;
  }
  return good;
}

std::optional<double> cited_operators(const Candidate& candidate, const Estimate& e) {
  if (candidate.preset) return std::nullopt;
  // Every operator of a program of ours runs in the tests of this project, on the golden model and the RTL.
  if (candidate.machine) return 1.0;
  double cited = 0, all = 0;
  for (const auto* step : {&e.prefill, e.decode ? &*e.decode : nullptr}) {
    if (step == nullptr) continue;
    for (const OperatorLine& line : step->lines) {
      if (line.kind == "elementwise" || line.kind == "collective") continue;
      all += 1;
      if (line.basis.find(", own on ") != std::string::npos) cited += 1;
    }
  }
  if (all == 0 || cited == 0) return std::nullopt;
  return cited / all;
}

}  // namespace

Terms terms_of(const Service& service, std::uint64_t batch, Boundary boundary) {
  const Execution& run = service.estimate.execution;
  Terms out;
  out.model = service.estimate.request.model.name;
  out.weight_bits = run.precision.weights.bits_per_element;
  out.activations = run.precision.activations;
  out.cache = run.precision.cache;
  out.prompt = service.scenario.prompt;
  out.output = service.scenario.output;
  out.batch = batch;
  out.boundary = boundary;
  out.emulated = run.support == Support::kWeightOnly;
  return out;
}

Service serve_on(const Candidate& candidate, const Scenario& scenario, std::uint32_t devices,
                 const Prices& prices, const Parameters& parameters) {
  Service out;
  out.candidate = candidate;
  out.scenario = scenario;
  out.devices = devices;
  out.price = unit_price(candidate.chip, prices);
  try {
    const EstimateRequest request = request_of(candidate, scenario, devices, 1);
    out.estimate = estimate(request, parameters);
    out.estimate.memory = fit_of(request, scenario);
    if (!out.estimate.decode) {
      out.refused = request.model.name + " is an encoder, which generates nothing";
      return out;
    }
    if (candidate.preset) {
      out.estimate.tokens_per_second.grade = Grade::kExtrapolated;
    }
    out.single = point_of(out, 1, out.estimate, prices, parameters);
  } catch (const std::runtime_error& error) {
    out.refused = error.what();
    out.undecided = unknown_figures(candidate.chip, scenario.format);
  }
  return out;
}

Service serve(const Candidate& candidate, const Scenario& scenario, const Prices& prices,
              const Parameters& parameters) {
  Service out;
  out.candidate = candidate;
  out.scenario = scenario;
  std::uint32_t devices = 0;
  try {
    for (const std::uint32_t n : {1U, 2U, 4U, 8U}) {
      if (n > scenario.max_devices) break;
      if (!fit_of(request_of(candidate, scenario, n, 1), scenario).fits()) continue;
      devices = n;
      break;
    }
  } catch (const std::runtime_error& error) {
    out.refused = error.what();
    out.undecided = unknown_figures(candidate.chip, scenario.format);
    return out;
  }
  if (devices == 0) {
    out.refused =
        fmt::format("does not fit in {} device{}", scenario.max_devices, scenario.max_devices > 1 ? "s" : "");
    return out;
  }
  out = serve_on(candidate, scenario, devices, prices, parameters);
  if (!out.refused.empty()) return out;
  out.operators_cited = cited_operators(candidate, out.estimate);
  try {
    const Estimate twice = estimate(request_of(candidate, scenario, 2 * devices, 1), parameters);
    const Graded gained = twice.tokens_per_second / out.estimate.tokens_per_second;
    // The same errors on both sides: only the value and the worse grade are kept.
    out.scaling = Graded{Range(gained.range.value / 2), gained.grade};
  } catch (const std::runtime_error&) {  // heads do not divide, or no link
  }
  if (scenario.max_seconds_per_token) {
    const std::uint64_t batch = best_batch(out, parameters);
    if (batch == 0) {
      out.no_best = "slower than the latency limit even alone";
    } else {
      out.best = point_of(out, batch, out.estimate, prices, parameters);
    }
  }
  return out;
}

}  // namespace heddle::eval
