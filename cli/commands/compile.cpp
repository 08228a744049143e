// heddle compile MODEL --config NAME -o FILE: a program for one configuration.
#include "compiler/emit/compile.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/onnx/onnx.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/graph/text.hpp"
#include "compiler/tiles/text.hpp"
#include "isa/config_file.hpp"
#include "isa/image.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string model, config = "edge", output, dump, json;
  std::vector<std::string> from;  // level, file
  std::int64_t context = 0;
  int batch = 0;
  OnnxOptions onnx;
};

/// The tile program: made from the model, or read from edited text.
tiles::Module tiles_of(const Options& options, const graph::LanguageModel& model,
                       const isa::NamedConfig& config, const emit::CompileOptions& compile) {
  if (!options.from.empty() && options.from[0] != "tiles") {
    throw std::runtime_error(
        fmt::format("--from: level '{}' cannot be read, only tiles can", options.from[0]));
  }
  if (options.from.empty()) return emit::compile_to_tiles(model, config.config, compile);
  const std::string& file = options.from[1];
  tiles::Module module = tiles::parse(read_text_file(file), file);
  if (isa::config_hash(module.config) != isa::config_hash(config.config)) {
    throw std::runtime_error(fmt::format(
        "{}: was made for another configuration than '{}': give its --config", file, config.name));
  }
  module.config = config.config;  // clock and memory, which the text does not fix
  return module;
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
  const isa::NamedConfig config = isa::load_config(options.config);
  const auto begin = std::chrono::steady_clock::now();
  Progress progress;
  progress.show(fmt::format("compiling {} for {}", options.model, config.name));
  const graph::LanguageModel model = graph::import_huggingface(options.model);
  emit::CompileOptions compile;
  compile.context = options.context;
  compile.batch = options.batch;
  const tiles::Module module = tiles_of(options, model, config, compile);
  const isa::Image image = emit::compile_from_tiles(module, model, compile);
  if (image.arena_bytes > config.config.memory_bytes) {
    throw std::runtime_error(
        fmt::format("{}: needs {} bytes of device memory, more than the {} of configuration '{}'",
                    options.model, image.arena_bytes, config.config.memory_bytes, config.name));
  }
  isa::write_image(options.output, image);
  progress.clear();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  Json json = image_json(image);
  json["config"] = config.name;
  json["file"] = options.output;
  json["wall_seconds"] = seconds;
  json_file.write_json(json);
  json_file.commit();
  if (!options.dump.empty()) {
    fmt::print("{}", options.dump == "graph"   ? graph::print_graph(model.graph)
                     : options.dump == "tiles" ? tiles::print(module)
                                               : emit::disassemble(image));
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
  command->add_option("MODEL", options->model, "Hugging Face directory, or an .onnx file")->required();
  command->add_option("--config", options->config, "configuration: a name (heddle configs) or a JSON file")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "file to write")->required();
  command->add_option("--dump", options->dump, "print the text of this level instead of the table")
      ->check(CLI::IsMember({"graph", "tiles", "program"}));
  command->add_option("--from", options->from, "go on from edited text: tiles FILE")->expected(2);
  command->add_option("--context", options->context, "positions of the cache (default: the model's)")
      ->check(positive());
  command
      ->add_option("--batch", options->batch,
                   "sequences, each with a cache of its own, that a program decode_batch takes at once")
      ->check(CLI::Range(1, 256));
  command->add_option("--json", options->json, "write sizes as JSON");
  add_onnx_options(*command, &options->onnx);
  command->callback([options] {
    if (!is_onnx(options->model)) {
      refuse_onnx_options(options->onnx);
      return run(*options);
    }
    if (!options->from.empty() || options->context != 0 || options->batch != 0) {
      throw std::runtime_error("--from, --context and --batch are for language models");
    }
    options->onnx.target.model = options->model;
    options->onnx.target.config = options->config;
    options->onnx.json = options->json;
    compile_onnx(options->onnx, options->output, options->dump);
  });
}

}  // namespace heddle::cli
