// heddle chips: the table, one chip, filters, JSON, refusals.
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ChipsCommand, ListsAll) {
  const Folder folder;
  const Outcome outcome = heddle({"chips", "--json", folder.file("chips.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "RTX 4090"));
  EXPECT_TRUE(holds(outcome.out, "server"));
  const auto chips = read_json(folder.file("chips.json")).at("chips");
  EXPECT_GE(chips.size(), 47u);
  for (const auto& chip : chips) {
    EXPECT_FALSE(chip.at("name").get<std::string>().empty());
    for (const auto& [format, peak] : chip.at("peaks").items()) {
      if (!peak.is_object()) continue;
      EXPECT_FALSE(peak.at("source").get<std::string>().empty()) << chip.at("name") << format;
    }
  }
}

TEST(ChipsCommand, Filters) {
  const Outcome outcome = heddle({"chips", "--class", "gpu", "--country", "CN"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(holds(outcome.out, "BR100"));
  EXPECT_FALSE(holds(outcome.out, "H100"));
  EXPECT_FALSE(holds(outcome.out, "Ascend"));
  EXPECT_EQ(heddle({"chips", "--class", "toaster"}).status, 2);
  const Outcome none = heddle({"chips", "--class", "cpu", "--country", "CN"});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.err, "heddle: error: no chip has class cpu and country CN\n");
}

TEST(ChipsCommand, ShowsOneWithSources) {
  const Folder folder;
  const Outcome outcome = heddle({"chips", "br100", "--json", folder.file("one.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.out, "1.638 (1.638-2.3) TB/s [verified: "));
  EXPECT_TRUE(holds(outcome.out, "price             not known"));
  EXPECT_EQ(read_json(folder.file("one.json")).at("name"), "BR100");
  const Outcome ours = heddle({"chips", "edge"});
  EXPECT_TRUE(holds(ours.out, "16 x 16 multiply-adds a cycle at 800 MHz"));
  EXPECT_TRUE(holds(ours.out, "peak bf16         the chip lacks it"));
}

TEST(ChipsCommand, ChecksAFileOfTheUser) {
  const Folder folder;
  write(folder.file("mine.json"),
        R"({"name": "M", "vendor": "V", "class": "asic", "sources": {"s": "sheet"}, "peaks": {},
      "memory": {"type": "none"}, "prices": [{"value": -5, "currency": "USD", "date": "2024", "source": "s", "confidence": "partly"}]})");
  const Outcome outcome = heddle({"chips", folder.file("mine.json"), "--json", folder.file("out.json")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "heddle: error: " + folder.file("mine.json") +
                             ": field 'prices[0].value' is -5; must be at least 0\n");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"mine.json"});  // nothing half-written
}

TEST(ChipsCommand, UnknownName) {
  const Outcome outcome = heddle({"chips", "H1000"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(holds(outcome.err, "chip 'H1000' is not known; near it are H100 SXM5"));
}

}  // namespace
}  // namespace heddle::cli_test
