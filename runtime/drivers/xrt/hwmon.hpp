// The power of a board whose own processor runs this program, as Linux's sensors (hwmon) report it.
#pragma once
#include <optional>
#include <string>

namespace heddle::runtime {

/// Watts of the whole board: power1_input (microwatts) of the sensor at its supply, an INA260 (KV260) or an
/// INA226 (ZCU104). Nothing where there is none, or it does not answer. `sensors`: where the system lists
/// them.
std::optional<double> hwmon_watts(const std::string& sensors = "/sys/class/hwmon");

}  // namespace heddle::runtime
