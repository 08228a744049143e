// heddle estimate MODEL --chip NAME | --all | --check-published
#include "eval/estimate/estimate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/provenance.hpp"
#include "cli/usage.hpp"
#include "eval/chips/chips.hpp"
#include "eval/estimate/published.hpp"
#include "eval/kernels/parameters.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string model, split, format = "bf16", cache, software, flash_attention, json;
  std::vector<std::string> chips;
  std::uint32_t devices = 0;
  std::uint64_t batch = 1, context = 0, prompt = 0, cached = 0, output = 0;
  bool modelled = false;
  bool explain = false, all = false, check_published = false, forward = false;
};

constexpr std::uint64_t kDefaultContext = 4096;

/// "12.3 (10.1-14.9)": three digits.
std::string ranged(const eval::Range& range, double unit = 1) {
  return fmt::format("{:.3g} ({:.3g}-{:.3g})", range.value * unit, range.low * unit, range.high * unit);
}
std::string graded(const eval::Graded& number, double unit = 1) {
  return fmt::format("{} {}", ranged(number.range, unit), eval::name(number.grade));
}

eval::EstimateRequest request_of(const Options& options) {
  if (options.model.empty()) wrong_usage("MODEL is missing (a name, or a config.json)");
  if (options.chips.empty()) wrong_usage("--chip is missing (heddle chips lists them)");
  eval::EstimateRequest request;
  request.model = eval::load_model(options.model);
  for (const std::string& chip : options.chips) request.chips.push_back(eval::load_chip(chip));
  request.format = eval::parse_format(options.format);
  if (!options.cache.empty()) request.cache = eval::parse_format(options.cache);
  request.batch = options.batch;
  request.prompt = options.prompt;
  request.cached = options.cached;
  if (!options.flash_attention.empty()) request.flash_attention = options.flash_attention == "on";
  request.anchored = !options.modelled;
  request.context = options.context;
  if (request.context == 0) {
    // Decode is taken in the middle of the output.
    const std::uint64_t prompt = options.prompt > 0 ? options.prompt : kDefaultContext;
    request.context = options.cached + prompt + options.output / 2;
    if (request.prompt == 0) request.prompt = prompt;
  }
  request.software = options.software;
  const bool experts = request.model.experts.has_value();
  request.split = !options.split.empty()     ? eval::parse_split(options.split)
                  : request.chips.size() > 1 ? eval::Split::kLayer
                  : experts                  ? eval::Split::kExpert
                                             : eval::Split::kTensor;
  if (request.chips.size() > 1 && options.devices > 1) {
    wrong_usage("--devices counts chips of one kind; with several --chip leave it out");
  }
  request.devices = options.devices > 0 ? options.devices : 1;
  if (options.devices == 0 && request.chips.size() == 1) {
    request.devices = std::max(1U, eval::fewest_devices(request));
  }
  return request;
}

void print_step(const char* title, const eval::StepEstimate& step, bool explain) {
  fmt::print("{}: bound by {}", title, eval::name(step.bound));
  const char* separator = ":";
  for (std::size_t i = 0; i < step.shares.size(); ++i) {
    if (step.shares[i] >= 0.005) {
      fmt::print("{} {} {:.0f}%", std::exchange(separator, ","), eval::name(static_cast<eval::Bound>(i)),
                 100 * step.shares[i]);
    }
  }
  fmt::print("; {:.4g} GFLOP, {:.4g} GB (weights {:.4g}, cache {:.4g}, activations {:.4g})\n",
             step.totals.flops / 1e9,
             (step.totals.weight_bytes + step.totals.cache_bytes + step.totals.activation_bytes) / 1e9,
             step.totals.weight_bytes / 1e9, step.totals.cache_bytes / 1e9,
             step.totals.activation_bytes / 1e9);
  if (step.anchored) {
    fmt::print(
        "  scaled by reference runs: {:.2f} times the modelled speed, a standard deviation of {:.0f}%{}\n",
        std::exp(step.anchored->log_ratio), 100 * step.anchored->deviation,
        step.anchored->own ? "; the program was run on this die" : "");
  }
  if (!explain) return;
  if (step.anchored) {
    Table runs({"reference run", "over the model", "weight", "source"});
    runs.left(3);
    for (const auto& [run, weight] : step.anchored->heaviest()) {
      runs.add({run->name, fmt::format("{:.2f}", std::exp(run->log_ratio)), fmt::format("{:.2f}", weight),
                run->source});
    }
    fmt::print("{}", runs.text());
  }
  Table table({"operator", "class", "count", "ms", "GB", "GFLOP", "bound", "rests on"});
  table.left(1);
  table.left(6);
  table.left(7);
  for (const eval::OperatorLine& line : step.lines) {
    table.add({line.name, line.kind, fmt::format("{:g}", line.count),
               fmt::format("{:.4f}", line.seconds * 1e3), fmt::format("{:.4g}", line.bytes / 1e9),
               fmt::format("{:.4g}", line.operations / 1e9), std::string(eval::name(line.bound)),
               line.basis});
  }
  fmt::print("{}", table.text());
}

