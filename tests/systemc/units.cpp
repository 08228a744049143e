#include "tests/systemc/units.hpp"

#include "sim/fast/units.hpp"
#include "sim/library/build.hpp"

namespace heddle::tests {

sim::systemc::Compute golden_units(const isa::NamedConfig& config) {
  static sim::fast::Units units(sim::device_library(config, sim::Design::kHls), config);
  return sim::systemc::compute_with(units);
}

}  // namespace heddle::tests
