// What a device costs an hour, a million tokens, and where it breaks even. US dollars.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/chips/chip.hpp"
#include "eval/common/range.hpp"

namespace heddle::eval {

/// A tariff or an assumption: its value, and the ends that sensitivity varies.
struct Tariff {
  Range range;
  std::string date, source;
};
struct Rental {
  std::string chip, date, source;
  double usd_per_hour = 0;
};
struct Prices {
  std::string date, file;
  Tariff cny_per_usd, electricity_cny_per_kwh, pue, years, server_over_accelerators, maintenance_per_year,
      load;
  std::vector<Rental> rentals;

  double usd_per_kwh() const { return electricity_cny_per_kwh.range.value / cny_per_usd.range.value; }
};
/// eval/cost/prices.json, or a file of the user's own in its form. Throws std::runtime_error naming file and
/// field: missing, not positive, low above high, a load above 1, a PUE below 1, without date or source.
Prices load_prices(const std::string& path = {});
Prices prices_from_json(const std::string& text, const std::string& source);

/// A chip's price in USD: the newest figure, with the range of all that are published. Empty where none is.
struct UnitPrice {
  Range usd;
  std::string date, source;
};
std::optional<UnitPrice> unit_price(const Chip& chip, const Prices& prices);

/// USD an hour of `devices`, by part. Tariffs enter with their values: what they do is sensitivity, not
/// error.
struct HourlyCost {
  Range purchase, maintenance, electricity;
  Range total() const { return purchase + maintenance + electricity; }
};
/// `wall_watts`: of all devices while they are busy, PUE included.
HourlyCost hourly_cost(const Range& price_each, double devices, const Range& wall_watts,
                       const Prices& prices);
/// USD a million tokens at so many tokens/s while busy, for the tariff's load.
Range per_million_tokens(const Range& usd_per_hour, const Range& tokens_per_second, const Prices& prices);

/// The highest price of one device at which a million tokens cost what the baseline's do; negative where even
/// for nothing it costs more.
Range break_even_price(const Range& baseline_per_million, const Range& tokens_per_second, double devices,
                       const Range& wall_watts, const Prices& prices);

/// Cost a million tokens with one tariff at its low and high end, the others at their values.
struct Sensitivity {
  std::string tariff;
  double at_low = 0, at_value = 0, at_high = 0;
};
std::vector<Sensitivity> cost_sensitivity(double price_each, double devices, double board_and_host_watts,
                                          double tokens_per_second, const Prices& prices);

}  // namespace heddle::eval