void print_one(const Options& options) {
  OutputFile file(options.json);
  const eval::EstimateRequest request = request_of(options);
  const eval::Estimate result = eval::estimate(request, eval::kernel_parameters());
  Json json = eval::estimate_to_json(result, options.explain);
  std::vector<std::string> chips;
  for (const eval::Chip& chip : request.chips) chips.push_back(chip.name);
  fmt::print("{} on {}{}, {} ({}), {}, batch {}, context {}, prompt {}\n", request.model.name,
             request.devices > 1 ? fmt::format("{} x ", request.devices) : "", fmt::join(chips, " + "),
             eval::name(request.format), eval::name(result.execution.support), result.software.name,
             request.batch, request.context, result.request.prompt);
  Table table({"figure", "value (range) grade"});
  table.left(1);
  if (result.decode) {
    table.add({"tokens/s per user", graded(result.tokens_per_second)});
    table.add({"tokens/s of the group", graded(result.tokens_per_second_group)});
  }
  table.add({"time to first token, ms", graded(result.time_to_first_token, 1e3)});
  table.add({"prefill tokens/s", graded(result.prefill_tokens_per_second)});
  if (options.output > 0 && result.decode) {
    const eval::Graded whole = {
        result.time_to_first_token.range +
            result.decode->seconds.range * eval::Range(static_cast<double>(options.output)),
        eval::worse(result.time_to_first_token.grade, result.decode->seconds.grade)};
    table.add({fmt::format("{} tokens, s", options.output), graded(whole)});
    json["output_seconds"] = whole;
  }
  table.add({"memory per device, GB",
             fmt::format("{:.4g} of {:.4g} (weights {:.4g}, cache {:.4g}, reserve {:.3g}): {}",
                         (result.memory.weights + result.memory.cache + result.memory.reserve) / 1e9,
                         result.memory.capacity / 1e9, result.memory.weights / 1e9, result.memory.cache / 1e9,
                         result.memory.reserve / 1e9, result.memory.fits() ? "fits" : "does not fit")});
  fmt::print("{}", table.text());
  if (result.decode) print_step("decode", *result.decode, options.explain);
  print_step("prefill", result.prefill, options.explain);
  for (const std::string& remark : result.remarks) fmt::print("note: {}\n", remark);
  if (options.explain) {
    for (const eval::Chip& chip : request.chips) {
      fmt::print("{}: bandwidth {}\n", chip.name, eval::explain(chip.need_bandwidth()));
      const eval::Peak& peak = chip.peak(result.execution.precision.compute);
      if (peak.figure) fmt::print("{}: peak {}\n", chip.name, eval::explain(*peak.figure));
      fmt::print("{}: capacity {}\n", chip.name, eval::explain(chip.need_capacity()));
      if (chip.link) fmt::print("{}: link {}\n", chip.name, eval::explain(chip.link->bandwidth));
    }
    fmt::print("model: {}\nsoftware: {} ({})\nkernels: {}\n", request.model.source, result.software.name,
               result.software.reason, eval::kernel_parameters().source);
  }
  json["provenance"] = provenance({.chip_data = true});
  file.write_json(json);
  file.commit();
}

