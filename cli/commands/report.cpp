// heddle report -o FILE.html
#include "eval/report/report.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/provenance.hpp"
#include "eval/claims/claims.hpp"
#include "eval/kernels/parameters.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string output, json, claims, scenario = "cloud-serving", model, baseline, prices;
  std::vector<std::string> chips = {"server as Ascend 910B",
                                    "H100 SXM5",
                                    "TPU v4",
                                    "Ascend 910B",
                                    "A100 SXM 80GB",
                                    "H200 SXM",
                                    "RTX 4090",
                                    "L40S",
                                    "H20 SXM",
                                    "server",
                                    "Maia 100"};
};

void run(const Options& options) {
  OutputFile page(options.output), json_file(options.json), claims(options.claims);
  const eval::Prices prices = eval::load_prices(options.prices);
  eval::ReportRequest request;
  request.comparison.chips = options.chips;
  request.comparison.baseline = options.baseline;
  request.comparison.scenario = eval::load_scenario(options.scenario);
  if (!options.model.empty()) request.comparison.scenario.model = options.model;
  Progress progress;
  progress.show("computing the comparison, the figures and the claims");
  Json report = eval::report_to_json(request, prices, eval::kernel_parameters());
  report["provenance"] = provenance({.chip_data = true});
  json_file.write_json(report);
  page.write(eval::report_page(report));
  if (claims.wanted()) claims.write(eval::claims_page(eval::all_claims({prices, eval::kernel_parameters()})));
  json_file.commit();
  page.commit();
  claims.commit();
  progress.clear();
  for (const auto* path : {&options.output, &options.json, &options.claims}) {
    if (!path->empty()) fmt::print("{}\n", *path);
  }
}

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("report", "one page with everything: speed, energy, cost, scenarios, claims");
  auto options = std::make_shared<Options>();
  command->add_option("-o,--output", options->output, "the page, HTML that needs no network")->required();
  command->add_option("--json", options->json, "the same as JSON");
  command->add_option("--claims", options->claims, "the page of claims as Markdown");
  command->add_option("--chips", options->chips, "chips of the comparison, separated by commas")
      ->delimiter(',');
  command->add_option("--scenario", options->scenario, "of the comparison")->capture_default_str();
  command->add_option("--model", options->model, "instead of the scenario's");
  command->add_option("--baseline", options->baseline, "that the others are divided by");
  command->add_option("--prices", options->prices, "file of tariffs");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
