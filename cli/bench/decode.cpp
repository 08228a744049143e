// heddle bench decode: one step of decoding with a full cache, checked against the golden model.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "cli/bench/arena.hpp"
#include "cli/bench/bench.hpp"
#include "cli/bench/decode_model.hpp"
#include "cli/bench/image_run.hpp"
#include "compiler/emit/arena.hpp"
#include "compiler/emit/compile.hpp"
#include "compiler/tiles/lower.hpp"
#include "compiler/tiles/pack_random.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  std::string model = "qwen2-0.5b";
  std::int64_t layers = 1, vocab = 256, context = 1024;
};

/// The image with random constants and, behind them, the state before the step.
isa::Image random_image(const graph::LanguageModel& model, const isa::Config& config,
                        const Options& options) {
  emit::CompileOptions compile;
  compile.context = options.context;
  isa::Image image = emit::compile(model, config, compile);
  const tiles::Plan plan = tiles::plan_model(model, config, {options.context, 0});
  const emit::ArenaLayout layout = emit::lay_out_arena(tiles::lower(plan), "model " + model.name);
  image.constants.resize(image.arena_bytes);
  tiles::pack_random(plan, layout.segments, options.bench.seed, &image.constants);
  const std::uint32_t token = 1;
  std::memcpy(&image.constants[image.binding("token_ids").offset], &token, sizeof token);
  return image;
}

void run(const Options& options) {
  OutputFile json_file(options.bench.json);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const graph::LanguageModel model =
      decode_model(options.model, options.layers, options.vocab, options.context);
  const isa::Image image = random_image(model, bench.config().config, options);
  const auto context = static_cast<std::uint64_t>(options.context);
  const std::vector<std::uint64_t> arguments = {0, context - 1, 1, 0};
  const ImageRun result = run_image(bench.device(), image, "decode", arguments);
  bench.add(result.record, "decode", image.model.macs_per_token + context * image.model.macs_per_context,
            result.seconds);
  const bool checked = options.bench.target != "hls";  // which is the golden model itself
  if (checked) {
    runtime::OpenOptions open;
    open.message = [&](const std::string& line) { bench.progress().say(line); };
    const std::unique_ptr<runtime::Device> golden = runtime::open_device("hls", bench.config(), open);
    const std::string text =
        arena_difference(image, run_image(*golden, image, "decode", arguments).arena, result.arena);
    if (!text.empty()) {
      throw std::runtime_error(fmt::format("decode of {} on {}: wrong result with --seed {}: {}", model.name,
                                           bench.config().name, options.bench.seed, text));
    }
  }
  Json json = {{"bench", "decode"},          {"model", model.name},        {"layers", model.shape.layers},
               {"vocab", model.shape.vocab}, {"context", options.context}, {"checked", checked}};
  bench.add_json(&json, image);
  json_file.write_json(json);
  json_file.commit();
  bench.write_trace(image);
  fmt::print("{} decode of {} on {}: {} layers, {} tokens in the cache{}\n\n{}", options.bench.target,
             model.name, bench.config().name, model.shape.layers, options.context,
             checked ? ", every byte as on hls" : "", bench.text(image, {}));
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
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      ->add_option("--vocab", options->vocab,
                   "rows of the output layer, which is measured too (0: the model's)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--context", options->context, "tokens that the step attends to, its own included")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_bench_options(*command, &options->bench);
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
