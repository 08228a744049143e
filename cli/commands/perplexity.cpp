// heddle perplexity MODEL --text FILE: how well a model predicts a text, and what quantisation changes.
#include "runtime/host/perplexity.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/model.hpp"
#include "cli/output.hpp"

namespace heddle::cli {
namespace {

struct Options {
  TargetOptions target;
  std::string text, json;
  std::uint64_t tokens = 0;
};

std::string fixed(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

void print_table(const Options& options, const Target& target, const runtime::PerplexityResult& result,
                 double seconds) {
  Table table({"target", "config", "tokens", "perplexity", "reference", "change", "divergence",
               "top-1 agreement", "wall time"});
  table.left(1);
  std::string change = "-";
  if (result.reference_perplexity) {
    change = fmt::format("{:+.2f}%", 100.0 * (result.perplexity / *result.reference_perplexity - 1.0));
  }
  const std::string divergence = result.divergence ? fixed(result.divergence, 5) + " nats" : "-";
  table.add({options.target.target, target.is_reference() ? "-" : target.config().name,
             grouped(result.tokens), fixed(result.perplexity, 4), fixed(result.reference_perplexity, 4),
             change, divergence, percent(result.top1_agreement), fmt::format("{:.2f} s", seconds)});
  fmt::print("{}", table.text());
}

void run(const Options& options) {
  Progress progress;
  OutputFile json_file(options.json);
  const std::string text = read_text_file(options.text);
  Target target(options.target, &progress);
  std::vector<std::uint32_t> ids;
  try {
    ids = target.tokenizer().encode(text, false);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", options.text, error.what()));
  }
  runtime::PerplexityOptions how;
  how.bos = target.tokenizer().bos();
  how.limit = options.tokens;
  how.progress = [&](std::uint64_t done, std::uint64_t all) { progress.bar("predicting", done, all); };
  target.open();
  std::unique_ptr<ReferenceTarget> reference;
  if (!target.is_reference()) reference = std::make_unique<ReferenceTarget>(target.graph_model());

  const auto begin = std::chrono::steady_clock::now();
  const runtime::PerplexityResult result = runtime::perplexity(target.tokens(), reference.get(), ids, how);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  progress.clear();

  Json json = {{"target", options.target.target},
               {"config", target.is_reference() ? Json() : Json(target.config().name)},
               {"model", options.target.model},
               {"text", options.text},
               {"context", target.context()},
               {"tokens", result.tokens},
               {"perplexity", result.perplexity}};
  if (reference) {
    json["reference_perplexity"] = *result.reference_perplexity;
    json["divergence"] = *result.divergence;
    json["top1_agreement"] = *result.top1_agreement;
  }
  json["wall_seconds"] = seconds;
  json_file.write_json(json);
  json_file.commit();
  print_table(options, target, result, seconds);
}

}  // namespace

void add_perplexity(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "perplexity",
      "predict a text in windows of the model's context; a quantised target beside the float reference");
  auto options = std::make_shared<Options>();
  options->target.target = "hls";  // the same bits as rtl, hundreds of times faster
  add_target_options(*command, &options->target, "Hugging Face directory");
  command->add_option("--text", options->text, "UTF-8 text file")->required();
  command->add_option("--tokens", options->tokens, "predict at most so many tokens (0: all)")
      ->capture_default_str();
  command->add_option("--json", options->json, "write the result as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
