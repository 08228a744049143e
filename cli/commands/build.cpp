// heddle build BOARD: from the RTL to a bitstream.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/boards/estimate.hpp"
#include "cli/boards/vitis.hpp"
#include "cli/commands/commands.hpp"
#include "isa/config_file.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string board, output, json, design = "rtl";
  bool print = false, estimate = false, sources = false;
};

void print_steps(const std::string& writes, const std::vector<BuildStep>& steps) {
  fmt::print("# heddle writes {}\n", writes);
  for (const BuildStep& step : steps) {
    fmt::print("# {}", step.what);
    for (const fs::path& file : step.makes)
      fmt::print("{}{}", &file == step.makes.data() ? ": makes " : ", ", file.string());
    fmt::print("\n{}\n", step.command);
  }
}

void build_ice40(const Options& options, const fs::path& output) {
  if (options.estimate || options.sources || options.design != "rtl") {
    throw std::runtime_error(
        fmt::format("{}: --estimate, --sources and --design are for AMD's boards: the build of this one "
                    "counts its cells itself",
                    options.board));
  }
  const Board board = load_board(options.board);
  const std::vector<BuildStep> steps = ice40_steps(board, output);
  if (options.print) {
    print_steps(fmt::format("{}/heddle_config_pkg.sv from configuration {}", output.string(), board.config),
                steps);
    return;
  }
  require_tools(steps, "apt-get install yosys nextpnr-ice40 fpga-icestorm");
  OutputFile json_file(options.json);
  prepare_output(output);
  write_config_package(board, output);
  run_steps(board.name, steps, output);
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

void build_vitis(const Options& options, const fs::path& output) {
  const VitisBoard board = load_vitis_board(options.board);
  OutputFile json_file(options.json);
  if (options.estimate) {
    const Estimate estimate = read_estimate(board);
    fmt::print("{}", estimate_text(board, estimate));
    json_file.write_json(estimate_json(board, estimate));
    json_file.commit();
    return;
  }
  if (options.sources) {
    prepare_output(output);
    write_kernel_sources(board, output);
    for (const fs::path& path : kernel_sources(output)) fmt::print("{}\n", path.string());
    fmt::print("# hash {}\n", kernel_hash(board));
    fmt::print("# config_hash {:016x}\n", isa::config_hash(isa::load_config(board.config).config));
    return;
  }
  const bool hls = options.design == "hls";
  const std::vector<BuildStep> steps = vitis_steps(board, output, hls);
  if (options.print) {
    print_steps(fmt::format("{0}/heddle_config_pkg.sv, heddle_config.hpp, heddle_kernel.v, sources.f{1} from "
                            "configuration {2}",
                            output.string(), board.overlay.empty() ? "" : ", heddle.bif", board.config),
                steps);
    return;
  }
  require_tools(
      steps,
      fmt::format("install Vitis 2022.2 to 2023.2 with the device {} (its installer brings vivado, v++, "
                  "xsct, vitis_hls and bootgen), run `source settings64.sh` of it, and `apt-get install "
                  "device-tree-compiler` for dtc; boards/{}/README.md says more",
                  board.device_name, board.name));
  prepare_output(output);
  write_kernel_sources(board, output);
  run_steps(board.name, steps, output);
  if (hls) {
    fmt::print("{}\n", (output / "heddle_accelerator.xo").string());
    return;
  }
  const BuildResult result = read_xclbin(board, output);
  write_result(result, output);
  json_file.write_json(Json{{"board", board.name},
                            {"bitstream", (output / (board.name + ".xclbin")).string()},
                            {"clock_mhz", result.clock_mhz},
                            {"achieved_mhz", result.achieved_mhz},
                            {"timing_met", result.timing_met()}});
  json_file.commit();
  fmt::print("{}\n{}: {} MHz asked for, {:.1f} MHz reached: timing {}\n{}\n", board.title, board.name,
             result.clock_mhz, result.achieved_mhz, result.timing_met() ? "met" : "MISSED",
             (output / (board.name + ".xclbin")).string());
  if (!result.timing_met()) throw std::runtime_error(fmt::format("{}: timing is missed", board.name));
}

void build(const Options& options) {
  const bool vitis = is_vitis_board(options.board);
  const fs::path output =
      fs::absolute(options.output.empty() ? "build-" + options.board : options.output).lexically_normal();
  vitis ? build_vitis(options, output) : build_ice40(options, output);
}

}  // namespace

void add_build(CLI::App& app) {
  CLI::App* command = app.add_subcommand("build", "make the bitstream of a board");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar, kv260, zcu104, u250, u55c")->required();
  command->add_option("--output", options->output, "folder for it (default: build-BOARD)");
  command->add_flag("--print", options->print, "print the commands, run none");
  command->add_flag("--estimate", options->estimate,
                    "AMD's boards: print what Yosys estimates of the device the design takes");
  command->add_flag("--sources", options->sources,
                    "AMD's boards: write the generated sources, and list all files of the RTL kernel");
  command->add_option("--design", options->design, "AMD's boards: the RTL kernel, or the HLS one alone")
      ->check(CLI::IsMember({"rtl", "hls"}))
      ->capture_default_str();
  command->add_option("--json", options->json, "write the result as JSON");
  command->callback([options] { build(*options); });
}

}  // namespace heddle::cli
