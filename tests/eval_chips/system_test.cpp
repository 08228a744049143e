// Several chips together, equal or not.
#include "eval/chips/system.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

std::string refusal(const std::string& text) {
  try {
    system_from_json(text, "s.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(System, OfEqualChips) {
  const System system = load_system("H100", 8);
  EXPECT_EQ(system.name, "8x H100 SXM5");
  EXPECT_EQ(system.devices.size(), 8u);
  EXPECT_TRUE(system.uniform());
  EXPECT_DOUBLE_EQ(system.link_each_way()->value, 450e9);
  EXPECT_FALSE(load_system("M4 Max", 2).link_each_way());  // none known
  EXPECT_THROW(load_system("H100", 0), std::runtime_error);
}

TEST(System, OfUnequalChips) {
  const System system = load_system("home cluster");
  EXPECT_EQ(system.devices.size(), 4u);
  EXPECT_FALSE(system.uniform());
  EXPECT_DOUBLE_EQ(system.link_each_way()->value, 1.25e9);
  const std::vector<double> shares = system.memory_shares();
  const double gib = 1ull << 30;
  EXPECT_EQ(shares, (std::vector<double>{128 * gib, 24 * gib, 24 * gib, 24 * gib}));
  EXPECT_EQ(load_system("home cluster", 4).devices.size(), 4u);
  EXPECT_THROW(load_system("home cluster", 3), std::runtime_error);
}

TEST(System, AllThatComeWithHeddleAreRead) {
  EXPECT_GE(all_systems().size(), 2u);
  EXPECT_TRUE(load_system("8x m4 pro mini").uniform());
}

TEST(System, OfTheUserByFile) {
  test::TemporaryDirectory directory;
  test::write_file(directory.file("two.json"),
                   R"({"name": "two", "sources": {}, "devices": [{"chip": "A100"}, {"chip": "H100"}]})");
  const System system = load_system(directory.file("two.json"));
  EXPECT_DOUBLE_EQ(system.link_each_way()->value, 300e9);  // the slower of the two
  EXPECT_FALSE(system.uniform());
}

TEST(System, Refusals) {
  EXPECT_EQ(refusal(R"({"name": "x", "sources": {}, "devices": []})"),
            "s.json: field 'devices' must have at least 1 entries");
  EXPECT_EQ(refusal(R"({"name": "x", "sources": {}, "devices": [{"chip": "A100", "count": 0}]})"),
            "s.json: field 'devices[0].count' is 0; must be at least 1");
  EXPECT_EQ(refusal(R"({"name": "x", "sources": {}, "devices": [{"chip": "Z9"}]})")
                .rfind("s.json: field 'devices[0].chip': chip 'Z9' is not known", 0),
            0u);
  EXPECT_EQ(refusal(R"({"name": "x", "sources": {}, "devices": [{"chip": "A100"}],
                        "link": {"value": 1, "unit": "GB/s", "direction": "unstated", "source": "s", "confidence": "partly"}})"),
            "s.json: field 'link.source' is 's', which 'sources' does not list");
}

}  // namespace
}  // namespace heddle::eval
