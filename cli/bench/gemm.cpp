// heddle bench gemm: one matrix product, checked byte for byte.
#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "cli/bench/bench.hpp"
#include "cli/bench/gemm_case.hpp"
#include "cli/bench/image_run.hpp"
#include "compiler/emit/compile_gemm.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  tiles::GemmShape shape{512, 512, 512};
  std::string search_log;
};

std::string log_text(const tiles::GemmPlan& plan, std::uint64_t measured) {
  std::string out;
  for (const tiles::GemmCandidate& candidate : plan.tried) out += "tried " + candidate.text() + "\n";
  out += "chosen " + tiles::GemmCandidate{plan.tiling, plan.predicted_cycles}.text() + "\n";
  if (measured != 0) out += fmt::format("measured {} cycles\n", measured);
  return out;
}

Json run(const Options& options) {
  OutputFile json_file(options.bench.json), log_file(options.search_log);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const isa::Config& config = bench.config().config;
  const auto& [m, n, k] = options.shape;
  bench.compiling("the product");
  const tiles::GemmPlan plan = tiles::plan_gemm(options.shape, config);
  isa::Image image = emit::compile_gemm(plan);
  const GemmCase data = random_gemm(options.shape, options.bench.seed);
  bind_gemm(data, plan, &image);

  const ImageRun result = run_image(bench.device(), image, tiles::kGemmProgram, {}, options.bench.watchdog);
  const auto macs =
      static_cast<std::uint64_t>(m) * static_cast<std::uint64_t>(n) * static_cast<std::uint64_t>(k);
  bench.add(result.record, tiles::kGemmProgram, macs, result.seconds);
  const bool checked = !options.bench.open.timing_only;
  if (checked) bench.progress().show("comparing with plain C++");
  const std::string difference =
      !checked ? "" : compare_gemm(reference_gemm(data), read_gemm(options.shape, image, result.arena), n);
  if (!difference.empty()) {
    throw std::runtime_error(fmt::format("{} on {}: wrong result with --seed {}: {}", image.model.name,
                                         bench.config().name, options.bench.seed, difference));
  }

  bench.progress().clear();
  const std::uint64_t cycles = bench.totals().cycles();
  const std::int64_t bound = m * plan.layout.k_tiles * plan.layout.n_tiles;
  const double of_bound = cycles == 0 ? 0 : static_cast<double>(bound) / static_cast<double>(cycles);
  Json json = {{"bench", "gemm"}, {"m", m}, {"n", n}, {"k", k}, {"checked", checked}};
  bench.add_json(&json, image);
  json["tile_bound_cycles"] = bound;
  json["tile_bound_utilization"] = cycles == 0 ? Json() : Json(of_bound);
  json["predicted_cycles"] = plan.predicted_cycles;
  json["tiling"] = tiles::GemmCandidate{plan.tiling, plan.predicted_cycles}.text();
  json_file.write_json(json);
  json_file.commit();
  log_file.write(log_text(plan, cycles));
  log_file.commit();
  bench.write_trace(image);
  fmt::print(
      "{} {} on {}: {}\n\n{}", options.bench.target, image.model.name, bench.config().name,
      checked ? "every byte as expected" : "timing only",
      bench.text(image, {{"bound of whole tiles", grouped(static_cast<std::uint64_t>(bound))},
                         {"predicted cycles", grouped(static_cast<std::uint64_t>(plan.predicted_cycles))},
                         {"bound / cycles", cycles == 0 ? "-" : percent(of_bound)}}));
  return json;
}

}  // namespace

void add_bench_gemm(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand("gemm", "an 8-bit matrix product M x K by K x N, 8-bit output");
  auto options = std::make_shared<Options>();
  command->add_option("--m", options->shape.m, "rows of the activations")->capture_default_str();
  command->add_option("--n", options->shape.n, "columns of the weights")->capture_default_str();
  command->add_option("--k", options->shape.k, "columns of the activations, rows of the weights")
      ->capture_default_str();
  command->add_option("--search-log", options->search_log, "write the tilings tried, predicted and chosen");
  add_bench_options(*command, &options->bench);
  command->callback([options] { run_bench(*options, run); });
}

}  // namespace heddle::cli