/// One line of the big table, or why there is none.
void add_case(Table& table, Json& json, const eval::Chip& chip, const eval::Model& model, eval::Format format,
              const Options& options) {
  const std::string what = fmt::format("{} {}", model.name, eval::name(format));
  const auto refuse = [&](const std::string& why) {
    table.add({what, chip.name, "-", "-", "-", "-", "-", why});
    json.push_back(
        {{"model", model.name}, {"format", eval::name(format)}, {"chip", chip.name}, {"refused", why}});
  };
  try {
    eval::EstimateRequest request;
    request.model = model;
    request.chips = {chip};
    request.format = format;
    request.batch = options.batch;
    request.context = options.context > 0 ? options.context : kDefaultContext;
    request.prompt = options.prompt;
    request.split = model.experts ? eval::Split::kExpert : eval::Split::kTensor;
    request.software = options.software;
    request.anchored = !options.modelled;
    request.devices = options.devices > 0 ? options.devices : eval::fewest_devices(request);
    if (request.devices == 0) return refuse("does not fit in 8");
    const eval::Estimate result = eval::estimate(request, eval::kernel_parameters());
    if (!result.memory.fits()) return refuse(fmt::format("does not fit in {}", request.devices));
    table.add({what, chip.name, std::to_string(request.devices),
               std::string(eval::name(result.execution.support)), ranged(result.tokens_per_second.range),
               ranged(result.prefill_tokens_per_second.range), std::string(eval::name(result.decode->bound)),
               std::string(eval::name(result.tokens_per_second.grade))});
    json.push_back(eval::estimate_to_json(result, options.explain));
  } catch (const std::runtime_error& error) {
    refuse(error.what());
  }
}

void print_all(const Options& options) {
  OutputFile file(options.json);
  Table table({"model, weights", "chip", "devices", "format", "decode tokens/s", "prefill tokens/s", "bound",
               "grade"});
  table.left(1);
  table.left(3);
  table.left(6);
  table.left(7);
  Json json = Json::array();
  const std::vector<eval::Chip> chips = eval::all_chips();
  const std::pair<const char*, eval::Format> cases[] = {{"QwQ-32B", eval::Format::kInt4},
                                                        {"QwQ-32B", eval::Format::kInt8},
                                                        {"DeepSeek-R1", eval::Format::kFp8},
                                                        {"DeepSeek-R1", eval::Format::kInt4}};
  for (const auto& [name, format] : cases) {
    const eval::Model model = eval::load_model(name);
    for (const eval::Chip& chip : chips) add_case(table, json, chip, model, format, options);
  }
  fmt::print("batch {}, context and prompt {}; the fewest of 1, 2, 4, 8 devices that hold it\n",
             options.batch, options.context > 0 ? options.context : kDefaultContext);
  fmt::print("{}", table.text());
  file.write_json(Json{{"estimates", json}, {"provenance", provenance({.chip_data = true})}});
  file.commit();
}

void print_summaries(const std::vector<eval::ClassSummary>& summaries) {
  for (const eval::ClassSummary& summary : summaries) {
    fmt::print(
        "{}: {} rows of {} sources, median error {:.0f}% (one vote a source), {:.0f}% of rows in their "
        "ranges ({:.0f}% with one vote a source); {:.0f}% of the {} whose conditions are published\n",
        summary.kind, summary.rows, summary.sources, 100 * summary.median, 100 * summary.inside,
        100 * summary.inside_votes, 100 * summary.inside_stated, summary.stated);
    if (summary.left_out_factor > 0) {
      fmt::print("  ranges from the other sources' errors: a factor {:.2f} end to end, {:.0f}% of rows\n",
                 summary.left_out_factor, 100 * summary.left_out_inside);
    }
  }
}

void print_repeated(const std::vector<eval::RepeatedCase>& repeated) {
  if (repeated.empty()) return;
  fmt::print(
      "\npublished more than once (chips, model, format, phase, batch and prompt alike; programs differ):\n");
  int rows = 0, held = 0;
  for (const eval::RepeatedCase& each : repeated) {
    fmt::print("  {}: {} rows, greatest over least {:.2f}; a range of 1.5 holds {} at most\n", each.what,
               each.rows, each.spread, each.held);
    rows += each.rows, held += each.held;
  }
  fmt::print(
      "  no predictor with ranges of 1.5 that is not told the program can hold more than {:.0f}% of these "
      "{} rows\n",
      100.0 * held / rows, rows);
}

