#include "cli/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "cli/simulation_options.hpp"
#include "cli/usage.hpp"
#include "compiler/emit/compile.hpp"

namespace heddle::cli {
namespace {

void require_target(const TargetOptions& options) {
  std::string names;
  for (const runtime::TargetInfo& info : runtime::device_targets()) {
    if (info.name == options.target) return runtime::check_device(options.target, options.open);
    names += info.name + ", ";
  }
  if (options.target != kReference) {
    throw std::runtime_error(
        fmt::format("unknown target '{}': there are {}{}", options.target, names, kReference));
  }
  const runtime::OpenOptions& open = options.open;
  if (open.memory_latency || !open.memory.empty() || open.stall_permille != 0 || open.cycle_limit != 0 ||
      !open.waveform.empty() || !open.platform_model.empty() || !open.port.empty() ||
      options.watchdog != kDefaultWatchdog) {
    throw std::runtime_error("the reference target is no device: options of devices do not apply to it");
  }
  if (!options.program.empty())
    throw std::runtime_error("--program: the reference target runs no compiled program");
}

const std::string& require_directory(const std::string& model) {
  std::error_code error;
  if (std::filesystem::is_directory(model, error)) return model;
  throw std::runtime_error(fmt::format("{}: {}", model,
                                       std::filesystem::exists(model, error)
                                           ? "not a directory: MODEL is a Hugging Face directory"
                                           : "does not exist"));
}

}  // namespace

void add_target_options(CLI::App& command, TargetOptions* options, const std::string& model) {
  command.add_option("MODEL", options->model, model)->required();
  command.add_option("--config", options->config, "configuration: a name (heddle configs) or a JSON file")
      ->capture_default_str();
  command
      .add_option("--target", options->target,
                  "what runs it: hls, rtl, fast, systemc, xrt, opencl, serial, reference (heddle devices)")
      ->capture_default_str();
  command.add_option("--program", options->program, "file of `heddle compile` to use instead of compiling");
  command.add_option("--context", options->context, "positions of the cache (default: the model's)")
      ->check(positive());
  add_simulation_options(command, &options->open, &options->watchdog);
  command.add_option("--xclbin", options->open.xclbin,
                     "xrt, opencl: file to load onto a board, or to emulate (default: an emulation)");
  command.add_option("--port", options->open.port,
                     "serial: port of the board, /dev/ttyUSB1 (default: a simulated board)");
  command.add_option("--baud", options->open.baud, "serial: rate of the line")->capture_default_str();
  command
      .add_option(
          "--emulate", options->open.emulated,
          "xrt, opencl: what stands behind the Xilinx Runtime: rtl, fast, or hls, which counts no cycles "
          "(default: rtl)")
      ->check(CLI::IsMember({"rtl", "fast", "hls"}));
}

Target::Target(const TargetOptions& options, Progress* progress)
    : options_(options),
      progress_(progress),
      config_((require_target(options), isa::load_config(options.config))),
      tokenizer_(runtime::Tokenizer::load(require_directory(options.model))),
      timeline_(options.keep_events) {
  if (options.program.empty()) {
    model_ = graph::import_huggingface(options.model);
    return;
  }
  image_ = isa::read_image(options.program);
  if (isa::config_hash(image_->config) != isa::config_hash(config_.config)) {
    throw std::runtime_error(
        fmt::format("{}: was compiled for another configuration than '{}': give its --config, or "
                    "compile it again",
                    options.program, config_.name));
  }
}

std::uint32_t Target::vocab_size() const {
  return image_ ? image_->model.vocab_size : static_cast<std::uint32_t>(model_->shape.vocab);
}

std::uint32_t Target::context() const {
  if (image_) return image_->model.context;
  const auto context = static_cast<std::uint32_t>(model_->shape.context);
  return options_.context != 0 && !is_reference() ? std::min(options_.context, context) : context;
}

void Target::open() {
  if (is_reference()) {
    reference_ = std::make_unique<ReferenceTarget>(*model_);
    return;
  }
  if (!image_) {
    progress_->show(fmt::format("compiling {} for {}", model_->name, config_.name));
    emit::CompileOptions compile;
    compile.context = options_.context;
    image_ = emit::compile(*model_, config_.config, compile);
    progress_->clear();
  }
  runtime::OpenOptions open = options_.open;
  const auto shown = std::move(open.progress);
  show_runs(&open, progress_);
  if (shown) open.progress = shown;
  if (options_.timeline) open.event = [this](const heddle_unit_event& event) { timeline_.add(event); };
  runtime::SessionOptions session;
  session.timeline = &timeline_;
  session.watchdog = options_.watchdog;
  device_ = runtime::open_device(options_.target, config_, open);
  session_ = std::make_unique<runtime::Session>(*device_, *std::move(image_), session);
}

runtime::TokenModel& Target::tokens() {
  if (reference_) return *reference_;
  return *session_;
}

const graph::LanguageModel& Target::graph_model() {
  if (!model_) model_ = graph::import_huggingface(options_.model);
  return *model_;
}

}  // namespace heddle::cli
