// heddle bench model: a whole language model from its config.json alone, every layer or samples, by the fast
// model of the timing. No weights are needed or made, nothing is computed; cycles and counters do not depend
// on data.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "cli/bench/bench.hpp"
#include "cli/bench/decode_model.hpp"
#include "cli/bench/sampled_prefill.hpp"
#include "cli/bench/timed_model.hpp"
#include "cli/measurements.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "compiler/emit/compile.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  std::string model, phase = "decode";
  std::int64_t sequence = 1024;
  int batch = 1, rows = 0;
  bool sample = false;
};

/// Runs a program and adds what it counted.
void measure(Bench& bench, TimedModel& model, const std::string& program, std::uint64_t start,
             std::uint64_t length, std::uint64_t macs) {
  const TimedModel::Run run = model.run(program, start, length);
  bench.add(run.record, program, macs, run.seconds);
}

void decode(Bench& bench, TimedModel& model, const isa::Image& image, const Options& options) {
  const auto last = static_cast<std::uint32_t>(options.sequence - 1);
  const auto batch = static_cast<std::uint64_t>(options.batch);
  if (batch > 1) model.write("positions", std::vector<std::uint32_t>(batch, last));
  measure(bench, model, batch > 1 ? "decode_batch" : "decode", last, batch,
          batch * useful_macs(image, last, 1));
}

void prefill(Bench& bench, TimedModel& model, const isa::Image& image, const Options& options) {
  const std::uint64_t rows = prefill_rows(image);
  const auto sequence = static_cast<std::uint64_t>(options.sequence);
  for (std::uint64_t done = 0; done < sequence; done += rows) {
    const std::uint64_t length = std::min(rows, sequence - done);
    measure(bench, model, "prefill", done, length, useful_macs(image, done, length));
  }
}

/// The model, compiled as the options say.
isa::Image compile(const Options& options, const isa::Config& config, const graph::LanguageModel& model) {
  emit::CompileOptions compile;
  compile.context = options.sequence;
  compile.rows = options.rows;
  compile.batch = options.batch > 1 ? options.batch : 0;
  return emit::compile(model, config, compile);
}

Json report(const Options& options, const Bench& bench, const graph::LanguageModel& model,
            const isa::Image& image, Json extra, std::vector<std::vector<std::string>> rows) {
  const std::int64_t tokens = options.phase == "decode" ? options.batch : options.sequence;
  const double seconds =
      static_cast<double>(bench.totals().cycles()) / (bench.config().config.clock_mhz * 1e6);
  Json json = {{"bench", "model"},       {"model", model.name},
               {"phase", options.phase}, {"sequence", options.sequence},
               {"batch", options.batch}, {"layers", model.shape.layers},
               {"checked", false}};
  bench.add_json(&json, image);
  json["device_seconds"] = seconds;
  json["tokens_per_second"] = static_cast<double>(tokens) / seconds;
  json.update(extra);
  rows.push_back({"tokens", fmt::format("{} in {:.4g} s of the device", tokens, seconds)});
  rows.push_back({"tokens per second", fmt::format("{:.4g}", static_cast<double>(tokens) / seconds)});
  rows.push_back({"simulated in", fmt::format("{:.2f} s", bench.totals().wall_seconds)});
  fmt::print("{} of {} on {}: {} layers, timing only\n\n{}", options.phase, model.name, bench.config().name,
             model.shape.layers, bench.text(image, rows));
  return json;
}

