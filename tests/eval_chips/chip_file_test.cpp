// Chip files: what is read, in which units, and what is refused.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

Json mine() {
  return Json::parse(R"({
    "name": "Mine", "aliases": ["M"], "vendor": "Me", "country": "US", "year": 2024, "class": "asic",
    "sources": {"sheet": "my data sheet"},
    "process": {"value": 7, "unit": "nm", "source": "sheet", "confidence": "verified"},
    "peaks": {
      "bf16": {"value": 100, "low": 90, "high": 110, "unit": "TFLOPS", "source": "sheet", "confidence": "partly"},
      "fp8": "none", "int8": null
    },
    "memory": {"type": "HBM3",
      "capacity": {"value": 64, "unit": "GiB", "source": "sheet", "confidence": "verified"},
      "bandwidth": {"value": 2.5, "unit": "TB/s", "source": "sheet", "confidence": "verified"}},
    "sram": {"value": 32, "unit": "MiB", "source": "sheet", "confidence": "verified"},
    "link": {"value": 400, "unit": "GB/s", "direction": "bidirectional", "source": "sheet", "confidence": "verified"},
    "power": {"value": 300, "unit": "W", "boundary": "board", "source": "sheet", "confidence": "recalled"},
    "die": {"value": 600, "unit": "mm2", "source": "sheet", "confidence": "verified"},
    "prices": [{"value": 80000, "currency": "USD", "date": "2024-05", "quantity": 8, "source": "sheet", "confidence": "verified"}],
    "notes": ["a note"]
  })");
}

