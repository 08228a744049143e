// Energy per operation, access and bit, and area per gate and bit, of a process node.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/common/range.hpp"

namespace heddle::eval {

/// One node. Energies in joules, areas in mm2.
struct Technology {
  double node = 7;  // nm
  Range int8_mac;   // an 8-bit product and its 32-bit addition
  Range fp32_mul, fp32_add;
  Range instruction;
  Range gate, bitcell;    // of a NAND2 equivalent; of a bit's six transistors
  Range dynamic_over_45;  // of logic, for scaling others' figures
  /// Joules to read or write a byte of an on-chip memory of `bytes`, which are clamped to 8 KiB and 1 MiB:
  /// larger memories are banks of 1 MiB.
  Range sram_byte(double bytes) const;

 private:
  friend Technology technology(double node);
  std::vector<double> sram_bytes_, sram_joules_;  // of 64 bits
  Range law_ = 1.0;
};

/// 45, 28, 22, 16, 12, 7, 5 or 4 nm, from eval/energy/technology.json. Throws std::runtime_error for others.
Technology technology(double node);
const std::vector<double>& technology_nodes();

/// What does not depend on the node.
struct CommonTechnology {
  Range sram_array_efficiency, placement, gate_equivalents, flip_flop_equivalents, arithmetic_overhead;
  Range sram_wide_row;  // joules a byte of a wide row over those of a 64-bit access
  Range static_share_at_full_load, regulator_efficiency, supply_efficiency, link_joules_per_bit;
};
const CommonTechnology& common_technology();

/// Joules a bit of the DRAM and the PHY, by the memory's type ("HBM2", "LPDDR4-3200 x32"); empty for "ideal",
/// "none" and types without a figure.
std::optional<Range> dram_joules_per_bit(const std::string& memory);
/// mm2 of the PHY for a bandwidth in bytes/s; empty likewise.
std::optional<Range> phy_area(const std::string& memory, double bytes_per_s);

/// One sentence a figure, for reports: what, value, source.
struct TechnologyFigure {
  std::string what, value, source;
};
std::vector<TechnologyFigure> technology_figures();

}  // namespace heddle::eval
