// heddle disassemble FILE: a compiled model as text.
#include <fmt/format.h>

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "compiler/emit/compile.hpp"
#include "isa/image.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string file, json;
};

void run(const Options& options) {
  OutputFile json_file(options.json);
  const isa::Image image = isa::read_image(options.file);
  const std::string text = emit::disassemble(image);
  Json lines = Json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  json_file.write_json(
      Json{{"file", options.file}, {"model", image.model.name}, {"lines", std::move(lines)}});
  json_file.commit();
  fmt::print("{}", text);
}

}  // namespace

void add_disassemble(CLI::App& app) {
  CLI::App* command = app.add_subcommand("disassemble", "print a compiled model as text");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "file that heddle compile wrote")->required();
  command->add_option("--json", options->json, "write the lines as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
