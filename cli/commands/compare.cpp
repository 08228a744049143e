// heddle compare --model M --chips A,B,... --scenario S
#include "eval/compare/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/provenance.hpp"
#include "cli/usage.hpp"
#include "eval/compare/accuracy.hpp"
#include "eval/kernels/parameters.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string model, scenario = "cloud-serving", format, cache, baseline, prices, json;
  std::vector<std::string> chips;
  std::optional<double> node;
};

std::string graded(const eval::Graded& g, double unit = 1) {
  return fmt::format("{:.3g} ({:.3g}-{:.3g})", g.range.value * unit, g.range.low * unit, g.range.high * unit);
}

std::string energy(const eval::OperatingPoint& p) {
  const auto board = p.joules_per_token.find(eval::Boundary::kBoard);
  return board == p.joules_per_token.end() ? "-" : graded(board->second);
}

std::string short_grade(const eval::Service& s) {
  return std::string(eval::name(s.single.tokens_per_second.grade));
}

void print_services(const eval::Comparison& c) {
  Table table({"chip", "devices", "tokens/s", "perplexity", "first token, ms", "J/token (board)",
               "best batch", "tokens/s of it", "J/token of it", "USD/M tokens", "rented", "scenario", "front",
               "grade"});
  table.left(13);
  for (std::size_t i = 0; i < c.services.size(); ++i) {
    const eval::Service& s = c.services[i];
    const std::string verdict(eval::name(eval::judge(s).judgement));
    if (!s.refused.empty()) {
      table.add(
          {s.candidate.name(), "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", verdict, "-", s.refused});
      continue;
    }
    const eval::OperatingPoint& p = s.best ? *s.best : s.single;
    table.add({s.candidate.name(), std::to_string(s.devices), graded(s.single.tokens_per_second),
               eval::text(eval::perplexity_loss(s.estimate.execution.precision)),
               graded(s.single.time_to_first_token, 1e3), energy(s.single),
               s.best ? std::to_string(p.batch) : "-", s.best ? graded(p.tokens_per_second_group) : "-",
               s.best ? energy(p) : "-", p.usd_per_million ? graded(*p.usd_per_million) : "-",
               p.rented_usd_per_million ? graded(*p.rented_usd_per_million) : "-", verdict,
               c.on_front[i] ? "yes" : "no", short_grade(s)});
  }
  fmt::print("{}", table.text());
}

void print_ratios(const eval::Comparison& c) {
  Table table({"ratio to " + c.services[c.baseline].candidate.name(), "of", "boundary", "value (range)",
               "verdict", "P(better)", "labels"});
  table.left(1);
  table.left(2);
  table.left(6);
  for (const eval::ComparedRatio& r : c.ratios) {
    if (!r.ratio) {
      table.add({r.what, r.of, r.boundary, "-", "-", "-", r.refused});
      continue;
    }
    const char* verdict = r.ratio->verdict == eval::Verdict::kUndecided ? "undecided"
                          : r.ratio->verdict == eval::Verdict::kGreater ? "better"
                                                                        : "worse";
    table.add({r.what, r.of, r.boundary, graded(r.ratio->figure), verdict,
               fmt::format("{:.2f}", r.ratio->probability),
               fmt::format("{}", fmt::join(r.ratio->labels, ", "))});
  }
  fmt::print("\n{}", table.text());
}

void print_views(const eval::Comparison& c) {
  Table table({"view", "chip", "tokens/s", "J/token (board)"});
  table.left(1);
  for (const eval::View& view : c.views) {
    for (const eval::ViewEntry& e : view.entries) {
      table.add({view.name, e.chip, e.tokens_per_second ? graded(*e.tokens_per_second) : "- " + e.refused,
                 e.joules_per_token ? graded(*e.joules_per_token) : "-"});
    }
  }
  fmt::print("\n{}", table.text());
}

void print_break_even(const eval::Comparison& c) {
  fmt::print("\n");
  for (std::size_t i = 0; i < c.services.size(); ++i) {
    const eval::BreakEven& b = c.break_even[i];
    if (i == c.baseline || (!b.price_usd && !b.share_of_bandwidth)) continue;
    const std::string price = b.price_usd ? fmt::format("up to {} USD each costs no more than the baseline",
                                                        eval::text(*b.price_usd))
                                          : "no break-even price: " + b.refused;
    fmt::print("{}: {}; {:.0f}% of its bandwidth equal the baseline's speed of one user\n",
               c.services[i].candidate.name(), price, 100 * b.share_of_bandwidth.value_or(0));
  }
  for (const eval::Service& s : c.services) {
    const std::vector<std::string> versions = eval::software_versions(s);
    if (!versions.empty())
      fmt::print("{}: {}, with kernels as measured in {}\n", s.candidate.name(), s.estimate.software.name,
                 fmt::join(versions, ", "));
    if (!s.candidate.label.empty()) fmt::print("{}: {}\n", s.candidate.name(), s.candidate.label);
  }
}

void run(const Options& options) {
  if (options.chips.size() < 2) wrong_usage("compare: at least two chips are needed (--chips A,B)");
  OutputFile file(options.json);
  eval::CompareRequest request;
  request.chips = options.chips;
  request.scenario = eval::load_scenario(options.scenario);
  if (!options.model.empty()) request.scenario.model = options.model;
  if (!options.format.empty()) {
    const eval::Format format = eval::parse_format(options.format);
    // The scenario's cache belongs to its format.
    if (format != request.scenario.format) request.scenario.cache.reset();
    request.scenario.format = format;
  }
  if (!options.cache.empty()) request.scenario.cache = eval::parse_format(options.cache);
  request.baseline = options.baseline;
  request.node = options.node;
  const eval::Comparison result =
      eval::compare(request, eval::load_prices(options.prices), eval::kernel_parameters());
  const eval::Scenario& s = request.scenario;
  fmt::print("{}: {} in {}, cache {}, prompt {}, output {}; energy at the board; prices of {}\n{}\n\n",
             s.title, s.model, eval::name(s.format),
             s.cache ? eval::name(*s.cache) : "as the chip executes the format", s.prompt, s.output,
             result.prices.date, s.note);
  print_services(result);
  print_ratios(result);
  print_views(result);
  print_break_even(result);
  Json json = eval::comparison_to_json(result);
  eval::check_comparison_json(json);
  json["provenance"] = provenance({.chip_data = true});
  file.write_json(json);
  file.commit();
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("compare", "chips side by side for a scenario: speed, energy, cost, with ranges");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "--chips", options->chips,
          "names, files, configurations, or presets such as 'server as Ascend 910B'; separated by commas")
      ->delimiter(',')
      ->required();
  command->add_option("--model", options->model, "instead of the scenario's");
  command->add_option("--scenario", options->scenario, "a name of eval/scenarios/data, or a file")
      ->capture_default_str();
  command->add_option("--format", options->format, "bf16, fp8, int8 or int4 instead of the scenario's");
  command->add_option("--cache", options->cache, "format of keys and values");
  command->add_option("--baseline", options->baseline,
                      "that the others are divided by (default: NVIDIA's first)");
  command->add_option(
      "--node", options->node,
      fmt::format("process of our own machines, nm (default: a preset's own, {:g})", eval::kDefaultNode));
  command->add_option("--prices", options->prices, "file of tariffs (default: eval/cost/prices.json)");
  command->add_option("--json", options->json, "write everything as JSON, with the source of each figure");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
