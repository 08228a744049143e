// heddle run MODEL: a prompt in, words out, and what they cost.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/energy.hpp"
#include "cli/interrupt.hpp"
#include "cli/measurements.hpp"
#include "cli/model.hpp"
#include "cli/onnx/onnx.hpp"
#include "cli/output.hpp"
#include "cli/provenance.hpp"
#include "cli/serial_report.hpp"
#include "runtime/host/generate.hpp"

namespace heddle::cli {
namespace {

struct Options {
  TargetOptions target;
  std::string prompt, json, dump_memory, trace;
  std::vector<std::uint32_t> prompt_ids;
  std::uint32_t tokens = 64;
  runtime::SamplingOptions sampling;
  bool ids = false;
  OnnxOptions onnx;
};

std::vector<std::uint32_t> prompt_of(const Options& options, const Target& target) {
  const std::vector<std::uint32_t> ids =
      options.prompt_ids.empty() ? target.tokenizer().encode(options.prompt) : options.prompt_ids;
  if (ids.empty()) throw std::runtime_error("the prompt is empty: give --prompt TEXT");
  if (ids.size() > target.context()) {
    throw std::runtime_error(fmt::format("the prompt has {} tokens, more than the model's context of {}",
                                         ids.size(), target.context()));
  }
  for (const std::uint32_t id : ids) {
    if (id >= target.vocab_size()) {
      throw std::runtime_error(fmt::format("token id {} of the prompt is out of range: the model has {} ids",
                                           id, target.vocab_size()));
    }
  }
  return ids;
}

/// Passes the calls on and takes the time, for targets that count nothing themselves.
class Timed : public runtime::TokenModel {
 public:
  explicit Timed(runtime::TokenModel& inner) : inner_(inner) {}
  std::uint32_t vocab_size() const override { return inner_.vocab_size(); }
  std::uint32_t context() const override { return inner_.context(); }
  std::vector<float> prefill(std::span<const std::uint32_t> tokens, std::uint32_t start, bool all) override {
    return timed(&prefill_totals, tokens.size(), [&] { return inner_.prefill(tokens, start, all); });
  }
  std::vector<float> decode(std::uint32_t token, std::uint32_t position) override {
    return timed(&decode_totals, 1, [&] { return inner_.decode(token, position); });
  }
  runtime::PhaseTotals prefill_totals, decode_totals;

 private:
  template <typename Action>
  std::vector<float> timed(runtime::PhaseTotals* totals, std::uint64_t tokens, Action action) {
    const auto begin = std::chrono::steady_clock::now();
    std::vector<float> out = action();
    totals->add({}, tokens, 0,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    return out;
  }
  runtime::TokenModel& inner_;
};

/// Shows text as it comes on a terminal, and a count of tokens while it goes elsewhere.
class Storyteller {
 public:
  Storyteller(const runtime::Tokenizer& tokenizer, Progress* progress, std::uint32_t all)
      : stream_(tokenizer), progress_(progress), all_(all), live_(stdout_is_terminal()) {}
  void prompt(const std::vector<std::uint32_t>& ids) {
    for (const std::uint32_t id : ids) text_ += stream_.push(id);
    if (live_) show(text_);
  }
  void token(std::uint32_t id) {
    const std::string piece = stream_.push(id);
    text_ += piece;
    ++made_;
    if (live_) {
      show(piece);
    } else {
      progress_->bar("generating", made_, all_);
    }
  }
  std::string finish() {
    const std::string rest = stream_.finish();
    text_ += rest;
    progress_->clear();
    fmt::print("{}\n", live_ ? rest : text_);
    return text_;
  }

