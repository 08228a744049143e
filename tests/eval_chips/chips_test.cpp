// The chips that come with Heddle.
#include "eval/chips/chips.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "eval/common/names.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

TEST(Chips, AllAreReadAndHaveDistinctNames) {
  std::map<std::string, std::string> owner;
  const std::vector<Chip> chips = all_chips();
  EXPECT_GE(chips.size(), 43u + 4u);
  for (const Chip& chip : chips) {
    std::vector<std::string> names = chip.aliases;
    names.push_back(chip.name);
    for (const std::string& name : names) {
      const auto [entry, fresh] = owner.emplace(normal_name(name), chip.name);
      EXPECT_TRUE(fresh) << name << " is " << chip.name << " and " << entry->second;
    }
  }
}

TEST(Chips, EveryClassIsThere) {
  std::map<ChipClass, int> counts;
  for (const Chip& chip : all_chips()) ++counts[chip.chip_class];
  EXPECT_GE(counts[ChipClass::kGpu], 15);
  EXPECT_GE(counts[ChipClass::kAsic], 15);
  EXPECT_GE(counts[ChipClass::kCpu], 2);
  EXPECT_GE(counts[ChipClass::kFpga], 6);
  EXPECT_EQ(counts[ChipClass::kHeddle], 4);
}

TEST(Chips, ByNameAndAliasInAnyCase) {
  EXPECT_EQ(load_chip("a100").name, "A100 SXM 80GB");
  EXPECT_EQ(load_chip("A100 SXM 40GB").name, "A100 SXM 40GB");
  EXPECT_EQ(load_chip("H100").name, "H100 SXM5");
  EXPECT_EQ(load_chip("910b").name, "Ascend 910B");
  EXPECT_EQ(load_chip("rtx-4090").name, "RTX 4090");
  EXPECT_EQ(load_chip("edge").chip_class, ChipClass::kHeddle);
}

TEST(Chips, UnknownNamesSayWhatIsNear) {
  try {
    load_chip("H1000");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("chip 'H1000' is not known; near it are H100 SXM5"),
              std::string::npos)
        << error.what();
  }
}

TEST(Chips, DisputedFiguresAreRanges) {
  EXPECT_DOUBLE_EQ(load_chip("BR100").need_bandwidth().range.high, 2300e9);
  EXPECT_DOUBLE_EQ(load_chip("BR100").need_bandwidth().range.low, 1638e9);
  EXPECT_DOUBLE_EQ(load_chip("910B").need_peak(Format::kFp16).range.low, 256e12);
  EXPECT_FALSE(load_chip("MLU590").need_capacity().range.is_exact());
  EXPECT_DOUBLE_EQ(load_chip("TPU v4").power->watts.range.low, 170);
  EXPECT_THROW(load_chip("S60").need_peak(Format::kBf16), std::runtime_error);  // nothing published
  EXPECT_THROW(load_chip("Dojo D1").need_bandwidth(), std::runtime_error);      // no memory of its own
}

TEST(Chips, PricesAreDatedAndPositive) {
  for (const Chip& chip : all_chips()) {
    for (const Price& price : chip.prices) {
      EXPECT_GT(price.each().low, 0) << chip.name;
      EXPECT_FALSE(price.date.empty()) << chip.name;
    }
  }
  EXPECT_DOUBLE_EQ(load_chip("H200").prices.at(0).each().value, 175000);
}

// Rows of the table of facts: name, vendor, country, year, process, seven peaks, memory, ...
std::vector<std::string> split_row(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

TEST(Chips, AgreeWithTheTableOfFacts) {
  const std::string path = test::shared_path("facts/chips.csv");
  if (path.empty()) GTEST_SKIP() << "facts/chips.csv is neither in $HEDDLE_SHARED nor in ../shared";
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  int rows = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> cells = split_row(line);
    const Chip chip = load_chip(cells.at(0));
    ++rows;
    EXPECT_EQ(chip.name, cells[0]);
    EXPECT_EQ(chip.vendor, cells[1]);
    EXPECT_EQ(chip.country, cells[2]);
    EXPECT_EQ(std::to_string(chip.year.value_or(0)), cells[3]);
    const auto agree = [&](const std::string& cell, const std::optional<Figure>& figure, double unit,
                           const char* what) {
      if (cell.empty()) return;
      ASSERT_TRUE(figure) << chip.name << " " << what;
      EXPECT_DOUBLE_EQ(figure->range.value, std::stod(cell) * unit) << chip.name << " " << what;
    };
    agree(cells[4], chip.process, 1, "process");
    for (std::size_t i = 0; i < kFormats.size(); ++i) {
      const Peak& peak = chip.peak(kFormats[i]);
      agree(cells[5 + i], peak.figure, 1e12, "peak");
    }
    agree(cells[13], chip.memory.capacity, 1ull << 30, "capacity");
    agree(cells[14], chip.memory.bandwidth, 1e9, "bandwidth");
    if (chip.power && chip.power->boundary != PowerBoundary::kSystem)
      agree(cells[15], chip.power->watts, 1, "power");
    agree(cells[16], chip.sram, 1 << 20, "sram");
    agree(cells[17], chip.link ? std::optional(chip.link->bandwidth) : std::nullopt, 1e9, "link");
  }
  EXPECT_EQ(rows, 43);
}

}  // namespace
}  // namespace heddle::eval
