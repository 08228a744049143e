// heddle bench model: a whole language model from its config.json alone, every layer, by the fast model of
// the timing. No weights are needed or made, nothing is computed; cycles and counters do not depend on data.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "cli/bench/bench.hpp"
#include "cli/bench/decode_model.hpp"
#include "cli/output.hpp"
#include "cli/report.hpp"
#include "compiler/emit/compile.hpp"
#include "isa/image_start.hpp"
#include "isa/status.hpp"
#include "runtime/host/session.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  std::string model, phase = "decode";
  std::int64_t sequence = 1024;
  int batch = 1, rows = 0;
};

/// The image in device memory; what is not program reads as zero and takes no host memory.
class LoadedModel {
 public:
  LoadedModel(Bench& bench, const isa::Image& image)
      : bench_(bench), image_(image), arena_(bench.device().allocate(image.arena_bytes)) {
    bench.device().write(arena_, image.constants);
  }

  /// Writes the first words of a binding.
  void write(const std::string& binding, const std::vector<std::uint32_t>& words) {
    bench_.device().write(
        arena_ + image_.binding(binding).offset,
        {reinterpret_cast<const std::uint8_t*>(words.data()), words.size() * sizeof words[0]});
  }

  /// Runs a program for `length` tokens from position `start`. Throws when it does not end well.
  void run(const std::string& name, std::uint64_t start, std::uint64_t length, std::uint64_t macs) {
    const isa::ImageProgram& program = image_.program(name);
    isa::StartArguments arguments = isa::start_arguments(image_, program, arena_);
    arguments.argument[isa::kArgumentStart] = start;
    arguments.argument[isa::kArgumentLength] = length;
    const auto begin = std::chrono::steady_clock::now();
    bench_.device().start(arguments);
    const isa::CompletionRecord record = bench_.device().wait();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (record.status != isa::kStatusOk) {
      throw std::runtime_error(fmt::format("program '{}' stopped with \"{}\" at pc {}, in operation '{}'",
                                           name, isa::status_text(record.status), record.pc,
                                           runtime::operation_at(image_, program, record.pc)));
    }
    bench_.add(record, name, macs, seconds.count());
  }

 private:
  Bench& bench_;
  const isa::Image& image_;
  std::uint64_t arena_;
};

/// Multiply-accumulates of attention over `length` tokens from position `start`, and of the weights for each.
std::uint64_t useful_macs(const isa::Image& image, std::uint64_t start, std::uint64_t length) {
  const std::uint64_t positions = length * start + length * (length + 1) / 2;
  return length * image.model.macs_per_token + positions * image.model.macs_per_context;
}

void decode(LoadedModel& model, const isa::Image& image, const Options& options) {
  const auto last = static_cast<std::uint32_t>(options.sequence - 1);
  const auto batch = static_cast<std::uint64_t>(options.batch);
  if (batch > 1) model.write("positions", std::vector<std::uint32_t>(batch, last));
  model.run(batch > 1 ? "decode_batch" : "decode", last, batch, batch * useful_macs(image, last, 1));
}

void prefill(LoadedModel& model, const isa::Image& image, const Options& options) {
  const std::uint64_t rows = image.binding("token_ids").shape.at(0);
  const auto sequence = static_cast<std::uint64_t>(options.sequence);
  for (std::uint64_t done = 0; done < sequence; done += rows) {
    const std::uint64_t length = std::min(rows, sequence - done);
    model.run("prefill", done, length, useful_macs(image, done, length));
  }
}

Json run(const Options& options) {
  const bool decoding = options.phase == "decode";
  if (!decoding && options.batch != 1)
    throw std::runtime_error("--batch: prefill takes one sequence at a time; a batch is for decode");
  OutputFile json_file(options.bench.json);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  const graph::LanguageModel model = decode_model(options.model, 0, 0, options.sequence);
  emit::CompileOptions compile;
  compile.context = options.sequence;
  compile.rows = options.rows;
  compile.batch = options.batch > 1 ? options.batch : 0;
  const isa::Image image = emit::compile(model, bench.config().config, compile);
  LoadedModel loaded(bench, image);
  decoding ? decode(loaded, image, options) : prefill(loaded, image, options);

  const std::uint64_t cycles = bench.totals().cycles();
  const std::int64_t tokens = decoding ? options.batch : options.sequence;
  const double seconds = static_cast<double>(cycles) / (bench.config().config.clock_mhz * 1e6);
  Json json = {{"bench", "model"},       {"model", model.name},
               {"phase", options.phase}, {"sequence", options.sequence},
               {"batch", options.batch}, {"layers", model.shape.layers},
               {"checked", false}};
  bench.add_json(&json, image);
  json["device_seconds"] = seconds;
  json["tokens_per_second"] = static_cast<double>(tokens) / seconds;
  json_file.write_json(json);
  json_file.commit();
  bench.write_trace(image);
  fmt::print(
      "{} of {} on {}: {} layers, timing only\n\n{}", options.phase, model.name, bench.config().name,
      model.shape.layers,
      bench.text(image, {{"tokens", fmt::format("{} in {:.4g} s of the device", tokens, seconds)},
                         {"tokens per second", fmt::format("{:.4g}", static_cast<double>(tokens) / seconds)},
                         {"simulated in", fmt::format("{:.2f} s", bench.totals().wall_seconds)}}));
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
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--batch", options->batch, "decode: sequences, each with a cache of its own")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      ->add_option("--rows", options->rows, "prefill: most tokens of a run (0: as many as fit, at most 32)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_bench_options(*command, &options->bench);
  command->callback([options] { run_bench(*options, run); });
}

}  // namespace heddle::cli
