#include "cli/bench/bench.hpp"

#include <fmt/format.h>

#include "cli/energy.hpp"
#include "cli/measurements.hpp"
#include "cli/provenance.hpp"
#include "cli/simulation_options.hpp"

namespace heddle::cli {
namespace {

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }
Json counted(std::uint64_t value) { return value != 0 ? Json(value) : Json(); }

/// One line a figure: both results, and the second over the first.
std::string comparison(const Json& first, const Json& second) {
  Table table({"figure", first.at("config"), second.at("config"), "ratio"});
  const auto ratio = [](const Json& a, const Json& b) {
    if (!a.is_number() || !b.is_number() || a.get<double>() == 0) return std::string("-");
    return fmt::format("{:.3f}", b.get<double>() / a.get<double>());
  };
  const auto line = [&](const std::string& name, const Json& a, const Json& b, const auto& text) {
    table.add({name, a.is_null() ? "-" : text(a), b.is_null() ? "-" : text(b), ratio(a, b)});
  };
  const auto number = [](const Json& value) { return grouped(value.get<std::uint64_t>()); };
  const auto part = [](const Json& value) { return percent(value.get<double>()); };
  line("cycles", first.at("cycles"), second.at("cycles"), number);
  line("array use", first.at("mac_utilization"), second.at("mac_utilization"), part);
  line("bytes of memory traffic", first.at("dram_bytes"), second.at("dram_bytes"), number);
  line("bus use", first.at("bandwidth_utilization"), second.at("bandwidth_utilization"), part);
  if (first.at("cycles").is_null() || second.at("cycles").is_null()) return table.text();
  constexpr const char* kStates[isa::kUnitStates] = {"busy", "stalled", "waiting for tokens",
                                                     "without an instruction"};
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    for (int state = 0; state < isa::kUnitStates; ++state) {
      const int counter = isa::unit_counter(unit, static_cast<isa::UnitState>(state));
      const char* name = isa::kCounterInfo[counter].name;
      line(fmt::format("cycles of {} {}", runtime::unit_name(unit), kStates[state]),
           first.at("counters").at(name), second.at("counters").at(name), number);
    }
  }
  return table.text();
}

}  // namespace

void add_bench_options(CLI::App& command, BenchOptions* options) {
  command.add_option("--config", options->config, "configuration: a name (heddle configs) or a JSON file")
      ->capture_default_str();
  command.add_option("--against", options->against,
                     "another configuration, measured too and printed beside the first");
  command.add_option("--target", options->target, "what runs it: rtl, fast, or hls, which counts no cycles")
      ->capture_default_str();
  command.add_option("--seed", options->seed, "of the random operands")->capture_default_str();
  command.add_option("--json", options->json, "write the measurements as JSON");
  command.add_option("--trace", options->trace, "rtl, fast: write the timeline of units for ui.perfetto.dev");
  add_node_option(command, &options->node);
  command.add_flag("--switching", options->switching,
                   "rtl: count what switches in it, unit by unit, beside what the energy counts");
  add_simulation_options(command, &options->open, &options->watchdog);
}

void run_configs(const BenchOptions& options, const std::function<Json(const BenchOptions&)>& run) {
  if (options.against.empty()) {
    run(options);
    return;
  }
  OutputFile json_file(options.json);
  BenchOptions second = options;
  second.config = options.against;
  second.json.clear();
  second.trace.clear();
  isa::load_config(second.config);  // its errors come before any work
  Json first = run(options);
  fmt::print("\n");
  const Json other = run(second);
  fmt::print("\n{}", comparison(first, other));
  first["against"] = other;
  json_file.write_json(first);
  json_file.commit();
}

Bench::Bench(const BenchOptions& options) : options_(options), timeline_(!options.trace.empty()) {
  if (options_.switching)
    options_.open.switching = [this](const heddle_switched& switched) { switching_.add(switched); };
  runtime::check_device(options.target, options_.open);
  config_ = isa::load_config(options.config);
}

