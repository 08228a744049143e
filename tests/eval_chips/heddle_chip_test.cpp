// Our configurations as chips.
#include "eval/chips/heddle_chip.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

TEST(HeddleChip, DerivedFromTheConfiguration) {
  const Chip edge = load_chip("edge");
  EXPECT_DOUBLE_EQ(edge.need_peak(Format::kInt8).range.value, 2 * 16 * 16 * 0.8e9);
  EXPECT_DOUBLE_EQ(edge.need_bandwidth().range.value, 12.8e9);
  EXPECT_DOUBLE_EQ(load_chip("core").need_bandwidth().range.value, 51.2e9);
  EXPECT_DOUBLE_EQ(load_chip("server").need_bandwidth().range.value, 256e9);
  EXPECT_DOUBLE_EQ(load_chip("tiny").need_bandwidth().range.value, 8 * 0.5e9);  // ideal memory: the bus
  EXPECT_DOUBLE_EQ(edge.sram->range.value, isa::load_config("edge").config.on_chip_bytes());
  EXPECT_FALSE(edge.weight_only);
}

TEST(HeddleChip, TheNarrowerOfBusAndPinsLimits) {
  isa::NamedConfig named = isa::load_config("edge");
  named.config.bus_bytes = 8;
  EXPECT_DOUBLE_EQ(heddle_chip(named, "f").need_bandwidth().range.value, 6.4e9);
  named.config.bus_bytes = 64;
  EXPECT_DOUBLE_EQ(heddle_chip(named, "f").need_bandwidth().range.value, 12.8e9);
}

TEST(HeddleChip, MemoriesByName) {
  EXPECT_FALSE(memory_bandwidth("ideal"));
  EXPECT_DOUBLE_EQ(*memory_bandwidth("LPDDR4-3200 x32"), 12.8e9);
  EXPECT_DOUBLE_EQ(*memory_bandwidth("DDR4-2400 x64"), 19.2e9);
  EXPECT_DOUBLE_EQ(*memory_bandwidth("LPDDR5-6400 x64"), 51.2e9);  // no simulator has it
  EXPECT_DOUBLE_EQ(*memory_bandwidth("HBM2"), 256e9);
  // What simulators take beside these: a preset as it is, and how it is refreshed.
  EXPECT_DOUBLE_EQ(*memory_bandwidth("DDR4-2400"), 19.2e9);
  EXPECT_DOUBLE_EQ(*memory_bandwidth("LPDDR4-3200 x32 REFab"), 12.8e9);
  EXPECT_DOUBLE_EQ(*memory_bandwidth("HBM2 noREF"), 256e9);
  EXPECT_THROW(memory_bandwidth("core rope"), std::runtime_error);
  isa::NamedConfig named = isa::load_config("edge");
  std::strcpy(named.config.memory, "core rope");
  try {
    heddle_chip(named, "mine.json");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("mine.json: field 'memory': memory 'core rope' is none of", 0),
              0u);
  }
}

TEST(HeddleChip, AUsersConfigurationIsAChip) {
  test::TemporaryDirectory directory;
  test::write_file(
      directory.file("wide.json"),
      R"({"rows": 16, "columns": 32, "lanes": 16, "bus_bytes": 32, "clock_mhz": 1000, "memory": "HBM2"})");
  const Chip chip = load_chip(directory.file("wide.json"));
  EXPECT_EQ(chip.name, "wide");
  EXPECT_DOUBLE_EQ(chip.need_peak(Format::kInt8).range.value, 2 * 16 * 32 * 1e9);
  EXPECT_DOUBLE_EQ(chip.need_bandwidth().range.value, 32e9);
  EXPECT_THROW(chip.need_peak(Format::kBf16), std::runtime_error);
}

}  // namespace
}  // namespace heddle::eval
