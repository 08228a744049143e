// Cost an hour and a million tokens, and what a price would have to be.
#include "eval/cost/cost.hpp"

#include <gtest/gtest.h>

#include "eval/chips/chips.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

std::string prices_text() {
  return test::read_file(std::string(HEDDLE_SOURCE_DIR) + "/eval/cost/prices.json");
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string error_of(const std::string& text) {
  try {
    prices_from_json(text, "p.json");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Prices, BadFilesNameFileAndField) {
  EXPECT_EQ(error_of(replaced(prices_text(), "\"pue\"", "\"pie\"")), "p.json: field 'pue' is missing");
  EXPECT_EQ(error_of(replaced(prices_text(), "\"low\": 1.1", "\"low\": 0.9")),
            "p.json: field 'pue' must lie from 1 to 10");
  EXPECT_EQ(error_of(replaced(prices_text(), "\"high\": 0.9", "\"high\": 1.9")),
            "p.json: field 'load' must lie from 0 to 1");
  EXPECT_EQ(error_of(replaced(prices_text(), "\"value\": 0.45", "\"value\": -0.45")),
            "p.json: field 'electricity_cny_per_kwh.value' is -0.45; must be above 0");
  EXPECT_EQ(error_of(replaced(prices_text(), "\"value\": 4,", "\"value\": 2,")),
            "p.json: field 'years' must have low <= value <= high");
  EXPECT_NE(error_of("{").find("p.json: not JSON"), std::string::npos);
}

TEST(Cost, AnHourByParts) {
  const Prices prices = load_prices();
  const HourlyCost hour = hourly_cost(10000.0, 2, 1000.0, prices);
  EXPECT_NEAR(hour.purchase.value, 20000 * 1.5 / (4 * 8760), 1e-9);
  EXPECT_NEAR(hour.maintenance.value, 20000 * 1.5 * 0.05 / 8760, 1e-9);
  EXPECT_NEAR(hour.electricity.value, 0.45 / 7.2 * 0.6, 1e-9);  // one kWh while busy
  EXPECT_NEAR(per_million_tokens(1.0, 1000.0, prices).value, 1e6 / (1000 * 3600 * 0.6), 1e-9);
}

TEST(Cost, BreakEvenPriceGivesTheBaselinesCost) {
  const Prices prices = load_prices();
  const Range price = break_even_price(0.5, 800.0, 2, 900.0, prices);
  const HourlyCost hour = hourly_cost(price, 2, 900.0, prices);
  EXPECT_NEAR(per_million_tokens(hour.total(), 800.0, prices).value, 0.5, 1e-12);
  EXPECT_LT(break_even_price(1e-6, 1.0, 1, 900.0, prices).value, 0);  // electricity alone costs more
}

TEST(Cost, PriceIsTheNewestWithTheRangeOfAll) {
  const auto price = unit_price(load_chip("H100"), load_prices());
  ASSERT_TRUE(price);
  EXPECT_EQ(price->usd.value, 27500);
  EXPECT_EQ(price->usd.high, 40000);
  EXPECT_EQ(price->date, "2023-08");
  EXPECT_FALSE(unit_price(load_chip("TPU v4"), load_prices()));
  const auto yuan = unit_price(load_chip("Ascend 910B"), load_prices());
  EXPECT_NEAR(yuan->usd.value, 120000 / 7.2, 1e-9);
}

TEST(Cost, SensitivityVariesOneTariffAtATime) {
  for (const Sensitivity& s : cost_sensitivity(27500, 1, 800, 1000, load_prices())) {
    EXPECT_NE(s.at_low, s.at_high) << s.tariff;
    if (s.tariff == "load" || s.tariff == "years of use") {
      EXPECT_GT(s.at_low, s.at_high) << s.tariff;
    } else {
      EXPECT_LT(s.at_low, s.at_high) << s.tariff;
    }
  }
}

}  // namespace
}  // namespace heddle::eval