std::string refusal(const std::function<void(Json&)>& change) {
  Json json = mine();
  change(json);
  try {
    chip_from_json(json.dump(), "mine.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(ChipFile, FiguresInBaseUnits) {
  const Chip chip = chip_from_json(mine().dump(), "mine.json");
  EXPECT_EQ(chip.chip_class, ChipClass::kAsic);
  const Figure& bf16 = chip.need_peak(Format::kBf16);
  EXPECT_DOUBLE_EQ(bf16.range.low, 90e12);
  EXPECT_DOUBLE_EQ(bf16.range.high, 110e12);
  EXPECT_EQ(bf16.source, "my data sheet");
  EXPECT_EQ(bf16.confidence, Confidence::kPartly);
  EXPECT_DOUBLE_EQ(chip.need_bandwidth().range.value, 2.5e12);
  EXPECT_DOUBLE_EQ(chip.need_capacity().range.value, 64.0 * (1ull << 30));
  EXPECT_DOUBLE_EQ(chip.link->bytes_per_s_each_way().value, 200e9);
  EXPECT_EQ(chip.power->boundary, PowerBoundary::kBoard);
  EXPECT_DOUBLE_EQ(chip.prices.at(0).each().value, 10000);
  EXPECT_EQ(confidence(chip), Confidence::kPartly);
}

TEST(ChipFile, LackingAndUnknownFormatsDiffer) {
  const Chip chip = chip_from_json(mine().dump(), "mine.json");
  const auto message = [&](Format format) -> std::string {
    try {
      chip.need_peak(format);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message(Format::kFp8), "Mine lacks fp8; it has bf16");
  EXPECT_EQ(message(Format::kInt8),
            "Mine: its peak in int8 is not known; supply it as 'peaks.int8' in a chip file of your own "
            "(mine.json)");
  EXPECT_EQ(chip.peak(Format::kFp32).state, Peak::State::kUnknown);  // left out
}

TEST(ChipFile, UnstatedLinkDirectionIsARange) {
  Json json = mine();
  json["link"]["direction"] = "unstated";
  const Range each = chip_from_json(json.dump(), "mine.json").link->bytes_per_s_each_way();
  EXPECT_DOUBLE_EQ(each.low, 200e9);
  EXPECT_DOUBLE_EQ(each.high, 400e9);
}

TEST(ChipFile, UnknownFiguresMayBeLeftOut) {
  EXPECT_EQ(refusal([](Json& json) {
              for (const char* key : {"aliases", "country", "year", "process", "sram", "link", "power", "die",
                                      "prices", "notes"})
                json.erase(key);
              json["memory"] = {{"type", "none"}};
              json["peaks"] = Json::object();
            }),
            "");
  EXPECT_EQ(refusal([](Json& json) { json["power"] = nullptr; }), "");
}

TEST(ChipFile, RefusalsNameFileAndField) {
  EXPECT_EQ(refusal([](Json& json) {
              json["speed"] = 1;
            }).rfind("mine.json: field 'speed' is not known; known are name, ", 0),
            0u);
  EXPECT_EQ(refusal([](Json& json) { json["memory"]["bandwith"] = 1; }),
            "mine.json: field 'memory.bandwith' is not known; known are type, capacity, bandwidth");
  EXPECT_EQ(refusal([](Json& json) { json.erase("vendor"); }), "mine.json: field 'vendor' is missing");
  EXPECT_EQ(refusal([](Json& json) { json["memory"]["bandwidth"]["value"] = "fast"; }),
            "mine.json: field 'memory.bandwidth.value' must be of type number, not string");
  EXPECT_EQ(refusal([](Json& json) { json["memory"]["bandwidth"] = 2500; }),
            "mine.json: field 'memory.bandwidth' must be of type object or null, not number");
  EXPECT_EQ(refusal([](Json& json) { json["memory"]["bandwidth"]["unit"] = "TFLOPS"; }),
            R"(mine.json: field 'memory.bandwidth.unit' is "TFLOPS"; must be "MB/s" or "GB/s" or "TB/s")");
  EXPECT_EQ(refusal([](Json& json) { json["prices"][0]["value"] = -1; }),
            "mine.json: field 'prices[0].value' is -1; must be at least 0");
  EXPECT_EQ(refusal([](Json& json) { json["prices"][0].erase("date"); }),
            "mine.json: field 'prices[0].date' is missing");
  EXPECT_EQ(refusal([](Json& json) { json["prices"][0]["currency"] = "$"; }),
            "mine.json: field 'prices[0].currency' is '$'; must match ^[A-Z][A-Z][A-Z]$");
  EXPECT_EQ(refusal([](Json& json) { json["peaks"]["bf16"]["low"] = 120; }),
            "mine.json: field 'peaks.bf16.low' is 120, above high, 110");
  EXPECT_EQ(refusal([](Json& json) { json["peaks"]["bf16"]["value"] = 80; }),
            "mine.json: field 'peaks.bf16.value' is 80, outside of low to high, 90 to 110");
  EXPECT_EQ(refusal([](Json& json) { json["peaks"]["bf16"]["value"] = 0; }),
            "mine.json: field 'peaks.bf16.value' is 0; must be more than 0");
  EXPECT_EQ(refusal([](Json& json) { json["peaks"]["fp8"] = "lacks"; }),
            R"(mine.json: field 'peaks.fp8' must be of type object or null or "none", not "lacks")");
  EXPECT_EQ(refusal([](Json& json) {
              json["peaks"]["fp4"] = nullptr;
            }).rfind("mine.json: field 'peaks.fp4' is not known", 0),
            0u);
  EXPECT_EQ(refusal([](Json& json) { json["die"].erase("source"); }),
            "mine.json: field 'die.source' is missing");
  EXPECT_EQ(refusal([](Json& json) { json["die"]["source"] = "rumour"; }),
            "mine.json: field 'die.source' is 'rumour', which 'sources' does not list");
  EXPECT_EQ(refusal([](Json& json) { json["die"]["confidence"] = "sure"; }),
            R"(mine.json: field 'die.confidence' is "sure"; must be "verified" or "partly" or "recalled")");
  EXPECT_EQ(refusal([](Json& json) { json["class"] = "heddle"; }),
            R"(mine.json: field 'class' is "heddle"; must be "gpu" or "asic" or "cpu" or "fpga")");
  EXPECT_EQ(refusal([](Json& json) { json = Json::array(); }),
            "mine.json: must be of type object, not array");
}

TEST(ChipFile, OfTheUserByPath) {
  test::TemporaryDirectory directory;
  test::write_file(directory.file("mine.json"), mine().dump());
  EXPECT_EQ(load_chip(directory.file("mine.json")).name, "Mine");
  test::write_file(directory.file("broken.json"), "{\"name\": ");
  EXPECT_THROW(load_chip(directory.file("broken.json")), std::runtime_error);
  EXPECT_THROW(load_chip(directory.file("absent.json")), std::runtime_error);
}

TEST(ChipFile, JsonOutCarriesEverySource) {
  const Json json = chip_to_json(chip_from_json(mine().dump(), "mine.json"));
  EXPECT_EQ(json["peaks"]["fp8"], "none");
  EXPECT_TRUE(json["peaks"]["int8"].is_null());
  EXPECT_EQ(json["peaks"]["bf16"]["source"], "my data sheet");
  EXPECT_EQ(json["memory"]["bandwidth"]["unit"], "B/s");
  EXPECT_EQ(json["link"]["each_way"]["value"], 200e9);
  EXPECT_EQ(json["prices"][0]["currency"], "USD");
  EXPECT_EQ(json["power"]["boundary"], "board");
}

}  // namespace
}  // namespace heddle::eval
