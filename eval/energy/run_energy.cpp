// The energy of a run, as commands print and write it.
#include <fmt/format.h>

#include "eval/energy/machine.hpp"

namespace heddle::eval {
namespace {

nlohmann::ordered_json graded(const Range& range) { return Graded{range, Grade::kModelled}; }

}  // namespace

nlohmann::ordered_json run_energy(CounterValues counters, const isa::Config& config, double node,
                                  std::uint64_t tokens) {
  if (counters[isa::kCounter_cycles] == 0) return nullptr;
  const MachineEnergy joules = energy(machine_of(config, "", node), activity_of(counters, config));
  const Range all = joules.dram ? joules.board() : joules.core();
  nlohmann::ordered_json out = {{"node_nm", node},
                                {"boundary", name(joules.dram ? Boundary::kBoard : Boundary::kCore)},
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
  for (const double other : technology_nodes()) {
    const MachineEnergy there = energy(machine_of(config, "", other), activity_of(counters, config));
    out["by_node_nm"][fmt::format("{:g}", other)] = joules.dram ? there.board() : there.core();
  }
  return out;
}

std::string run_energy_text(CounterValues counters, const isa::Config& config, double node,
                            std::uint64_t tokens) {
  if (counters[isa::kCounter_cycles] == 0) return {};
  const MachineEnergy joules = energy(machine_of(config, "", node), activity_of(counters, config));
  const Range all = joules.dram ? joules.board() : joules.core();
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
  return out + "\n";
}

}  // namespace heddle::eval
