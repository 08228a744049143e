#include "eval/cost/cost.hpp"

#include <stdexcept>

namespace heddle::eval {
namespace {

constexpr double kHoursPerYear = 8760;

/// USD an hour for a dollar of accelerators: depreciation and maintenance of the server around them.
double depreciation_rate(const Prices& p) {
  return (1 + p.server_over_accelerators.range.value) / (p.years.range.value * kHoursPerYear);
}
double maintenance_rate(const Prices& p) {
  return (1 + p.server_over_accelerators.range.value) * p.maintenance_per_year.range.value / kHoursPerYear;
}
/// Electricity is paid while busy: a share `load` of the time.
Range electricity(const Range& wall_watts, const Prices& p) {
  return wall_watts * Range(1e-3 * p.usd_per_kwh() * p.load.range.value);
}

}  // namespace

std::optional<UnitPrice> unit_price(const Chip& chip, const Prices& prices) {
  std::optional<UnitPrice> out;
  for (const Price& price : chip.prices) {
    const std::string& currency = price.amount.unit;
    double per_usd = 1;
    if (currency == "CNY") {
      per_usd = prices.cny_per_usd.range.value;
    } else if (currency != "USD") {
      throw std::runtime_error(chip.name + ": a price in " + currency +
                               "; prices.json has rates of USD and CNY");
    }
    const Range usd = price.each() / Range(per_usd);
    if (!out) {
      out = UnitPrice{usd, price.date, price.amount.source};
    } else if (price.date > out->date && price.date != "unknown") {
      out = UnitPrice{hull(usd, out->usd), price.date, price.amount.source};
    } else {
      out->usd = hull(out->usd, usd);
    }
  }
  return out;
}

HourlyCost hourly_cost(const Range& price_each, double devices, const Range& wall_watts,
                       const Prices& prices) {
  const Range purchase = price_each * Range(devices);
  return {purchase * Range(depreciation_rate(prices)), purchase * Range(maintenance_rate(prices)),
          electricity(wall_watts, prices)};
}

Range per_million_tokens(const Range& usd_per_hour, const Range& tokens_per_second, const Prices& prices) {
  return usd_per_hour / (tokens_per_second * Range(3600 * prices.load.range.value / 1e6));
}

Range break_even_price(const Range& baseline_per_million, const Range& tokens_per_second, double devices,
                       const Range& wall_watts, const Prices& prices) {
  const Range earned = baseline_per_million * tokens_per_second * Range(3600 * prices.load.range.value / 1e6);
  const Range left = earned - electricity(wall_watts, prices);
  return left / Range(devices * (depreciation_rate(prices) + maintenance_rate(prices)));
}

std::vector<Sensitivity> cost_sensitivity(double price_each, double devices, double board_and_host_watts,
                                          double tokens_per_second, const Prices& prices) {
  const auto at = [&](const Prices& p) {
    const HourlyCost hour =
        hourly_cost(price_each, devices, Range(board_and_host_watts * p.pue.range.value), p);
    return per_million_tokens(hour.total(), tokens_per_second, p).value;
  };
  std::vector<Sensitivity> out;
  const auto vary = [&](const char* name, Tariff Prices::*member) {
    Prices low = prices, high = prices;
    (low.*member).range = (prices.*member).range.low;
    (high.*member).range = (prices.*member).range.high;
    out.push_back({name, at(low), at(prices), at(high)});
  };
  vary("electricity", &Prices::electricity_cny_per_kwh);
  vary("PUE", &Prices::pue);
  vary("years of use", &Prices::years);
  vary("server over accelerators", &Prices::server_over_accelerators);
  vary("maintenance", &Prices::maintenance_per_year);
  vary("load", &Prices::load);
  return out;
}

}  // namespace heddle::eval
