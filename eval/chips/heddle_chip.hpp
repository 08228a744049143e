// Our own machine as a chip: derived from its configuration, never stated twice.
#pragma once
#include "eval/chips/chip.hpp"
#include "isa/config_file.hpp"

namespace heddle::eval {

/// Peak: rows x columns multiply-adds a cycle, in int8 and in nothing else. Bandwidth: the lesser of the
/// memory's pins and the bus. Power, area and price are not known from a configuration.
/// Throws std::runtime_error naming the configuration when its memory is none that is known.
Chip heddle_chip(const isa::NamedConfig& named, const std::string& file);

/// Bytes/s at the pins of a memory named as in configurations: a DDR or LPDDR by its transfers a second and
/// width in bits ("LPDDR4-3200 x32", JESD209-4), or whatever the simulators take (sim/dram/timing_file.hpp).
/// Empty for "ideal", which follows the bus. Throws std::runtime_error for any other.
std::optional<double> memory_bandwidth(const std::string& memory);

}  // namespace heddle::eval
