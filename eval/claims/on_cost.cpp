// Claims on prices, rent and electricity.
#include <fmt/format.h>

#include <cmath>

#include "eval/chips/chips.hpp"
#include "eval/claims/claims.hpp"
#include "eval/compare/service.hpp"
#include "eval/energy/board_power.hpp"
#include "eval/work/training.hpp"

namespace heddle::eval {
namespace {

constexpr double kHoursAMonth = 730;

Claim hundred_to_one(const ClaimContext& c) {
  const double rate = c.prices.cny_per_usd.range.value;
  const double card = 1599 * rate;  // the list price
  return {
      "two-million-to-twenty-thousand",
      "Cost falls from 2,000,000 CNY (10 A100) to 20,000 CNY (one RTX 4090)",
      ClaimVerdict::kHoldsIf,
      "it compares the purchase of hardware for two different models, one user each, and no throughput",
      {fmt::format("8 x A100 80GB server 1.65M CNY (2023-05): 10 devices 10 / 8 x 1.65M = {:.2f}M CNY",
                   10 / 8.0 * 1.65),
       fmt::format(
           "RTX 4090: 1,599 USD x {:.1f} = {:.0f} CNY, about 20,000 with a computer or at the street price",
           rate, card),
       fmt::format("ratio {:.0f} with the server prices, 100 as stated", 10 / 8.0 * 1.65e6 / 20000)}};
}

Claim queries() {
  const double each = 4.1e6 / 320000, dollars = 36e9 / 4.1e6;
  const double flops = 2 * 175e9 * 2000;
  const Range seconds =
      Range(flops) / (load_chip("A100").need_peak(Format::kBf16).range * Range(0.4, 0.2, 0.5));
  return {"queries",
          "320,000 queries/s need 4.1M A100, 36 billion USD",
          ClaimVerdict::kHoldsIf,
          "a query holds 12.8 A100 for a second, twice what 2,000 tokens of a dense 175B model take at 40% "
          "of the peak, and an A100 "
          "costs 8,800 USD, below every published price",
          {fmt::format("4.1M / 320,000 = {:.1f} A100-seconds a query", each),
           fmt::format("2 x 175B x 2,000 tokens = {:.1e} FLOP: {} A100-seconds at 20 to 50% of the peak",
                       flops, text(seconds)),
           fmt::format("36 billion / 4.1M = {:.0f} USD an A100; at 15,000 USD (2023-05) it is {:.1f} billion",
                       dollars, 4.1e6 * 15000 / 1e9)}};
}

Claim cloud_rent(const ClaimContext& c) {
  const double hour = 37000 / kHoursAMonth / 8;
  const auto price = unit_price(load_chip("H100"), c.prices);
  const Chip h100 = load_chip("H100");
  const Range wall = wall_watts(board_limit(h100), host_watts(h100, false), c.prices.pue.range.value);
  const Range own = hourly_cost(price->usd, 1, wall, c.prices).total();
  return {"dgx-cloud",
          "DGX Cloud, 8 H100: 37,000 USD a month, 6.34 USD a GPU-hour (against buying: A100 15,000, H100 "
          "40,000 USD; 8 x A100 server 1.65M CNY)",
          ClaimVerdict::kHolds,
          "the arithmetic is right; owning costs less by the hour where the server is used for years, so "
          "that rent is the price of not buying",
          {fmt::format("37,000 / {:.0f} h / 8 = {:.2f} USD an hour", kHoursAMonth, hour),
           fmt::format("owning an H100 at {} USD: {} USD an hour over {:.0f} years with server, maintenance "
                       "and electricity",
                       text(price->usd), text(own), c.prices.years.range.value),
           fmt::format("rent of {:.0f} months buys an H100 with its share of a server at 40,000 USD",
                       40000 * (1 + c.prices.server_over_accelerators.range.value) / (hour * kHoursAMonth))}};
}

Claim electricity(const ClaimContext& c) {
  const double yuan = 64000 * 8760.0 * 0.45;
  return {"electricity",
          "Electricity at 0.45 CNY/kWh; a centre of 64,000 kWh an hour costs 250M CNY a year",
          ClaimVerdict::kHolds,
          "within 1%",
          {fmt::format("64,000 kW x 8,760 h x 0.45 CNY = {:.1f}M CNY = {:.1f}M USD", yuan / 1e6,
                       yuan / c.prices.cny_per_usd.range.value / 1e6),
           fmt::format("64 MW are {:.0f} thousand H100 from the wall",
                       64e6 / wall_watts(700.0, 250.0, c.prices.pue.range.value).value / 1e3)}};
}

Claim liquid_cooling(const ClaimContext& c) {
  const double cards = 1280 * (400 + 250.0);
  const auto year = [&](double pue) { return cards / 0.94 * pue * 8760 / 1e3 * c.prices.usd_per_kwh(); };
  return {"pue",
          "A liquid-cooled cluster of 1,280 cards at PUE 1.1",
          ClaimVerdict::kNotDecidable,
          "a PUE is measured at a building; what it saves follows",
          {fmt::format("1,280 cards of 400 W with 250 W of host each: {:.2f} MW; a year at 0.45 CNY/kWh and "
                       "full load: {:.0f} thousand USD at "
                       "1.1, {:.0f} at 1.58 (Uptime Institute's mean; recalled)",
                       cards / 1e6, year(1.1) / 1e3, year(1.58) / 1e3)}};
}

Claim price_rise(const ClaimContext& c) {
  const Service a100 =
      serve(load_candidate("A100 SXM 80GB"), load_scenario("cloud-serving"), c.prices, c.parameters);
  const OperatingPoint& p = a100.best ? *a100.best : a100.single;
  const double wall = p.watts.at(Boundary::kWall).range.value;
  const auto cost = [&](double price) {
    return per_million_tokens(hourly_cost(price, a100.devices, wall, c.prices).total(),
                              p.tokens_per_second_group.range.value, c.prices)
        .value;
  };
  const double price = a100.price->usd.value;
  return {"price-rise",
          "The price of an A100 rose 37.5% in five months, of an A800 20%",
          ClaimVerdict::kNotDecidable,
          "no two dated prices of one seller are published; what a rise does to the cost of a token follows",
          {fmt::format("A100 80GB at {:.0f} USD serves QwQ-32B for {:.3f} USD a million tokens; +37.5%: "
                       "{:.3f} ({:+.0f}%); +20%: {:.3f} ({:+.0f}%)",
                       price, cost(price), cost(1.375 * price), 100 * (cost(1.375 * price) / cost(price) - 1),
                       cost(1.2 * price), 100 * (cost(1.2 * price) / cost(price) - 1)),
           "electricity does not rise with it: cost rises by less than the price"}};
}

Claim six_thousand() {
  return {"six-thousand-a100",
          "6,000 A100 at 100,000 CNY are about 1 billion CNY",
          ClaimVerdict::kFails,
          "they are 0.6 billion; with servers at 1.65M CNY for eight it is 1.24 billion",
          {fmt::format("6,000 x 100,000 = {:.2f} billion CNY", 6000 * 1e5 / 1e9),
           fmt::format("6,000 / 8 x 1.65M = {:.2f} billion CNY", 6000 / 8 * 1.65e6 / 1e9)}};
}

Claim rented_tpu(const ClaimContext& c) {
  const Scenario scenario = load_scenario("cloud-serving");
  const Service tpu = serve(load_candidate("TPU v4"), scenario, c.prices, c.parameters);
  const Service h100 = serve(load_candidate("H100"), scenario, c.prices, c.parameters);
  const OperatingPoint &a = tpu.best ? *tpu.best : tpu.single, &b = h100.best ? *h100.best : h100.single;
  const Chip maia = load_chip("Maia 100");
  return {"rented-tpu",
          "OpenAI-class labs rent TPU v4 rather than buy GPUs; Microsoft's own chip (Athena, later Maia 100) "
          "at 5 nm",
          ClaimVerdict::kNotDecidable,
          "who rents what is not a matter of arithmetic; Maia 100 is at 5 nm, and for inference of QwQ-32B "
          "rented H100 and TPU v4 are "
          "compared below",
          {fmt::format("Maia 100: {} nm ({})", text(maia.process->range), maia.process->source),
           fmt::format(
               "{} x TPU v4 rented at list price: {} USD a million tokens; {} x H100 rented (DGX Cloud): {}",
               tpu.devices, text(a.rented_usd_per_million->range), h100.devices,
               text(b.rented_usd_per_million->range)),
           fmt::format("BF16 peak for a rented dollar: TPU v4 {:.0f}, H100 {:.0f} TFLOPS an hour", 275 / 3.22,
                       989.4 / 6.34)}};
}

}  // namespace

std::vector<Claim> claims_on_cost(const ClaimContext& c) {
  return {hundred_to_one(c), queries(),     cloud_rent(c),  electricity(c),
          liquid_cooling(c), price_rise(c), six_thousand(), rented_tpu(c)};
}

}  // namespace heddle::eval
