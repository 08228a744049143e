// Energy and area of an array machine from what it did and what it is made of.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/energy/boundary.hpp"
#include "eval/energy/counted.hpp"
#include "eval/energy/technology.hpp"
#include "isa/config.hpp"
#include "isa/counters.hpp"

namespace heddle::eval {

/// A memory on the chip as a machine at full load uses it.
struct Port {
  Range bytes_per_cycle;  // read and written
  double bank_bytes = 0;  // of one memory: decides joules an access
};

/// What a machine is built of.
struct ArrayMachine {
  std::string name;
  double node = 7;            // nm
  double clock = 1e9;         // Hz
  double macs_per_cycle = 0;  // 8-bit
  double lanes = 0;           // FP32 lanes
  double sram_bytes = 0;      // on chip
  std::vector<Port> ports;
  double logic_gates = 0;  // as Yosys counts them; 0: not known
  double flip_flops = 0;
  Range other_logic = 0.0;      // NAND2 equivalents whose size is published, beside what Yosys counted
  bool placed = true;           // false: area of the cells alone, as a synthesis states it
  std::string memory;           // DRAM type; "ideal" or "none" where there is none
  double memory_bandwidth = 0;  // bytes/s
  double voltage = 1;           // over the node's nominal one; energy goes with its square
};

/// Gates and flip-flops of our machine beside its array: control, memory units and `lanes` FP32 lanes.
void add_units(ArrayMachine* machine, double lanes);

/// `copies` of a configuration side by side at a node. Gates: from Yosys's counts of `tiny` and `edge`.
/// Throws std::runtime_error for an unknown node.
ArrayMachine machine_of(const isa::Config& config, const std::string& name, double node, double copies = 1);

/// Bytes read from and written to memories of one size.
struct Access {
  Range bytes;
  double bank_bytes = 0;
};

/// What a machine did. Counts, not rates.
struct Activity {
  Range seconds;
  Range macs;                                    // of the array, padding included
  Range multiplications = 0.0, additions = 0.0;  // FP32
  std::vector<Access> sram;
  Range instructions;
  Range dram_bytes;
  Range link_bytes = 0.0;
};

/// From a device's counters. Where counters do not decide (how often a byte of W is read, how many of a
/// lane's three multipliers and adders work), a range. Throws std::runtime_error where no cycles were
/// counted.
Activity activity_of(CounterValues counters, const isa::Config& config);
/// From what was counted instruction by instruction: no ranges. A function counts as two multiplications and
/// two additions (its polynomial), a conversion as an addition. Throws likewise.
Activity activity_of(const CountedWork& work, CounterValues counters, const isa::Config& config);
/// All of the machine at work for a second: every multiplier, lane, port and the whole bandwidth.
Activity full_load(const ArrayMachine& machine);

/// Joules by part. `dram` includes the PHY.
struct MachineEnergy {
  Range array, vector, sram, control, idle;  // idle: leakage and clocks of what does not work
  std::optional<Range> dram;                 // none where the memory has no figure
  Range links, regulators;
  Range core() const { return array + vector + sram + control + idle; }
  /// Throws std::runtime_error without DRAM.
  Range board() const;
};
MachineEnergy energy(const ArrayMachine& machine, const Activity& activity);

struct MachineArea {  // mm2
  Range logic, sram, phy;
  Range total() const { return logic + sram + phy; }
};
/// Throws std::runtime_error where the gates are not known.
MachineArea area(const ArrayMachine& machine);

/// "energy" of a run: {"node_nm", "boundary", "joules", "per_token", "parts", "by_node_nm", "area_mm2"}; null
/// where no cycles were counted. Modelled, never measured. `work`: what was counted instruction by
/// instruction, or null, and then counters and their ranges serve.
nlohmann::ordered_json run_energy(CounterValues counters, const isa::Config& config, double node,
                                  std::uint64_t tokens, const CountedWork* work = nullptr);
/// The same as two lines for people; empty where no cycles were counted.
std::string run_energy_text(CounterValues counters, const isa::Config& config, double node,
                            std::uint64_t tokens, const CountedWork* work = nullptr);

/// The node that `run` and `bench` assume unless told otherwise, nm.
constexpr double kDefaultNode = 7;

}  // namespace heddle::eval
