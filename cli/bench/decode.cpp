// heddle bench decode: one step of decoding with full caches, checked against the golden model.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <stdexcept>

#include "cli/bench/arena.hpp"
#include "cli/bench/bench.hpp"
#include "cli/bench/decode_image.hpp"
#include "cli/bench/decode_model.hpp"
#include "cli/bench/image_run.hpp"
#include "cli/usage.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  std::string model = "qwen2-0.5b";
  std::int64_t layers = 1, vocab = 256, context = 1024;
  int batch = 1;
  const char* program() const { return batch > 1 ? "decode_batch" : "decode"; }
};

Json run(const Options& options) {
  OutputFile json_file(options.bench.json);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const graph::LanguageModel model =
      decode_model(options.model, options.layers, options.vocab, options.context);
  bench.compiling(model.name);
  const isa::Image image =
      random_decode_image(model, bench.config().config, options.context, options.batch, options.bench.seed);
  const auto context = static_cast<std::uint64_t>(options.context);
  const auto batch = static_cast<std::uint64_t>(options.batch);
  const std::string program = options.program();
  const std::vector<std::uint64_t> arguments = decode_arguments(options.context, options.batch);
  const ImageRun result = run_image(bench.device(), image, program, arguments, options.bench.watchdog);
  bench.add(result.record, program,
            batch * (image.model.macs_per_token + context * image.model.macs_per_context), result.seconds);
  // The hls is the golden model itself.
  const bool checked = options.bench.target != "hls" && !options.bench.open.timing_only;
  if (checked) {
    runtime::OpenOptions open;
    show_runs(&open, &bench.progress(), "checking");
    const std::unique_ptr<runtime::Device> golden = runtime::open_device("hls", bench.config(), open);
    const std::string text =
        arena_difference(image, run_image(*golden, image, program, arguments).arena, result.arena);
    if (!text.empty()) {
      throw std::runtime_error(fmt::format("decode of {} on {}: wrong result with --seed {}: {}", model.name,
                                           bench.config().name, options.bench.seed, text));
    }
  }
  bench.progress().clear();
  const std::uint64_t cycles = bench.totals().cycles();
  const double per_second = cycles == 0 ? 0.0
                                        : static_cast<double>(batch) * 1e6 * bench.config().config.clock_mhz /
                                              static_cast<double>(cycles);
  Json json = {{"bench", "decode"},          {"model", model.name},        {"layers", model.shape.layers},
               {"vocab", model.shape.vocab}, {"context", options.context}, {"batch", options.batch},
               {"checked", checked}};
  json["tokens_per_second"] = cycles == 0 ? Json() : Json(per_second);
  bench.add_json(&json, image);
  json_file.write_json(json);
  json_file.commit();
  bench.write_trace(image);
  const std::vector<std::vector<std::string>> figures = {
      {"tokens in a step", std::to_string(options.batch)},
      {"tokens per second of these layers", cycles == 0 ? "-" : fmt::format("{:.0f}", per_second)}};
  fmt::print("{} decode of {} on {}: {} layers, {} tokens in {}{}\n\n{}", options.bench.target, model.name,
             bench.config().name, model.shape.layers, options.context,
             options.batch > 1 ? fmt::format("each of {} caches", options.batch) : std::string("the cache"),
             checked ? ", every byte as on hls" : "", bench.text(image, figures));
  return json;
}

}  // namespace

void add_bench_decode(CLI::App& bench) {
  CLI::App* command =
      bench.add_subcommand("decode", "one step of decoding of some layers of a model's shape");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--model", options->model,
                   fmt::format("{}, or a config.json", fmt::join(decode_shape_names(), ", ")))
      ->capture_default_str();
  command->add_option("--layers", options->layers, "layers (0: the model's)")
      ->check(not_negative())
      ->capture_default_str();
  command
      ->add_option("--vocab", options->vocab,
                   "rows of the output layer, which is measured too (0: the model's)")
      ->check(not_negative())
      ->capture_default_str();
  command->add_option("--context", options->context, "tokens that the step attends to, its own included")
      ->check(positive())
      ->capture_default_str();
  command->add_option("--batch", options->batch, "sequences, each with a cache of its own")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  add_bench_options(*command, &options->bench);
  command->callback([options] { run_bench(*options, run); });
}

}  // namespace heddle::cli
