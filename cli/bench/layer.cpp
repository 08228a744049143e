// heddle bench layer and heddle bench attention: a static graph with random data, checked twice: byte for
// byte against the golden model, and against the float reference.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "cli/bench/arena.hpp"
#include "cli/bench/bench.hpp"
#include "cli/bench/image_run.hpp"
#include "cli/bench/layer_model.hpp"
#include "cli/bench/static_case.hpp"
#include "cli/usage.hpp"
#include "compiler/emit/compile_static.hpp"

namespace heddle::cli {
namespace {

/// What quantisation to 8 bits leaves of random data; less is a wrong program.
constexpr double kLeastCosine = 0.999;

struct Options {
  BenchOptions bench;
  std::string model = "bert-base", search_log;
  std::int64_t sequence = 512;
  AttentionShape attention;
};

std::string log_text(const tiles::StaticProgram& program, std::uint64_t measured) {
  std::string out;
  for (const tiles::StaticCandidate& candidate : program.tried) out += "tried " + candidate.text() + "\n";
  out += "chosen " +
         tiles::StaticCandidate{program.tiling, program.predicted_cycles, program.traffic}.text() + "\n";
  if (measured != 0) out += fmt::format("measured {} cycles\n", measured);
  return out;
}

Json run_one(const Options& options, const graph::Graph& graph, Json json) {
  OutputFile json_file(options.bench.json), log_file(options.search_log);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const isa::Config& config = bench.config().config;
  bench.compiling(graph.name);
  const graph::Tensors data = random_tensors(graph, options.bench.seed);
  emit::StaticImage compiled = compile_case(graph, config, data, [&](const isa::Image& candidate) {
    return count_cycles(bench.config(), candidate, tiles::kStaticProgram);
  });
  isa::Image& image = compiled.image;
  const tiles::StaticProgram& program = compiled.program;
  const ImageRun result = run_image(bench.device(), image, tiles::kStaticProgram, {}, options.bench.watchdog);
  bench.add(result.record, tiles::kStaticProgram, program.plan.macs, result.seconds);
  const std::string what = fmt::format("{} on {}", graph.name, bench.config().name);
  const bool timing_only = options.bench.open.timing_only;
  const bool checked = options.bench.target != "hls" && !timing_only;  // the hls is the golden model itself
  if (checked) {
    runtime::OpenOptions open;
    show_runs(&open, &bench.progress(), "checking");
    const std::unique_ptr<runtime::Device> golden = runtime::open_device("hls", bench.config(), open);
    const std::string text =
        arena_difference(image, run_image(*golden, image, tiles::kStaticProgram).arena, result.arena);
    if (!text.empty())
      throw std::runtime_error(
          fmt::format("{}: wrong result with --seed {}: {}", what, options.bench.seed, text));
  }
  double cosine = 1.0;
  bench.progress().show("comparing with the float reference");
  const std::vector<Agreement> agreements =
      timing_only ? std::vector<Agreement>() : compare_case(graph, data, image, result.arena);
  for (const Agreement& value : agreements) {
    cosine = std::min(cosine, value.cosine);
    if (value.cosine >= kLeastCosine) continue;
    throw std::runtime_error(fmt::format(
        "{}: %{} is not that of the float reference with --seed {}: cosine {:.6f}, expected at least {}",
        what, value.value, options.bench.seed, value.cosine, kLeastCosine));
  }
  bench.progress().clear();
  json["checked"] = checked;
  json["cosine"] = timing_only ? Json() : Json(cosine);
  bench.add_json(&json, image);
  json["predicted_cycles"] = program.predicted_cycles;
  json["tiling"] = program.tiling.text();
  json_file.write_json(json);
  json_file.commit();
  log_file.write(log_text(program, bench.totals().cycles()));
  log_file.commit();
  bench.write_trace(image);
  fmt::print(
      "{} {}{}{}\n\n{}", options.bench.target, what, checked ? ": every byte as on hls" : "",
      timing_only ? ": timing only" : fmt::format(", cosine to the float reference {:.6f}", cosine),
      bench.text(image, {{"predicted cycles", grouped(static_cast<std::uint64_t>(program.predicted_cycles))},
                         {"tiling", program.tiling.text()}}));
  return json;
}

void run(const Options& options, const graph::Graph& graph, const Json& json) {
  run_bench(options, [&](const Options& one) { return run_one(one, graph, json); });
}

}  // namespace

void add_bench_layer(CLI::App& bench) {
  CLI::App* command = bench.add_subcommand("layer", "one layer of a transformer over a whole sequence");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--model", options->model,
                   fmt::format("{}, or a config.json", fmt::join(layer_shape_names(), ", ")))
      ->capture_default_str();
  command->add_option("--sequence", options->sequence, "rows")->check(positive())->capture_default_str();
  command->add_option("--search-log", options->search_log, "write the tilings tried, predicted and chosen");
  add_bench_options(*command, &options->bench);
  command->callback([options] {
    run(*options, layer_graph(options->model, options->sequence),
        {{"bench", "layer"}, {"model", options->model}, {"sequence", options->sequence}});
  });
}

void add_bench_attention(CLI::App& bench) {
  CLI::App* command =
      bench.add_subcommand("attention", "attention alone, its operands quantised on the device");
  auto options = std::make_shared<Options>();
  AttentionShape& shape = options->attention;
  const auto number = [&](const char* name, std::int64_t* value, const char* help) {
    command->add_option(name, *value, help)->check(positive())->capture_default_str();
  };
  number("--heads", &shape.heads, "heads of queries");
  shape.kv_heads = 0;
  command->add_option("--kv-heads", shape.kv_heads, "heads of keys and values [as --heads]")
      ->check(positive());
  number("--head-dim", &shape.head_dim, "elements of a head");
  number("--sequence", &shape.sequence, "queries, and keys");
  command->add_flag("--causal", shape.causal, "a row attends to itself and those before it");
  command->add_option("--search-log", options->search_log, "write the tilings tried, predicted and chosen");
  add_bench_options(*command, &options->bench);
  command->callback([options] {
    AttentionShape of = options->attention;
    if (of.kv_heads == 0) of.kv_heads = of.heads;
    run(*options, attention_graph(of),
        {{"bench", "attention"},
         {"heads", of.heads},
         {"kv_heads", of.kv_heads},
         {"head_dim", of.head_dim},
         {"sequence", of.sequence},
         {"causal", of.causal}});
  });
}

}  // namespace heddle::cli