 private:
  void show(const std::string& piece) {
    progress_->clear();
    fmt::print("{}", piece);
    std::fflush(stdout);
  }
  runtime::TextStream stream_;
  Progress* progress_;
  std::uint32_t all_, made_ = 0;
  bool live_;
  std::string text_;
};

Json result_json(const Options& options, const Target& target, const runtime::Generated& generated,
                 const std::string& text) {
  return {{"target", options.target.target},
          {"config", target.is_reference() ? Json() : Json(target.config().name)},
          {"model", options.target.model},
          {"tokens", generated.tokens},
          {"prompt_tokens", generated.prompt_tokens},
          {"generated_tokens", generated.tokens.size() - generated.prompt_tokens},
          {"finish", runtime::finish_name(generated.finish)},
          {"text", text}};
}

void run(Options& options) {
  Progress progress;
  OutputFile json_file(options.json), dump_file(options.dump_memory), trace_file(options.trace);
  { const OutputFile writable(options.target.open.waveform); }
  const runtime::Sampler check(options.sampling);  // refuses options before anything is read
  bool in_prefill = true;
  show_runs(&options.target.open, &progress, "reading the prompt");
  options.target.open.progress = [&, reading = options.target.open.progress](std::uint64_t cycles) {
    in_prefill ? reading(cycles) : check_interrupt();  // the words show how far it is
  };
  SerialReport line(&progress);
  if (options.target.target == "serial") line.watch(&options.target.open);
  options.target.timeline = true;
  options.target.keep_events = trace_file.wanted();
  Target target(options.target, &progress);
  if (trace_file.wanted() && options.target.target != "rtl" && options.target.target != "fast") {
    throw std::runtime_error("--trace: only targets rtl and fast know what each unit does in each cycle");
  }
  if (dump_file.wanted() && target.is_reference()) {
    throw std::runtime_error("--dump-memory: the reference target has no device memory");
  }
  const std::vector<std::uint32_t> prompt = prompt_of(options, target);
  target.open();

  runtime::GenerateOptions generate;
  generate.tokens = options.tokens;
  generate.end_tokens = target.tokenizer().eos();
  generate.sampling = options.sampling;
  Timed timed(target.tokens());
  Storyteller teller(target.tokenizer(), &progress, options.tokens);
  bool told = false;
  const runtime::Generated generated = runtime::generate(timed, prompt, generate, [&](std::uint32_t id) {
    if (in_prefill) line.prefill_done();
    in_prefill = false;
    if (!told) teller.prompt(prompt);
    told = true;
    teller.token(id);
    check_interrupt();
  });
  if (!told) teller.prompt(prompt);
  const std::string text = teller.finish();

  const runtime::Session* session = target.session();
  const runtime::PhaseTotals& prefill = session ? session->prefill_totals() : timed.prefill_totals;
  const runtime::PhaseTotals& decode = session ? session->decode_totals() : timed.decode_totals;
  Json json = result_json(options, target, generated, text);
  runtime::PhaseTotals both = prefill;
  both.add(decode);
  const auto work = session ? work_of(target.timeline(), session->image(), both.counters)
                            : std::optional<eval::CountedWork>();
  const eval::CountedWork* counted = work ? &*work : nullptr;
  add_measurements(&json, prefill, decode, target.config().config, options.target.node, counted);
  if (session) add_operations(&json, target.timeline(), session->image());
  line.add(&json, decode.tokens);
  json["provenance"] = provenance({.config = target.is_reference() ? nullptr : &target.config(),
                                   .memory = options.target.open.memory,
                                   .image = session ? &session->image() : nullptr,
                                   .seed = options.sampling.seed});
  json_file.write_json(json);
  if (trace_file.wanted()) trace_file.write(target.timeline().trace(session->image()));
  if (dump_file.wanted()) {
    const std::vector<std::uint8_t> memory = target.session()->dump_memory();
    dump_file.write(std::string_view(reinterpret_cast<const char*>(memory.data()), memory.size()));
  }
  json_file.commit();
  dump_file.commit();
  trace_file.commit();
  if (options.ids) fmt::print("\nids: {}\n", fmt::join(generated.tokens, " "));
  const std::string where = target.is_reference() ? "" : " on " + target.config().name;
  fmt::print("\n{}{}\n{}", options.target.target, where,
             phase_table(prefill, decode, target.config().config, options.target.node, counted));
  fmt::print("{}", line.text(decode.tokens));
  if (both.cycles() != 0) fmt::print("\n{}", unit_table(both.counters.data()));
  const std::string operations = session ? operation_table(target.timeline(), session->image()) : "";
  if (!operations.empty()) fmt::print("\nshare of all cycles\n{}", operations);
}

/// MODEL decides which of the two it is; options of the other kind are refused rather than ignored.
void run_either(Options& options) {
  if (!is_onnx(options.target.model)) {
    refuse_onnx_options(options.onnx);
    return run(options);
  }
  if (!options.prompt.empty() || !options.prompt_ids.empty() || !options.dump_memory.empty()) {
    throw std::runtime_error("--prompt, --prompt-ids and --dump-memory are for language models");
  }
  options.onnx.target = options.target;
  options.onnx.json = options.json;
  options.onnx.trace = options.trace;
  run_onnx(options.onnx);
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("run", "run a model: a prompt in, words out; or an .onnx file, tensors in and out");
  auto options = std::make_shared<Options>();
  options->target.target = "rtl";
  add_target_options(*command, &options->target, "Hugging Face directory, or an .onnx file");
  auto* prompt = command->add_option("--prompt", options->prompt, "text to go on from");
  command->add_option("--prompt-ids", options->prompt_ids, "token ids to go on from")
      ->delimiter(',')
      ->excludes(prompt);
  command->add_option("--tokens", options->tokens, "most new tokens")->capture_default_str();
  command->add_option("--temperature", options->sampling.temperature, "0: always the most likely token")
      ->capture_default_str();
  command->add_option("--top-k", options->sampling.top_k, "only the K most likely tokens (0: all)")
      ->capture_default_str();
  command->add_option("--top-p", options->sampling.top_p, "only the most likely tokens that together reach P")
      ->capture_default_str();
  command->add_option("--seed", options->sampling.seed, "of the choice of tokens")->capture_default_str();
  command->add_flag("--ids", options->ids, "print the token ids as well");
  command->add_option("--json", options->json, "write results and measurements as JSON");
  command->add_option("--dump-memory", options->dump_memory,
                      "write the model's device memory afterwards, counters that depend on time zeroed");
  command->add_option("--trace", options->trace,
                      "rtl, fast: write what each unit did when, for ui.perfetto.dev");
  command->add_option("--waveform", options->target.open.waveform, "rtl: write an FST waveform");
  command
      ->add_option("--input", options->onnx.inputs,
                   "ONNX: NAME=FILE.npy, an input's elements; once for each input")
      ->allow_extra_args(false);
  command->add_option("--output", options->onnx.output, "ONNX: folder to write the outputs to, as NAME.npy");
  add_node_option(*command, &options->target.node);
  add_onnx_options(*command, &options->onnx);
  command->callback([options] { run_either(*options); });
}

}  // namespace heddle::cli