/// Prefill from a few layers.
Json run_sampled(const Options& options) {
  if (!options.bench.trace.empty())
    throw std::runtime_error("--trace: a prefill of which samples are simulated has no timeline");
  OutputFile json_file(options.bench.json);
  Bench simulator(options.bench), checker(options.bench), whole(options.bench);
  const isa::Config& config = whole.config().config;
  const graph::LanguageModel model = decode_model(options.model, 0, 0, options.sequence);
  const auto with_layers = [&](std::int64_t layers) {
    return compile(options, config, decode_model(options.model, layers, 0, options.sequence));
  };
  const SampledPrefill sampled =
      sample_prefill(simulator.device(), checker.device(), model.shape.layers,
                     static_cast<std::uint64_t>(options.sequence), options.bench.watchdog, with_layers);
  isa::CompletionRecord record = {};
  std::copy(sampled.counters.begin(), sampled.counters.end(), record.counters);
  whole.add(record, "prefill", sampled.useful_macs, sampled.wall_seconds);
  const Json extra = {
      {"sampled",
       {{"layers", kSampledLayers},
        {"simulated_cycles", sampled.simulated_cycles},
        {"check",
         {{"layers", kCheckedLayers},
          {"predicted_cycles", sampled.check_predicted},
          {"simulated_cycles", sampled.check_simulated},
          {"error", sampled.check_error()}}}}},
      {"simulated_cycles_per_second", static_cast<double>(sampled.simulated_cycles) / sampled.wall_seconds}};
  Json json = report(options, whole, model, with_layers(kSampledLayers[0]), extra,
                     {{"simulated", fmt::format("{} of {} layers; the rest follows from these",
                                                fmt::join(kSampledLayers, " and "), model.shape.layers)},
                      {fmt::format("{} layers, not used", kCheckedLayers),
                       fmt::format("{} cycles, predicted {:+.3f}%", grouped(sampled.check_simulated),
                                   100 * sampled.check_error())}});
  json_file.write_json(json);
  json_file.commit();
  return json;
}

Json run(const Options& options) {
  const bool decoding = options.phase == "decode";
  if (options.sample && decoding)
    wrong_usage("--sample: samples are taken of a prefill; a decode step is simulated whole");
  if (!decoding && options.batch != 1)
    wrong_usage("--batch: prefill takes one sequence at a time; a batch is for decode");
  if (decoding && options.rows != 0) wrong_usage("--rows: a decode step takes one token of each sequence");
  if (options.sample) return run_sampled(options);
  OutputFile json_file(options.bench.json);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const graph::LanguageModel model = decode_model(options.model, 0, 0, options.sequence);
  bench.compiling(model.name);
  const isa::Image image = compile(options, bench.config().config, model);
  TimedModel loaded(bench.device(), image, options.bench.watchdog);
  decoding ? decode(bench, loaded, image, options) : prefill(bench, loaded, image, options);
  Json json = report(options, bench, model, image, Json::object(), {});
  json_file.write_json(json);
  json_file.commit();
  bench.write_trace(image);
  return json;
}

}  // namespace

void add_bench_model(CLI::App& bench) {
  CLI::App* command =
      bench.add_subcommand("model", "a whole language model from its config.json alone, timing only");
  auto options = std::make_shared<Options>();
  options->bench.target = "fast";
  options->bench.open.timing_only = true;
  command
      ->add_option("MODEL", options->model,
                   fmt::format("config.json, or one of {}", fmt::join(decode_shape_names(), ", ")))
      ->required();
  command->add_option("--phase", options->phase, "decode: a token each; prefill: the sequence")
      ->check(CLI::IsMember({"decode", "prefill"}))
      ->capture_default_str();
  command
      ->add_option("--sequence", options->sequence,
                   "decode: tokens that the step attends to, its own included; prefill: tokens read")
      ->check(positive())
      ->capture_default_str();
  command->add_option("--batch", options->batch, "decode: sequences, each with a cache of its own")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--rows", options->rows, "prefill: most tokens of a run, halved until they fit (0: 32)")
      ->check(CLI::Range(0, 128))
      ->capture_default_str();
  command->add_flag("--sample", options->sample,
                    "prefill: simulate a few layers and take the rest from these, with the error of a check");
  add_bench_options(*command, &options->bench);
  command->callback([options] { run_bench(*options, run); });
}

}  // namespace heddle::cli
