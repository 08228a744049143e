#include <gtest/gtest.h>

#include "isa/config_file.hpp"

namespace heddle::isa {
namespace {

std::string message_of(const std::string& json) {
  try {
    config_from_json(json, "my.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(ConfigFile, PinnedConfigurationsLoadAndRoundTrip) {
  for (const std::string& name : pinned_config_names()) {
    const Config config = load_config(name).config;
    EXPECT_EQ(config_hash(config), config_hash(config_from_json(config_to_json(config), name))) << name;
    // Lesson 1: the weight port delivers at least 1.25 times the bus.
    EXPECT_GE(4 * config.w_word_bytes(), 5 * config.bus_bytes) << name;
  }
}

TEST(ConfigFile, ArrayAloneIsEnough) {
  const Config config =
      config_from_json(R"({"rows": 8, "columns": 32, "lanes": 8, "bus_bytes": 32})", "rect");
  EXPECT_EQ(config.weight_rows, 2u);
  EXPECT_EQ(config.row_groups(), 4u);
}

TEST(ConfigFile, RefusalsNameFileAndField) {
  EXPECT_NE(message_of("{").find("my.json: not JSON"), std::string::npos);
  EXPECT_NE(message_of("[1]").find("must be a JSON object"), std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 8, "columns": 8, "lanes": 8})").find("'bus_bytes' is missing"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 9, "columns": 16, "lanes": 8, "bus_bytes": 16})")
                .find("'rows' must be a power of two"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": -8, "columns": 16, "lanes": 8, "bus_bytes": 16})").find("'rows'"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 32, "columns": 16, "lanes": 8, "bus_bytes": 16})")
                .find("'rows' must not exceed"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 8, "columns": 16, "lanes": 32, "bus_bytes": 16})").find("'lanes'"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 8, "columns": 16, "lanes": 8, "bus_bytes": 16, "colour": 3})")
                .find("unknown field 'colour'"),
            std::string::npos);
  EXPECT_NE(message_of(R"({"rows": 8, "columns": 16, "lanes": 8, "bus_bytes": 16, "v_bytes": 100})")
                .find("'v_bytes'"),
            std::string::npos);
  EXPECT_NE(
      message_of(R"({"rows": 8, "columns": 16, "lanes": 8, "bus_bytes": 16, "memory": 5})").find("'memory'"),
      std::string::npos);
}

TEST(ConfigFile, BoardsNameThePartsThatTheyLack) {
  for (const std::string& name : board_config_names()) {
    const NamedConfig board = load_config(name);
    EXPECT_EQ(config_hash(board.config), config_hash(config_from_json(config_to_json(board.config), name)));
    if (board.config.parts == kAllParts) continue;
    Config complete = board.config;
    complete.parts = kAllParts;
    EXPECT_NE(config_hash(board.config), config_hash(complete));
    EXPECT_THROW(require_all_parts(board.config, "a test"), std::runtime_error);
  }
  EXPECT_NO_THROW(require_all_parts(load_config("tiny").config, "a test"));
  const std::string start = R"({"rows": 8, "columns": 16, "bus_bytes": 16, "lanes": )";
  EXPECT_NE(message_of(start + R"(8, "without": ["sound"]})").find("known are float"), std::string::npos);
  EXPECT_NE(message_of(start + R"(8, "without": ["float"]})").find("0 without the float unit"),
            std::string::npos);
  EXPECT_NE(message_of(start + R"(0})").find("'lanes'"), std::string::npos);
}

TEST(ConfigFile, UnknownNameListsThePinnedOnes) {
  try {
    load_config("huge");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("tiny, edge, core, server"), std::string::npos);
  }
}

TEST(Config, BurstsStayWithinAPageOfTheirPort) {
  const auto beats = [](std::uint32_t bus_bytes, std::uint32_t ports) {
    Config config;
    config.bus_bytes = bus_bytes;
    config.axi_ports = ports;
    return config.dma_burst_beats();
  };
  EXPECT_EQ(beats(4, 1), 256u);
  EXPECT_EQ(beats(64, 1), 64u);
  EXPECT_EQ(beats(16, 1), 256u);
  EXPECT_EQ(beats(128, 1), 32u);
  EXPECT_EQ(beats(256, 4), 64u);
  EXPECT_EQ(beats(512, 4), 32u);
}

TEST(ConfigHash, CoversStructureNotTime) {
  Config a, b;
  b.clock_mhz = 100;
  b.memory_bytes = 1 << 20;
  EXPECT_EQ(config_hash(a), config_hash(b));
  b.lanes = 8;
  EXPECT_NE(config_hash(a), config_hash(b));
}

}  // namespace
}  // namespace heddle::isa