void Bench::compiling(const std::string& what) {
  progress_.show(fmt::format("compiling {} for {}", what, config_.name));
}

runtime::Device& Bench::device() {
  if (device_) return *device_;
  runtime::OpenOptions open = options_.open;
  show_runs(&open, &progress_);
  if (options_.target == "rtl" || options_.target == "fast") {
    open.event = [this](const heddle_unit_event& event) { timeline_.add(event); };
  }
  device_ = runtime::open_device(options_.target, config_, open);
  return *device_;
}

void Bench::add(const isa::CompletionRecord& record, const std::string& program, std::uint64_t useful_macs,
                double seconds) {
  progress_.clear();
  totals_.add(record, 0, useful_macs, seconds);
  timeline_.end_run(program, record.counters[isa::kCounter_cycles]);
}

void Bench::add_json(Json* json, const isa::Image& image) const {
  (*json)["target"] = options_.target;
  (*json)["config"] = config_.name;
  (*json)["memory"] =
      options_.open.memory.empty() ? std::string(config_.config.memory) : options_.open.memory;
  if (options_.open.memory_latency)
    (*json)["memory"] = fmt::format("latency {}", *options_.open.memory_latency);
  (*json)["seed"] = options_.seed;
  (*json)["cycles"] = counted(totals_.cycles());
  (*json)["macs"] = totals_.useful_macs;
  (*json)["mac_utilization"] = number_or_null(totals_.mac_utilization(config_.config));
  (*json)["dram_bytes"] = counted(totals_.dram_bytes(config_.config));
  (*json)["bandwidth_utilization"] = number_or_null(totals_.bandwidth_utilization());
  Json counters = Json::object();
  for (int i = 0; i < isa::kCounters; ++i) counters[isa::kCounterInfo[i].name] = totals_.counters[i];
  (*json)["counters"] = counters;
  add_operations(json, timeline_, image);
  const auto work = work_of(timeline_, image, totals_.counters);
  (*json)["energy"] =
      eval::run_energy(totals_.counters, config_.config, options_.node, 0, work ? &*work : nullptr);
  if (work && !switching_.empty()) (*json)["switching"] = switching_json(switching_, *work);
  (*json)["provenance"] = provenance(
      {.config = &config_, .memory = options_.open.memory, .image = &image, .seed = options_.seed});
  (*json)["wall_seconds"] = totals_.wall_seconds;
  const bool timed = totals_.cycles() != 0 && totals_.wall_seconds > 0;
  (*json)["simulated_cycles_per_second"] =
      timed ? Json(static_cast<double>(totals_.cycles()) / totals_.wall_seconds) : Json();
}

std::string Bench::text(const isa::Image& image, const std::vector<std::vector<std::string>>& extra) const {
  const runtime::Counters& c = totals_.counters;
  const std::uint64_t cycles = totals_.cycles();
  Table table({"figure", "value"});
  for (const std::vector<std::string>& row : extra) table.add(row);
  table.add({"cycles", cycles != 0 ? grouped(cycles) : "-"});
  table.add({"multiply-accumulates", grouped(totals_.useful_macs)});
  table.add({"array use", percent(totals_.mac_utilization(config_.config))});
  table.add({"memory traffic", byte_size(totals_.dram_bytes(config_.config))});
  table.add({"bus use", percent(totals_.bandwidth_utilization())});
  if (cycles == 0) return table.text();
  const std::string operations = operation_table(timeline_, image);
  const auto work = work_of(timeline_, image, c);
  std::string out = table.text() +
                    eval::run_energy_text(c, config_.config, options_.node, 0, work ? &*work : nullptr) +
                    "\n" + unit_table(c.data());
  if (!operations.empty()) out += "\n" + operations;
  if (work && !switching_.empty()) out += "\n" + switching_table(switching_, *work);
  return out;
}

void Bench::write_trace(const isa::Image& image) const {
  if (options_.trace.empty()) return;
  OutputFile file(options_.trace);
  file.write(timeline_.trace(image));
  file.commit();
}

}  // namespace heddle::cli
