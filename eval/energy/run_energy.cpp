// The energy of a run, as commands print and write it.
#include <fmt/format.h>

#include "eval/energy/machine.hpp"

namespace heddle::eval {
namespace {

nlohmann::ordered_json graded(const Range& range) { return Graded{range, Grade::kModelled}; }

Activity activity_of_run(CounterValues counters, const isa::Config& config, const CountedWork* work) {
  return work != nullptr ? activity_of(*work, counters, config) : activity_of(counters, config);
}

/// With DRAM where its memory has a figure.
Range whole(const MachineEnergy& joules) { return joules.dram ? joules.board() : joules.core(); }

}  // namespace

nlohmann::ordered_json run_energy(CounterValues counters, const isa::Config& config, double node,
                                  std::uint64_t tokens, const CountedWork* work) {
  if (counters[isa::kCounter_cycles] == 0) return nullptr;
  const Activity activity = activity_of_run(counters, config, work);
  const ArrayMachine machine = machine_of(config, "", node);
  const MachineEnergy joules = energy(machine, activity);
  const Range all = whole(joules);
  nlohmann::ordered_json out = {{"node_nm", node},
                                {"boundary", name(joules.dram ? Boundary::kBoard : Boundary::kCore)},
                                {"activity", work != nullptr ? "instructions" : "counters"},
                                {"joules", graded(all)}};
  if (tokens > 0) out["joules_per_token"] = graded(all / Range(static_cast<double>(tokens)));
  out["parts"] = {{"array", joules.array},
                  {"vector", joules.vector},
                  {"sram", joules.sram},
                  {"control", joules.control},
                  {"static", joules.idle}};
  if (joules.dram) {
    out["parts"]["dram_and_phy"] = *joules.dram;
    out["parts"]["links"] = joules.links;
    out["parts"]["regulators"] = joules.regulators;
  }
  for (const double other : technology_nodes())
    out["by_node_nm"][fmt::format("{:g}", other)] = whole(energy(machine_of(config, "", other), activity));
  const MachineArea mm2 = area(machine);
  out["area_mm2"] = {
      {"total", graded(mm2.total())}, {"logic", mm2.logic}, {"sram", mm2.sram}, {"phy", mm2.phy}};
  return out;
}

std::string run_energy_text(CounterValues counters, const isa::Config& config, double node,
                            std::uint64_t tokens, const CountedWork* work) {
  if (counters[isa::kCounter_cycles] == 0) return {};
  const ArrayMachine machine = machine_of(config, "", node);
  const MachineEnergy joules = energy(machine, activity_of_run(counters, config, work));
  const Range all = whole(joules);
  const auto share = [&](const Range& part) { return 100 * part.value / all.value; };
  std::string out = fmt::format("energy at {:g} nm, {}: {} J", node,
                                name(joules.dram ? Boundary::kBoard : Boundary::kCore), text(all));
  if (tokens > 0) out += fmt::format(", {} J a token", text(all / Range(static_cast<double>(tokens))));
  out +=
      fmt::format(" modelled: array {:.0f}%, vector {:.0f}%, SRAM {:.0f}%, control {:.0f}%, static {:.0f}%",
                  share(joules.array), share(joules.vector), share(joules.sram), share(joules.control),
                  share(joules.idle));
  if (joules.dram)
    out += fmt::format(", DRAM and PHY {:.0f}%, regulators {:.0f}%", share(*joules.dram),
                       share(joules.regulators));
  const MachineArea mm2 = area(machine);
  return out + fmt::format("\narea at {:g} nm: {} mm2: logic {}, SRAM {}, PHY {}\n", node, text(mm2.total()),
                           text(mm2.logic), text(mm2.sram), text(mm2.phy));
}

}  // namespace heddle::eval
