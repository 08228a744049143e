// heddle build BOARD: from the RTL to a bitstream.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/commands/commands.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string board, output, json;
  bool print = false;
};

void require_tools(const std::vector<BuildStep>& steps) {
  for (const BuildStep& step : steps) {
    if (program_on_path(step.tool).empty()) {
      throw std::runtime_error(
          fmt::format("{} needs {}, which is not installed: apt-get install yosys nextpnr-ice40 "
                      "fpga-icestorm",
                      step.what, step.tool));
    }
  }
}

void build(const Options& options) {
  const Board board = load_board(options.board);
  const fs::path output = fs::absolute(options.output.empty() ? "build-" + board.name : options.output);
  const std::vector<BuildStep> steps = ice40_steps(board, output);
  if (options.print) {
    fmt::print("# heddle writes {}/heddle_config_pkg.sv from configuration {}\n", output.string(),
               board.config);
    for (const BuildStep& step : steps) fmt::print("# {}\n{}\n", step.what, step.command);
    return;
  }
  require_tools(steps);
  OutputFile json_file(options.json);
  std::error_code error;
  fs::create_directories(output, error);
  if (error)
    throw std::runtime_error(fmt::format("{}: cannot be made: {}", output.string(), error.message()));
  fs::remove(output / "build.json");  // an older bitstream must not pass for this one
  write_config_package(board, output);
  Progress progress;
  for (const BuildStep& step : steps) {
    progress.show(fmt::format("{}: {}", board.name, step.what));
    if (std::system(step.command.c_str()) != 0) {
      progress.clear();
      throw std::runtime_error(
          fmt::format("{}: {} failed, see the logs in {}", board.name, step.what, output.string()));
    }
  }
  progress.clear();
  Json cells;
  const BuildResult result = read_report(board, output, &cells);
  write_result(result, output);
  Table table({"cell", "used", "available", "free"});
  for (const Json& row : cells) {
    if (row["used"] == 0) continue;
    table.add({row["cell"], std::to_string(row["used"].get<int>()),
               std::to_string(row["available"].get<int>()), std::to_string(row["free"].get<int>())});
  }
  json_file.write_json(Json{{"board", board.name},
                            {"bitstream", (output / (board.name + ".bin")).string()},
                            {"clock_mhz", result.clock_mhz},
                            {"achieved_mhz", result.achieved_mhz},
                            {"timing_met", result.timing_met()},
                            {"cells", cells}});
  json_file.commit();
  fmt::print("{}\n\n{}\n{}: {} MHz asked for, {:.1f} MHz reached: timing {}\n{}\n", board.title, table.text(),
             board.name, result.clock_mhz, result.achieved_mhz, result.timing_met() ? "met" : "MISSED",
             (output / (board.name + ".bin")).string());
  if (!result.timing_met()) throw std::runtime_error(fmt::format("{}: timing is missed", board.name));
}

}  // namespace

void add_build(CLI::App& app) {
  CLI::App* command = app.add_subcommand("build", "make the bitstream of a board");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar")->required();
  command->add_option("--output", options->output, "folder for it (default: build-BOARD)");
  command->add_flag("--print", options->print, "print the commands, run none");
  command->add_option("--json", options->json, "write the result as JSON");
  command->callback([options] { build(*options); });
}

}  // namespace heddle::cli
