// What every driver owes: one suite, and a list of what a driver lacks.
#pragma once
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "runtime/drivers/registry/registry.hpp"

namespace heddle::runtime {

/// One thing that a driver is tested for; returns what is wrong, or nothing.
struct Feature {
  const char* name;
  std::string (*check)(Device& device);
  bool checked = true;            // through the validation layer
  std::uint64_t cycle_limit = 0;  // of the device
};
const std::vector<Feature>& features();

/// Ending of a driver's name: through the Xilinx Runtime, emulated by the hls instead of the rtl.
constexpr const char* kEmulatedHls = "_hls";

/// Beginning of a driver's name: a SystemC platform with this model of the accelerator.
constexpr const char* kPlatform = "systemc_";

struct Case {
  std::string driver;
  Feature feature;
};
inline void PrintTo(const Case& c, std::ostream* out) { *out << c.driver << "/" << c.feature.name; }
/// All features on these drivers.
std::vector<Case> cases(const std::vector<std::string>& drivers);
/// Opens the device, runs the check, and compares with the list of what the driver lacks.
void run_case(const Case& c);

}  // namespace heddle::runtime
