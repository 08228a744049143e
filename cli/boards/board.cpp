#include "cli/boards/board.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "isa/config_file.hpp"
#include "isa/data_directory.hpp"
#include "isa/generate/writers.hpp"

namespace heddle::cli {
namespace fs = std::filesystem;

Json read_json_file(const fs::path& path) {
  try {
    return Json::parse(read_text_file(path.string()));
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

void write_text_file(const fs::path& path, const std::string& text) {
  OutputFile file(path.string());
  file.write(text);
  file.commit();
}

std::vector<std::string> board_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(isa::data_directory() / "boards", error)) {
    if (fs::is_regular_file(entry.path() / "board.json")) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void require_board_name(const std::string& name) {
  const std::vector<std::string> names = board_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw std::runtime_error(fmt::format("unknown board '{}': there are {}", name, fmt::join(names, ", ")));
  }
}

Board load_board(const std::string& name) {
  require_board_name(name);
  const fs::path path = isa::data_directory() / "boards" / name / "board.json";
  const Json json = read_json_file(path);
  Board board;
  try {
    board.name = name;
    board.title = json.at("title");
    board.config = json.at("config");
    board.device = json.at("device");
    board.package = json.at("package");
    board.clock_mhz = json.at("clock_mhz");
    board.top = json.at("top");
    board.rtl = json.at("rtl");
    board.source = json.at("source");
    board.constraints = json.at("constraints");
    board.usb_vendor = json.at("usb").at("vendor");
    board.usb_product = json.at("usb").at("product");
    board.usb_name = json.at("usb").at("name");
    board.loader = json.at("loader");
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
  return board;
}

void require_tools(const std::vector<BuildStep>& steps, const std::string& remedy) {
  for (const BuildStep& step : steps) {
    if (program_on_path(step.tool).empty()) {
      throw std::runtime_error(
          fmt::format("{} needs {}, which is not installed: {}", step.what, step.tool, remedy));
    }
  }
}

void prepare_output(const fs::path& output) {
  std::error_code error;
  fs::create_directories(output, error);
  if (error)
    throw std::runtime_error(fmt::format("{}: cannot be made: {}", output.string(), error.message()));
  fs::remove(output / "build.json");  // an older bitstream must not pass for this one
}

void run_steps(const std::string& board, const std::vector<BuildStep>& steps, const fs::path& output) {
  Progress progress;
  for (const BuildStep& step : steps) {
    progress.show(fmt::format("{}: {}", board, step.what));
    if (std::system(step.command.c_str()) != 0) {
      progress.clear();
      throw std::runtime_error(
          fmt::format("{}: {} failed, see the logs in {}", board, step.what, output.string()));
    }
  }
}

std::vector<BuildStep> ice40_steps(const Board& board, const fs::path& output) {
  const fs::path data = isa::data_directory();
  // The shell takes single quotes away, Yosys double ones.
  const auto script = [](const fs::path& path) { return "\"" + path.string() + "\""; };
  std::string sources =
      script(output / "heddle_config_pkg.sv") + " " + script(data / "rtl/pkg/heddle_isa_pkg.sv");
  std::istringstream list(read_text_file((data / board.rtl).string()));
  for (std::string file; std::getline(list, file);) {
    if (!file.empty()) sources += " " + script(data / file);
  }
  sources += " " + script(data / board.source);
  const auto in = [&](const std::string& name) { return quoted(output / name); };
  // Not -dsp: Yosys 0.23 sets blocks that the RTL names to one 16x16 multiplier. abc9 makes fewer levels.
  return {
      {"synthesis", "yosys",
       fmt::format("yosys -q -l {} -p {}", in("synthesis.log"),
                   quoted(fmt::format("read_verilog -sv -DSYNTHESIS {}; synth_ice40 -abc9 -device u -top {} "
                                      "-json {}; write_verilog -noattr {}",
                                      sources, board.top, script(output / "synthesized.json"),
                                      script(output / "synthesized.v"))))},
      {"place and route", "nextpnr-ice40",
       fmt::format(
           "nextpnr-ice40 -q -l {} --{} --package {} --freq {} --json {} --pcf {} --asc {} --report {} "
           "--write {}",
           in("place_and_route.log"), board.device, board.package, board.clock_mhz, in("synthesized.json"),
           quoted(data / board.constraints), in(board.name + ".asc"), in("report.json"), in("routed.json"))},
      {"bitstream", "icepack",
       fmt::format("icepack {} {}", in(board.name + ".asc"), in(board.name + ".bin"))}};
}

void write_config_package(const Board& board, const fs::path& output) {
  const isa::NamedConfig config = isa::load_config(board.config);
  write_text_file(output / "heddle_config_pkg.sv", isa::generate::config_package(config.config, config.name));
}

BuildResult read_report(const Board& board, const fs::path& output, Json* cells) {
  const Json report = read_json_file(output / "report.json");
  BuildResult result;
  result.board = board.name;
  result.config_hash = fmt::format("{:016x}", isa::config_hash(isa::load_config(board.config).config));
  result.clock_mhz = board.clock_mhz;
  for (const auto& [net, clock] : report.at("fmax").items()) {
    const double achieved = clock.at("achieved");
    result.achieved_mhz = result.achieved_mhz == 0 ? achieved : std::min(result.achieved_mhz, achieved);
  }
  *cells = Json::array();
  for (const auto& [kind, count] : report.at("utilization").items()) {
    const int used = count.at("used"), available = count.at("available");
    cells->push_back({{"cell", kind}, {"used", used}, {"available", available}, {"free", available - used}});
  }
  return result;
}

void write_result(const BuildResult& result, const fs::path& output) {
  write_text_file(output / "build.json", Json{{"board", result.board},
                                              {"config_hash", result.config_hash},
                                              {"clock_mhz", result.clock_mhz},
                                              {"achieved_mhz", result.achieved_mhz},
                                              {"timing_met", result.timing_met()}}
                                                 .dump(2) +
                                             "\n");
}

BuildResult read_result(const std::string& board, const std::string& bitstream, const fs::path& output) {
  const fs::path path = output / "build.json";
  if (!fs::is_regular_file(path) || !fs::is_regular_file(output / bitstream)) {
    throw std::runtime_error(
        fmt::format("{}: holds no bitstream of {}: run `heddle build {} --output {}` first", output.string(),
                    board, board, output.string()));
  }
  const Json json = read_json_file(path);
  try {
    return {json.at("board"), json.at("config_hash"), json.at("clock_mhz"), json.at("achieved_mhz")};
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: build it again", path.string(), error.what()));
  }
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string program_on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const fs::path candidate = fs::path(directory) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return "";
}

}  // namespace heddle::cli
