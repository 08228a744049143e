#include "cli/measurements.hpp"

#include <fmt/format.h>

namespace heddle::cli {
namespace {

using runtime::PhaseTotals;

std::string per_second(double rate) {
  if (rate >= 1e6) return fmt::format("{:.2f} M", rate / 1e6);
  if (rate >= 1e3) return fmt::format("{:.0f} k", rate / 1e3);
  return fmt::format("{:.0f}", rate);
}

std::vector<std::string> row(const std::string& name, const PhaseTotals& totals, const isa::Config& config) {
  const std::uint64_t cycles = totals.cycles();
  const bool timed = cycles != 0;
  return {
      name,
      grouped(totals.tokens),
      timed ? grouped(cycles) : "-",
      timed && totals.tokens != 0 ? grouped(cycles / totals.tokens) : "-",
      percent(totals.mac_utilization(config)),
      percent(totals.bandwidth_utilization()),
      timed && totals.wall_seconds > 0 ? per_second(static_cast<double>(cycles) / totals.wall_seconds) : "-",
      fmt::format("{:.2f} s", totals.wall_seconds)};
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

/// What a target does not count is zero everywhere, and null in JSON: a measured zero does not occur.
Json counted(std::uint64_t value) { return value != 0 ? Json(value) : Json(); }

Json phase_json(const PhaseTotals& totals, const isa::Config& config) {
  return {{"tokens", totals.tokens},
          {"runs", totals.runs},
          {"cycles", counted(totals.cycles())},
          {"macs", counted(totals.useful_macs)},
          {"mac_utilization", number_or_null(totals.mac_utilization(config))},
          {"dram_bytes", counted(totals.dram_bytes(config))},
          {"bandwidth_utilization", number_or_null(totals.bandwidth_utilization())},
          {"joules", totals.joules > 0 ? Json(totals.joules) : Json()},
          {"wall_seconds", totals.wall_seconds}};
}

}  // namespace

std::string phase_table(const PhaseTotals& prefill, const PhaseTotals& decode, const isa::Config& config,
                        double node, const eval::CountedWork* work) {
  Table table({"phase", "tokens", "cycles", "cycles/token", "array use", "bus use", "cycles/s", "wall time"});
  PhaseTotals both = prefill;
  both.add(decode);
  table.add(row("prefill", prefill, config));
  table.add(row("decode", decode, config));
  table.add(row("total", both, config));
  // What sensors measured stands instead of the model.
  if (both.joules <= 0 || both.tokens == 0)
    return table.text() + eval::run_energy_text(both.counters, config, node, both.tokens, work);
  return fmt::format("{}energy of the board: {:.3g} J a token, {:.3g} W on average\n", table.text(),
                     both.joules / static_cast<double>(both.tokens), both.joules / both.wall_seconds);
}

void add_measurements(Json* json, const PhaseTotals& prefill, const PhaseTotals& decode,
                      const isa::Config& config, double node, const eval::CountedWork* work) {
  PhaseTotals both = prefill;
  both.add(decode);
  (*json)["cycles"] = counted(both.cycles());
  (*json)["phases"] = {{"prefill", phase_json(prefill, config)}, {"decode", phase_json(decode, config)}};
  Json counters = Json::object();
  for (int i = 0; i < isa::kCounters; ++i) counters[isa::kCounterInfo[i].name] = both.counters[i];
  (*json)["counters"] = counters;
  (*json)["wall_seconds"] = both.wall_seconds;
  (*json)["joules_per_token"] =
      both.joules > 0 ? Json(both.joules / static_cast<double>(both.tokens)) : Json();
  (*json)["energy"] = eval::run_energy(both.counters, config, node, both.tokens, work);
  const bool timed = both.cycles() != 0 && both.wall_seconds > 0;
  (*json)["simulated_cycles_per_second"] =
      timed ? Json(static_cast<double>(both.cycles()) / both.wall_seconds) : Json();
}

std::string unit_table(const std::uint64_t* counters) {
  const auto share = [&](int unit, isa::UnitState state) {
    return percent(static_cast<double>(counters[isa::unit_counter(unit, state)]) /
                   static_cast<double>(counters[isa::kCounter_cycles]));
  };
  Table table({"unit", "instructions", "busy", "memory", "operand", "token", "no instruction"});
  for (int u = 0; u < isa::kUnits; ++u) {
    const bool memory = u == isa::kUnitLoad || u == isa::kUnitStore;
    const std::string stalled = share(u, isa::kUnitStalled);
    table.add({runtime::unit_name(u), grouped(counters[isa::kCounter_load_instructions + u]),
               share(u, isa::kUnitBusy), memory ? stalled : "-", memory ? "-" : stalled,
               share(u, isa::kUnitToken), share(u, isa::kUnitIssue)});
  }
  return table.text();
}

std::string operation_table(const runtime::Timeline& timeline, const isa::Image& image) {
  if (timeline.empty() || timeline.cycles() == 0) return {};
  const auto share = [&](std::uint64_t cycles) {
    return cycles == 0 ? std::string("-")
                       : percent(static_cast<double>(cycles) / static_cast<double>(timeline.cycles()));
  };
  Table table({"operation", "LOAD", "wait", "STORE", "wait", "MATRIX", "wait", "VECTOR", "wait"});
  std::array<runtime::UnitCycles, isa::kUnits> sums;
  for (const runtime::OperationCycles& operation : timeline.operations(image)) {
    std::vector<std::string> row = {operation.name};
    for (std::size_t u = 0; u < operation.units.size(); ++u) {
      row.push_back(share(operation.units[u].busy));
      row.push_back(share(operation.units[u].stall + operation.units[u].token));
      sums[u].busy += operation.units[u].busy;
      sums[u].stall += operation.units[u].stall;
      sums[u].token += operation.units[u].token;
    }
    table.add(row);
  }
  std::vector<std::string> all = {"all"}, none = {"no instruction"};
  for (const runtime::UnitCycles& unit : sums) {
    all.push_back(share(unit.busy));
    all.push_back(share(unit.stall + unit.token));
    none.push_back(share(timeline.cycles() > unit.cycles() ? timeline.cycles() - unit.cycles() : 0));
    none.push_back("");
  }
  table.add(all);
  table.add(none);
  return table.text();
}

void add_operations(Json* json, const runtime::Timeline& timeline, const isa::Image& image) {
  if (timeline.empty()) return;
  Json operations = Json::array();
  for (const runtime::OperationCycles& operation : timeline.operations(image)) {
    Json entry = {{"name", operation.name}};
    for (int u = 0; u < isa::kUnits; ++u) {
      const runtime::UnitCycles& unit = operation.units[static_cast<std::size_t>(u)];
      if (unit.instructions == 0) continue;
      entry[runtime::unit_name(u)] = {{"instructions", unit.instructions},
                                      {"busy", unit.busy},
                                      {"stall", unit.stall},
                                      {"token", unit.token}};
    }
    operations.push_back(std::move(entry));
  }
  (*json)["operations"] = std::move(operations);
}

}  // namespace heddle::cli
