// Presets, users' files, and what is refused.
#include "sim/dram/timing_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "isa/config_file.hpp"
#include "isa/data_directory.hpp"

namespace heddle::sim::dram {
namespace {

using Json = nlohmann::json;

Json preset(const std::string& name) {
  std::ifstream in(isa::data_directory() / "sim" / "dram" / "presets" / (name + ".json"));
  return Json::parse(in);
}

// The message with which `text` is refused as file "mine.json".
std::string refusal(const Json& json) {
  try {
    timing_from_json(json.dump(), "mine.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

std::string refused_name(const std::string& specification) {
  try {
    load_timing(specification);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Presets, HaveTheRatesOfTheirNames) {
  EXPECT_DOUBLE_EQ(load_timing("DDR4-2400").timing.bytes_per_second(), 19.2e9);
  EXPECT_DOUBLE_EQ(load_timing("LPDDR4-3200").timing.bytes_per_second(), 12.8e9);
  EXPECT_DOUBLE_EQ(load_timing("LPDDR4-3200 x32").timing.bytes_per_second(), 12.8e9);
  EXPECT_DOUBLE_EQ(load_timing("LPDDR4-3200 x128").timing.bytes_per_second(), 51.2e9);
  EXPECT_DOUBLE_EQ(load_timing("HBM2").timing.bytes_per_second(), 256e9);
  EXPECT_EQ(load_timing("ideal").timing.ideal, 1u);
}

TEST(Presets, EveryValueNamesItsSource) {
  for (const std::string& name : preset_names()) {
    const Json json = preset(name);
    EXPECT_FALSE(json.at("name").get<std::string>().empty());
    for (const auto& [field, entry] : json.at("parameters").items())
      EXPECT_FALSE(entry.at("source").get<std::string>().empty()) << name << " " << field;
  }
}

TEST(Presets, CoverTheNamedConfigurations) {
  for (const std::string& name : isa::pinned_config_names()) {
    const isa::Config config = isa::load_config(name).config;
    const Timing timing = load_timing(config.memory).timing;
    if (timing.ideal != 0) continue;
    // The bus takes what the pins deliver, no more and no less.
    EXPECT_DOUBLE_EQ(timing.bytes_per_second(), config.bus_bytes * (config.clock_mhz * 1e6)) << name;
  }
}

TEST(Specification, ChangesWidthAndRefresh) {
  EXPECT_EQ(load_timing("LPDDR4-3200 x128").timing.channels, 8u);
  EXPECT_EQ(load_timing("LPDDR4-3200").timing.refresh, Refresh::kPerBank);
  EXPECT_EQ(load_timing("LPDDR4-3200 REFab").timing.refresh, Refresh::kAllBank);
  EXPECT_EQ(load_timing("DDR4-2400").timing.refresh, Refresh::kAllBank);
  const Timing both = load_timing("HBM2 x256 noREF").timing;
  EXPECT_EQ(both.channels, 4u);
  EXPECT_EQ(both.refresh, Refresh::kNone);
  EXPECT_EQ(load_timing("HBM2 noREF x256").timing.channels, 4u);
}

TEST(Specification, IsRefusedByName) {
  EXPECT_NE(refused_name("GDDR6").find("'GDDR6' is neither one of ideal, DDR4-2400"), std::string::npos);
  EXPECT_NE(refused_name("HBM2 x").find("'HBM2 x' is neither"), std::string::npos);
  EXPECT_NE(refused_name("").find("neither"), std::string::npos);
  EXPECT_NE(refused_name("HBM2 x100").find("field 'width' is 100"), std::string::npos);
  EXPECT_NE(refused_name("HBM2 x0").find("field 'width' is 0"), std::string::npos);
  EXPECT_NE(refused_name("LPDDR4-3200 x48").find("field 'width' must be a power of two"), std::string::npos);
  EXPECT_NE(refused_name("DDR4-2400 REFpb").find("field 'tRFCpb' is 0"), std::string::npos);
  EXPECT_NE(refused_name("ideal x64").find("an ideal memory has neither width nor refresh"),
            std::string::npos);
}

TEST(UserFile, IsLoadedByItsPathAlsoWithBlanks) {
  const auto folder = std::filesystem::temp_directory_path() / "heddle dram test";
  std::filesystem::create_directories(folder);
  const auto path = folder / "my memory.json";
  Json json = preset("LPDDR4-3200");
  json["parameters"]["tRCD"] = 33;  // bare numbers will do
  std::ofstream(path) << json;
  EXPECT_EQ(load_timing(path.string()).timing.tRCD, 33u);
  EXPECT_EQ(load_timing(path.string() + " x64 REFab").timing.channels, 4u);
  std::filesystem::remove_all(folder);
}

TEST(UserFile, IsRefusedByFileAndField) {
  EXPECT_NE(refusal(Json::array()).find("mine.json: field 'parameters' must be"), std::string::npos);
  EXPECT_THROW(timing_from_json("{", "mine.json"), std::runtime_error);
  const Json good = preset("LPDDR4-3200");
  ASSERT_EQ(refusal(good), "accepted");
  const auto with = [&](const char* field, const Json& value) {
    Json json = good;
    json["parameters"][field] = value;
    return refusal(json);
  };
  const auto without = [&](const char* field) {
    Json json = good;
    json["parameters"].erase(field);
    return refusal(json);
  };
  for (const char* field : {"clock_mhz", "width", "tRCD", "refresh", "tREFI"})
    EXPECT_EQ(without(field), std::string("mine.json: field '") + field + "' is missing");
  EXPECT_NE(with("tRDC", 1).find("mine.json: unknown field 'tRDC'; known are"), std::string::npos);
  EXPECT_NE(with("tRCD", -1).find("field 'tRCD' must be an integer"), std::string::npos);
  EXPECT_NE(with("tRCD", 1.5).find("field 'tRCD' must be an integer"), std::string::npos);
  EXPECT_NE(with("tRCD", "18 ns").find("field 'tRCD' must be an integer"), std::string::npos);
  EXPECT_NE(with("tRCD", 0).find("field 'tRCD' must be at least 1"), std::string::npos);
  EXPECT_NE(with("refresh", "sometimes").find("field 'refresh' must be"), std::string::npos);
  EXPECT_NE(with("row_bytes", 3000).find("field 'row_bytes' must be a power of two"), std::string::npos);
  EXPECT_NE(with("row_bytes", 16).find("at least one burst"), std::string::npos);
  EXPECT_NE(with("interleave_bytes", 16).find("field 'interleave_bytes'"), std::string::npos);
  EXPECT_NE(with("banks_per_group", 128).find("at most 64 banks"), std::string::npos);
  EXPECT_NE(with("queue_depth", 0).find("field 'queue_depth'"), std::string::npos);
  EXPECT_NE(with("tCCD_S", 7).find("bursts would overlap"), std::string::npos);
  EXPECT_NE(with("tRTW", 20).find("data would overlap"), std::string::npos);
  EXPECT_NE(with("tRC", 96).find("field 'tRC' must be at least tRAS + tRP"), std::string::npos);
  EXPECT_NE(with("tREFIpb", 240).find("field 'tREFIpb' leaves no time"), std::string::npos);
  EXPECT_NE(with("tRREFD", 0).find("field 'tRREFD'"), std::string::npos);
}

TEST(UserFile, AnIdealOneHasNothingElse) {
  Json json = preset("ideal");
  json["parameters"]["tRCD"] = 1;
  EXPECT_NE(refusal(json).find("unknown field 'tRCD'"), std::string::npos);
  json = preset("ideal");
  json["parameters"]["latency"] = 0;
  EXPECT_NE(refusal(json).find("field 'latency' must be at least 1"), std::string::npos);
}

}  // namespace
}  // namespace heddle::sim::dram
