#include "runtime/drivers/xrt/hwmon.hpp"

#include <filesystem>
#include <fstream>

namespace heddle::runtime {

std::optional<double> hwmon_watts(const std::string& sensors) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(sensors, error)) {
    std::string name;
    std::ifstream(entry.path() / "name") >> name;
    // The chip, then its place on the board: "ina260_u14", "ina226_u183". Other computers have other sensors.
    if (!name.starts_with("ina260") && !name.starts_with("ina226")) continue;
    double microwatts = 0;
    if (std::ifstream(entry.path() / "power1_input") >> microwatts && microwatts > 0) return microwatts / 1e6;
  }
  return std::nullopt;
}

}  // namespace heddle::runtime
