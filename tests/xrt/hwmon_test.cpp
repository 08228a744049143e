// The board's power from Linux's sensors, on a made-up listing of them.
#include "runtime/drivers/xrt/hwmon.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heddle::runtime {
namespace {

TEST(Hwmon, TakesTheSensorAtTheBoardsSupply) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "heddle-hwmon";
  std::filesystem::remove_all(folder);
  EXPECT_EQ(hwmon_watts(folder.string()), std::nullopt);
  const auto sensor = [&](const std::string& place, const std::string& name, const std::string& power) {
    std::filesystem::create_directories(folder / place);
    std::ofstream(folder / place / "name") << name << "\n";
    if (!power.empty()) std::ofstream(folder / place / "power1_input") << power << "\n";
  };
  sensor("hwmon0", "coretemp", "9000000");
  EXPECT_EQ(hwmon_watts(folder.string()), std::nullopt);  // a computer's own sensor is not the board
  sensor("hwmon1", "ina260_u14", "");
  EXPECT_EQ(hwmon_watts(folder.string()), std::nullopt);  // does not answer
  sensor("hwmon1", "ina260_u14", "7350000");
  EXPECT_EQ(hwmon_watts(folder.string()), 7.35);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace heddle::runtime
