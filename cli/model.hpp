// Opening what the user named: a model's directory, a configuration, a target.
#pragma once
#include <CLI/App.hpp>
#include <memory>
#include <optional>
#include <string>

#include "cli/output.hpp"
#include "cli/reference_target.hpp"
#include "cli/simulation_options.hpp"
#include "compiler/graph/model.hpp"
#include "eval/energy/machine.hpp"
#include "isa/config_file.hpp"
#include "isa/image.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "runtime/host/session.hpp"
#include "runtime/host/tokenizer/tokenizer.hpp"

namespace heddle::cli {

constexpr const char* kReference = "reference";  // the target that is no device

struct TargetOptions {
  std::string model;  // Hugging Face directory
  std::string config = "edge";
  std::string target;                // the subcommand's default
  std::string program;               // compiled file to use instead of compiling, or empty
  std::uint32_t context = 0;         // positions of the cache; 0: the model's
  bool timeline = false;             // collect which operation spent which cycles
  bool keep_events = false;          // and every instruction, for a trace
  double node = eval::kDefaultNode;  // nm, of the energy
  std::uint64_t watchdog = kDefaultWatchdog;
  runtime::OpenOptions open;
};

/// Adds MODEL, which is `model`, --config, --target, --program, --context and the options of simulations and
/// boards to a subcommand.
void add_target_options(CLI::App& command, TargetOptions* options, const std::string& model);

/// A model on its way to a target. Made in two steps, so that what is wrong with the input is known before
/// anything is compiled or simulated.
class Target {
 public:
  /// Checks target and configuration, reads tokenizer and model. Throws std::runtime_error.
  Target(const TargetOptions& options, Progress* progress);

  const runtime::Tokenizer& tokenizer() const { return tokenizer_; }
  std::uint32_t vocab_size() const;
  std::uint32_t context() const;

  /// Compiles, opens the device, loads. Throws std::runtime_error.
  void open();
  /// After open.
  runtime::TokenModel& tokens();
  /// Of the device's runs; empty where they have no cycles or nobody asked.
  const runtime::Timeline& timeline() const { return timeline_; }
  /// After open; null for the reference.
  runtime::Session* session() { return session_.get(); }
  bool is_reference() const { return options_.target == kReference; }
  /// The imported model, its weights at hand; read now if a compiled file made that unnecessary so far.
  const graph::LanguageModel& graph_model();

  const TargetOptions& options() const { return options_; }
  const isa::NamedConfig& config() const { return config_; }

 private:
  TargetOptions options_;
  Progress* progress_;
  isa::NamedConfig config_;
  runtime::Tokenizer tokenizer_;
  std::optional<graph::LanguageModel> model_;
  std::optional<isa::Image> image_;  // read from a compiled file
  runtime::Timeline timeline_;
  std::unique_ptr<ReferenceTarget> reference_;
  std::unique_ptr<runtime::Device> device_;
  std::unique_ptr<runtime::Session> session_;
};

}  // namespace heddle::cli
