#include "tests/systemc/units.hpp"

#include "runtime/drivers/fast/units.hpp"
#include "sim/library/build.hpp"

namespace heddle::tests {

sim::systemc::Compute golden_units(const isa::NamedConfig& config) {
  static runtime::Units units(sim::device_library(config, sim::Design::kHls), config);
  return units.compute();
}

}  // namespace heddle::tests