void check_published(const Options& options) {
  OutputFile file(options.json);
  std::vector<eval::PublishedRow> rows = eval::published_rows();
  for (eval::PublishedRow& row : rows) {
    if (row.what) row.what->request.anchored = !options.modelled;
    if (row.against) row.against->request.anchored = !options.modelled;
  }
  const eval::PublishedCheck check = eval::check_published(rows, eval::kernel_parameters(), options.forward);
  Table table({"row", "class", "published", "predicted (range)", "error", "in range", "reason"});
  table.left(1);
  table.left(6);
  for (const eval::CheckedRow& row : check.rows) {
    if (!row.refused.empty()) {
      table.add({row.row.name, row.row.kind, "-", "-", "-", "-", row.refused});
      continue;
    }
    table.add({row.row.name, row.row.kind, fmt::format("{:.4g} {}", row.row.value, row.row.unit),
               ranged(row.predicted.range), fmt::format("{:+.0f}%", 100 * row.error),
               std::string(row.inside ? "yes" : "no") + (row.open ? ", conditions open" : ""),
               row.row.reason});
  }
  fmt::print("{}", table.text());
  print_summaries(check.classes);
  fmt::print("\nof these, rows whose program another source ran on that die:\n");
  print_summaries(check.own);
  fmt::print("\nrows read after the parameters that predicted them first were committed:\n");
  print_summaries(check.later);
  for (const auto& [batch, classes] : check.batches) {
    fmt::print("\nof these, batch {} (looked up and predicted together):\n", batch);
    print_summaries(classes);
  }
  print_repeated(check.repeated);
  Json json = eval::published_to_json(check);
  json["provenance"] = provenance({.chip_data = true});
  file.write_json(json);
  file.commit();
}

}  // namespace

void add_estimate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("estimate", "predict a model's speed on a chip, with ranges");
  auto options = std::make_shared<Options>();
  auto* model = command->add_option("MODEL", options->model,
                                    "a model's name, a config.json or a Hugging Face directory");
  auto* chip = command->add_option("--chip", options->chips,
                                   "a chip's name or file; several, in order, share the model by layers");
  command->add_option("--devices", options->devices,
                      "devices of that chip (default: the fewest that hold the model)");
  command->add_option("--split", options->split, "tensor, expert, data or layer");
  command->add_option("--format", options->format, "bf16, fp8, int8 or int4")->capture_default_str();
  command->add_option("--cache", options->cache, "format of keys and values (default: the chip's own)");
  command->add_option("--batch", options->batch, "users at a time")->capture_default_str();
  command->add_option("--context", options->context, "cached tokens at the decode step (default: 4096)");
  command->add_option("--prompt", options->prompt, "tokens of the prompt (default: the context)");
  command->add_option("--cached", options->cached,
                      "tokens that the cache holds before the prompt (default: 0)");
  command->add_option("--output", options->output, "tokens to generate: decode is taken in their middle");
  command->add_option("--software", options->software,
                      "TensorRT-LLM, vLLM, SGLang, llama.cpp, MLX, exo, ...");
  command
      ->add_option("--flash-attention", options->flash_attention,
                   "on or off: llama.cpp keeps attention's scores on the chip (default: as it does now)")
      ->check(CLI::IsMember({"on", "off"}));
  command->add_flag("--modelled", options->modelled, "do not scale by reference runs");
  command->add_flag("--explain", options->explain, "each operator, and what every figure rests on");
  auto* all = command->add_flag("--all", options->all, "QwQ-32B and DeepSeek-R1 on every chip");
  all->excludes(model)->excludes(chip);
  auto* published =
      command->add_flag("--check-published", options->check_published, "compare with published results");
  published->excludes(model)->excludes(chip)->excludes(all);
  command
      ->add_flag("--forward", options->forward,
                 "with --check-published: batches of rows by the reference runs of before each alone")
      ->needs(published);
  command->add_option("--json", options->json, "write the same as JSON");
  command->callback([options] {
    if (options->check_published) return check_published(*options);
    options->all ? print_all(*options) : print_one(*options);
  });
}

}  // namespace heddle::cli
