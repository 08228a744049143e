// heddle flash BOARD: a bitstream onto a board, after a look at both.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/boards/self_test.hpp"
#include "cli/commands/commands.hpp"
#include "isa/config_file.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string board, output, port, usb = "/sys/bus/usb/devices";
  bool print = false;
};

std::string line_of(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Finds the board on USB by its ids and the name that it reports; the ids alone are those of a bridge that
/// many boards have.
void require_board(const Board& board, const std::string& usb) {
  std::string others;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(usb, error)) {
    if (line_of(entry.path() / "idVendor") != board.usb_vendor) continue;
    if (line_of(entry.path() / "idProduct") != board.usb_product) continue;
    const std::string product = line_of(entry.path() / "product");
    if (product.find(board.usb_name) != std::string::npos) return;
    others += fmt::format("{}'{}'", others.empty() ? "" : ", ", product);
  }
  if (others.empty()) {
    throw std::runtime_error(fmt::format("{}: no such board on USB (ids {}:{}): plug it in", board.name,
                                         board.usb_vendor, board.usb_product));
  }
  throw std::runtime_error(
      fmt::format("{}: the board on USB is another one: {}; nothing was written", board.name, others));
}

void require_bitstream(const Board& board, const fs::path& output) {
  const BuildResult result = read_result(board, output);
  const std::string hash = fmt::format("{:016x}", isa::config_hash(isa::load_config(board.config).config));
  if (result.board != board.name) {
    throw std::runtime_error(
        fmt::format("{}: holds the bitstream of board {}", output.string(), result.board));
  }
  if (result.config_hash != hash) {
    throw std::runtime_error(
        fmt::format("{}: was built for another version of configuration {}: build it again", output.string(),
                    board.config));
  }
  if (!result.timing_met()) {
    throw std::runtime_error(fmt::format("{}: missed its timing ({:.1f} of {} MHz) and is not loaded",
                                         output.string(), result.achieved_mhz, result.clock_mhz));
  }
}

void flash(const Options& options) {
  const Board board = load_board(options.board);
  const fs::path output = fs::absolute(options.output.empty() ? "build-" + board.name : options.output);
  const std::string file = (output / (board.name + ".bin")).string();
  if (board.loader.empty()) {
    throw std::runtime_error(
        fmt::format("{}: is loaded by hand: copy {} onto the drive that the board shows", board.name, file));
  }
  const std::string command = fmt::format("{} '{}'", board.loader, file);
  if (options.print) {
    fmt::print("# board {}:{} named '{}' on USB; {}/build.json says that timing is met\n{}\n",
               board.usb_vendor, board.usb_product, board.usb_name, output.string(), command);
    return;
  }
  require_bitstream(board, output);
  const std::string tool = board.loader.substr(0, board.loader.find(' '));
  if (program_on_path(tool).empty()) {
    throw std::runtime_error(fmt::format("{} is not installed: apt-get install openfpgaloader", tool));
  }
  require_board(board, options.usb);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error(
        fmt::format("{}: {} failed: without permission on USB, see its udev rules in "
                    "docs/boards.md",
                    board.name, tool));
  }
  if (options.port.empty()) {
    fmt::print(
        "{}: loaded and verified; `heddle selftest {} --port PORT` compares it with the golden model\n",
        board.name, board.name);
    return;
  }
  Progress progress;
  SelfTestOptions test;
  test.port = options.port;
  test.progress = [&](const std::string& line) { progress.show(line); };
  const SelfTestResult result = self_test(isa::load_config(board.config), test);
  progress.clear();
  fmt::print("{}{} at {} passes\n", self_test_text(result), board.name, options.port);
}

}  // namespace

void add_flash(CLI::App& app) {
  CLI::App* command = app.add_subcommand("flash", "load a board's bitstream, and verify it");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar")->required();
  command->add_option("--output", options->output, "folder of heddle build (default: build-BOARD)");
  command->add_flag("--print", options->print, "print what would be done");
  command->add_option("--port", options->port, "serial port of the board: runs the self-test afterwards");
  command->add_option("--usb", options->usb, "where the system lists USB devices")->capture_default_str();
  command->callback([options] { flash(*options); });
}

}  // namespace heddle::cli
