// heddle compile MODEL --config NAME -o FILE: a program for one configuration.
#include "compiler/emit/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "compiler/graph/model.hpp"
#include "isa/config_file.hpp"
#include "isa/image.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string model, config = "edge", output, dump, json;
};

void require_level(const std::string& level) {
  const std::vector<std::string> levels = emit::dump_levels();
  if (level.empty() || std::find(levels.begin(), levels.end(), level) != levels.end()) return;
  throw std::runtime_error(
      fmt::format("--dump: unknown level '{}': there are {}", level, fmt::join(levels, ", ")));
}

Json image_json(const isa::Image& image) {
  Json programs = Json::array();
  for (const isa::ImageProgram& program : image.programs) {
    programs.push_back({{"name", program.name}, {"bytes", program.bytes}});
  }
  return {{"model", image.model.name},
          {"architecture", image.model.architecture},
          {"parameters", image.model.parameters},
          {"context", image.model.context},
          {"config_hash", fmt::format("{:016x}", isa::config_hash(image.config))},
          {"readonly_bytes", image.readonly_bytes},
          {"arena_bytes", image.arena_bytes},
          {"programs", programs}};
}

void run(const Options& options) {
  OutputFile json_file(options.json);
  { const OutputFile writable(options.output); }  // known before the work; write_image keeps its own promise
  require_level(options.dump);
  const isa::NamedConfig config = isa::load_config(options.config);
  const auto begin = std::chrono::steady_clock::now();
  const graph::LanguageModel model = graph::import_huggingface(options.model);
  emit::CompileOptions compile;
  std::string dumped;
  if (!options.dump.empty()) {
    compile.dump = [&](const std::string& level, const std::string& text) {
      if (level == options.dump) dumped += text;
    };
  }
  const isa::Image image = emit::compile(model, config.config, compile);
  if (image.arena_bytes > config.config.memory_bytes) {
    throw std::runtime_error(
        fmt::format("{}: needs {} bytes of device memory, more than the {} of configuration '{}'",
                    options.model, image.arena_bytes, config.config.memory_bytes, config.name));
  }
  isa::write_image(options.output, image);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  Json json = image_json(image);
  json["config"] = config.name;
  json["file"] = options.output;
  json["wall_seconds"] = seconds;
  json_file.write_json(json);
  json_file.commit();
  if (!options.dump.empty()) {
    fmt::print("{}", dumped);
    return;
  }
  Table table({"program", "instructions", "size"});
  for (const isa::ImageProgram& program : image.programs) {
    table.add({program.name, grouped((program.bytes - 64) / 16) + " quads", byte_size(program.bytes)});
  }
  fmt::print("{}\n{}: {} for {}, constants {}, state {}, {:.2f} s\n", table.text(), options.output,
             image.model.name, config.name, byte_size(image.readonly_bytes),
             byte_size(image.arena_bytes - image.readonly_bytes), seconds);
}

}  // namespace

void add_compile(CLI::App& app) {
  CLI::App* command = app.add_subcommand("compile", "compile a model to a file for one configuration");
  auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "Hugging Face directory")->required();
  command->add_option("--config", options->config, "configuration: a name (heddle configs) or a JSON file")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "file to write")->required();
  command->add_option("--dump", options->dump, "print the text of this level instead of the table");
  command->add_option("--json", options->json, "write sizes as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
