// The golden model's units for tests of C++17, which cannot see the driver that loads them.
#pragma once
#include "isa/config_file.hpp"
#include "sim/systemc/compute.hpp"

namespace heddle::tests {

/// Of the configuration's device library, built if need be; open to the end of the process.
sim::systemc::Compute golden_units(const isa::NamedConfig& config);

}  // namespace heddle::tests
