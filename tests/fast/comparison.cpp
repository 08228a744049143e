#include "tests/fast/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "isa/status.hpp"

namespace heddle::tests {
namespace {

constexpr const char* kUnitNames[] = {"LOAD", "STORE", "MATRIX", "VECTOR"};

bool same(const heddle_unit_event& a, const heddle_unit_event& b) {
  return a.unit == b.unit && a.tag == b.tag && a.pc == b.pc && a.waiting == b.waiting &&
         a.started == b.started && a.done == b.done && a.active == b.active;
}

std::string describe(const heddle_unit_event& event) {
  return fmt::format("pc {}, waiting from cycle {}, started in {}, done in {}, active in {} cycles", event.pc,
                     event.waiting, event.started, event.done, event.active);
}

/// Of a unit, in order. What still finishes after a run has failed and drained belongs to no run.
std::vector<heddle_unit_event> events_of(const TimedRun& run, int unit) {
  std::vector<heddle_unit_event> events;
  for (const heddle_unit_event& event : run.events) {
    if (event.unit == unit && event.done <= run.record.counters[isa::kCounter_cycles])
      events.push_back(event);
  }
  return events;
}

/// Of each unit its n-th instruction; the first difference is the one that begins first.
std::string event_difference(const TimedRun& rtl, const TimedRun& fast) {
  std::string text;
  std::uint64_t first = ~0ull;
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    const std::vector<heddle_unit_event> a = events_of(rtl, unit), b = events_of(fast, unit);
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      if (i < a.size() && i < b.size() && same(a[i], b[i])) continue;
      const heddle_unit_event& shown = i < a.size() ? a[i] : b[i];
      const std::uint64_t when = i < a.size() && i < b.size()
                                     ? a[i].waiting != b[i].waiting   ? std::min(a[i].waiting, b[i].waiting)
                                       : a[i].started != b[i].started ? std::min(a[i].started, b[i].started)
                                                                      : std::min(a[i].done, b[i].done)
                                     : shown.waiting;
      if (when < first) {
        first = when;
        text = fmt::format("first event that differs, in cycle {}: {} instruction {}\n  rtl:  {}\n  fast: {}",
                           when, kUnitNames[unit], i, i < a.size() ? describe(a[i]) : "none",
                           i < b.size() ? describe(b[i]) : "none");
      }
      break;
    }
  }
  return text;
}

}  // namespace

TimedRun run_library(Library& library, const std::vector<std::uint8_t>& memory,
                     const isa::StartArguments& arguments, const MemoryTime& time,
                     std::vector<std::uint8_t>* after) {
  heddle_run_options options = {};
  options.cycle_limit = time.cycle_limit;
  options.memory = time.timing;
  options.core_mhz = time.core_mhz;
  options.memory_latency = time.latency;
  TimedRun run;
  options.user = &run.events;
  options.event = [](void* user, const heddle_unit_event* event) {
    static_cast<std::vector<heddle_unit_event>*>(user)->push_back(*event);
  };
  std::vector<std::uint8_t> copy = memory;
  run.record = library.run(copy, arguments, options);
  if (after != nullptr) *after = std::move(copy);
  return run;
}

TimedRun run_fast(sim::fast::Machine& machine, const std::vector<std::uint8_t>& memory,
                  const isa::StartArguments& arguments, const MemoryTime& time) {
  TimedRun run;
  sim::fast::RunOptions options;
  if (time.timing != nullptr) options.memory = *time.timing;
  options.core_mhz = time.core_mhz;
  options.memory_latency = time.latency;
  options.cycle_limit = time.cycle_limit;
  options.event = [&](const heddle_unit_event& event) { run.events.push_back(event); };
  run.record = machine.run(memory.data(), memory.size(), arguments, options);
  return run;
}

std::string timing_difference(const TimedRun& rtl, const TimedRun& fast) {
  std::string text;
  const auto add = [&](const std::string& line) { text += text.empty() ? line : "\n" + line; };
  if (rtl.record.status != fast.record.status || rtl.record.pc != fast.record.pc) {
    add(fmt::format("rtl ends with \"{}\" at pc {}, fast with \"{}\" at pc {}",
                    isa::status_text(rtl.record.status), rtl.record.pc, isa::status_text(fast.record.status),
                    fast.record.pc));
  }
  const std::string events = event_difference(rtl, fast);
  if (!events.empty()) add(events);
  for (int c = 0; c < isa::kCounters; ++c) {
    if (rtl.record.counters[c] == fast.record.counters[c]) continue;
    add(fmt::format("counter {}: rtl {}, fast {}", isa::kCounterInfo[c].name, rtl.record.counters[c],
                    fast.record.counters[c]));
  }
  return text;
}

}  // namespace heddle::tests
