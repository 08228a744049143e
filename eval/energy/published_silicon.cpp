#include "eval/energy/published_silicon.hpp"

#include "eval/common/schema.hpp"
#include "eval/energy/uncertainty.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

ArrayMachine machine_of(const Json& row) {
  ArrayMachine out;
  out.name = row.at("name");
  out.node = row.at("node");
  out.clock = row.at("clock_mhz").get<double>() * 1e6;
  out.macs_per_cycle = row.at("macs_per_cycle");
  out.lanes = row.at("lanes");
  out.sram_bytes = row.at("sram_bytes");
  for (const Json& port : row.at("ports")) out.ports.push_back({Range(port.at(0).get<double>()), port.at(1)});
  out.memory = "none";
  // Cells of the array alone, as our own are made: what is beside them differs from chip to chip.
  const isa::Config ours;
  const ArrayMachine unit = eval::machine_of(ours, "", out.node);
  isa::Config twice;
  twice.rows *= 2;
  const double cells = static_cast<double>(ours.rows) * ours.columns;
  const ArrayMachine two = eval::machine_of(twice, "", out.node);
  out.logic_gates = (two.logic_gates - unit.logic_gates) / cells * out.macs_per_cycle;
  out.flip_flops = (two.flip_flops - unit.flip_flops) / cells * out.macs_per_cycle;
  if (row.contains("units_lanes")) add_units(&out, row.at("units_lanes"));
  if (row.contains("other_equivalents")) {
    const Json& given = row.at("other_equivalents");
    out.other_logic = {given.at(0), given.at(1), given.at(2)};
  }
  out.placed = row.value("placed", true);
  return out;
}

}  // namespace

std::vector<SiliconCheck> silicon_checks() {
  const std::string path = (isa::data_directory() / "eval/energy/published_silicon.json").string();
  const Json json = parse_json(read_text(path), path);
  std::vector<SiliconCheck> out;
  for (const Json& row : json.at("rows")) {
    const ArrayMachine machine = machine_of(row);
    const double tops = 2 * machine.macs_per_cycle * machine.clock / 1e12;
    const Range watts = energy(machine, full_load(machine)).core();
    const Range mm2 = area(machine).total();
    const auto add = [&](const char* field, const char* what, const Range& predicted) {
      if (row.contains(field))
        out.push_back(
            {row.at("name"), what, what, row.at("source"), row.at("reason"), row.at(field), predicted});
    };
    add("tops_per_watt", "TOPS/W", Range(tops) / watts);
    add("tops_per_mm2", "TOPS/mm2", Range(tops) / mm2);
    add("mm2", "mm2", mm2);
    add("watts", "W", watts);
  }
  return out;
}

}  // namespace heddle::eval
