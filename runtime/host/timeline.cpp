#include "runtime/host/timeline.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace heddle::runtime {
namespace {

std::string operation_name(const isa::Image& image, std::uint16_t tag) {
  return tag < image.operations.size() && !image.operations[tag].empty() ? image.operations[tag]
                                                                         : "(no operation)";
}

}  // namespace

const char* unit_name(int unit) {
  constexpr const char* kNames[isa::kUnits] = {"LOAD", "STORE", "MATRIX", "VECTOR"};
  return kNames[unit];
}

std::uint64_t OperationCycles::cycles() const {
  std::uint64_t most = 0;
  for (const UnitCycles& unit : units) most = std::max(most, unit.cycles());
  return most;
}

void Timeline::add(const heddle_unit_event& event) {
  UnitCycles& unit = totals_[event.tag][static_cast<std::size_t>(event.unit)];
  unit.busy += event.active;
  unit.stall += event.done - event.started + 1 - event.active;
  unit.token += event.started - event.waiting;
  ++unit.instructions;
  InstructionWork& work = current_[event.pc];
  work.unit = event.unit;
  ++work.executions;
  work.active += event.active;
  if (!keep_events_) return;
  events_.push_back(event);
  heddle_unit_event& kept = events_.back();
  kept.waiting += offset_;
  kept.started += offset_;
  kept.done += offset_;
}

void Timeline::end_run(const std::string& name, std::uint64_t cycles) {
  if (keep_events_) runs_.push_back({name, offset_, cycles});
  offset_ += cycles;
  ++run_count_;
  ProgramWork& program = work_[name];
  for (const auto& [pc, one] : current_) {
    InstructionWork& work = program[pc];
    work.unit = one.unit;
    work.executions += one.executions;
    work.active += one.active;
  }
  current_.clear();
}

std::vector<OperationCycles> Timeline::operations(const isa::Image& image) const {
  std::vector<OperationCycles> out;
  for (const auto& [tag, units] : totals_) out.push_back({operation_name(image, tag), units});
  std::stable_sort(out.begin(), out.end(), [](const OperationCycles& a, const OperationCycles& b) {
    return a.cycles() > b.cycles();
  });
  return out;
}

std::string Timeline::trace(const isa::Image& image) const {
  using Json = nlohmann::ordered_json;
  const double cycles_per_us = image.config.clock_mhz;
  const auto slice = [&](int track, const std::string& name, std::uint64_t begin, std::uint64_t cycles) {
    return Json{{"ph", "X"},
                {"pid", 1},
                {"tid", track},
                {"name", name},
                {"ts", static_cast<double>(begin) / cycles_per_us},
                {"dur", static_cast<double>(cycles) / cycles_per_us}};
  };
  Json events = Json::array();
  const auto name_track = [&](int track, const std::string& name) {
    events.push_back(
        {{"ph", "M"}, {"pid", 1}, {"tid", track}, {"name", "thread_name"}, {"args", {{"name", name}}}});
  };
  events.push_back(
      {{"ph", "M"}, {"pid", 1}, {"name", "process_name"}, {"args", {{"name", image.model.name}}}});
  name_track(0, "program");
  for (int unit = 0; unit < isa::kUnits; ++unit) name_track(unit + 1, unit_name(unit));
  for (const Run& run : runs_) events.push_back(slice(0, run.name, run.begin, run.cycles));
  for (const heddle_unit_event& event : events_) {
    const std::string name = operation_name(image, event.tag);
    if (event.started > event.waiting) {
      events.push_back(slice(event.unit + 1, "token", event.waiting, event.started - event.waiting));
      events.back()["args"] = {{"operation", name}, {"pc", event.pc}};
    }
    events.push_back(slice(event.unit + 1, name, event.started, event.done - event.started + 1));
    events.back()["args"] = {{"pc", event.pc},
                             {"cycle", event.started},
                             {"cycles", event.done - event.started + 1},
                             {"busy", event.active}};
  }
  // What LOAD and STORE move, over the time that each of their instructions takes.
  const auto moved = [&](const char* name, std::uint64_t at, double bytes) {
    events.push_back({{"ph", "C"},
                      {"pid", 1},
                      {"name", name},
                      {"ts", static_cast<double>(at) / cycles_per_us},
                      {"args", {{"bytes a cycle", bytes}}}});
  };
  for (const heddle_unit_event& event : events_) {
    if (event.unit != isa::kUnitLoad && event.unit != isa::kUnitStore) continue;
    const char* name = event.unit == isa::kUnitLoad ? "memory read" : "memory written";
    const std::uint64_t cycles = event.done - event.started + 1;
    moved(name, event.started,
          static_cast<double>(event.active * image.config.bus_bytes) / static_cast<double>(cycles));
    moved(name, event.done + 1, 0);
  }
  return Json{{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}}.dump() + "\n";
}

}  // namespace heddle::runtime
