// heddle flash BOARD: a bitstream onto a board, after a look at both.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/boards/self_test.hpp"
#include "cli/boards/vitis.hpp"
#include "cli/commands/commands.hpp"
#include "isa/config_file.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string board, output, port, json, usb = "/sys/bus/usb/devices";
  std::string pci = "/sys/bus/pci/devices", model = "/proc/device-tree/model";
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

void require_bitstream(const std::string& board, const std::string& config, const BuildResult& result,
                       const fs::path& output) {
  const std::string hash = fmt::format("{:016x}", isa::config_hash(isa::load_config(config).config));
  if (result.board != board) {
    throw std::runtime_error(
        fmt::format("{}: holds the bitstream of board {}", output.string(), result.board));
  }
  if (result.config_hash != hash) {
    throw std::runtime_error(fmt::format(
        "{}: was built for another version of configuration {}: build it again", output.string(), config));
  }
  if (!result.timing_met()) {
    throw std::runtime_error(fmt::format("{}: missed its timing ({:.1f} of {} MHz) and is not loaded",
                                         output.string(), result.achieved_mhz, result.clock_mhz));
  }
}

/// `loaded`: else only printed. A self-test that was asked for has passed.
void write_result(OutputFile* json, const std::string& board, const std::string& file,
                  const std::string& command, bool loaded) {
  json->write_json(Json{{"board", board}, {"file", file}, {"command", command}, {"loaded", loaded}});
  json->commit();
}

void flash_ice40(const Options& options, const fs::path& output) {
  OutputFile json_file(options.json);
  const Board board = load_board(options.board);
  const std::string file = (output / (board.name + ".bin")).string();
  if (board.loader.empty()) {
    throw std::runtime_error(
        fmt::format("{}: is loaded by hand: copy {} onto the drive that the board shows", board.name, file));
  }
  const std::string command = fmt::format("{} {}", board.loader, quoted(file));
  if (options.print) {
    fmt::print("# board {}:{} named '{}' on USB; {}/build.json says that timing is met\n{}\n",
               board.usb_vendor, board.usb_product, board.usb_name, output.string(), command);
    write_result(&json_file, board.name, file, command, false);
    return;
  }
  require_bitstream(board.name, board.config, read_result(board.name, board.name + ".bin", output), output);
  const std::string tool = board.loader.substr(0, board.loader.find(' '));
  if (program_on_path(tool).empty()) {
    throw std::runtime_error(fmt::format("{} is not installed: apt-get install openfpgaloader", tool));
  }
  require_board(board, options.usb);
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error(
        fmt::format("{}: {} failed: without permission on USB, see its udev rules in "
                    "boards/{}/README.md",
                    board.name, tool, board.name));
  }
  if (options.port.empty()) {
    write_result(&json_file, board.name, file, command, true);
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
  write_result(&json_file, board.name, file, command, true);
  fmt::print("{}{} at {} passes\n", self_test_text(result), board.name, options.port);
}

/// Address on the bus of the card whose platform the runtime's driver reports.
std::string find_card(const VitisBoard& board, const std::string& pci) {
  std::string others;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(pci, error)) {
    for (const auto& part : fs::directory_iterator(entry.path(), error)) {
      const std::string platform = line_of(part.path() / "VBNV");
      if (platform.empty()) continue;
      if (platform.find(board.found_by) != std::string::npos) return entry.path().filename();
      others += fmt::format("{}'{}'", others.empty() ? "" : ", ", platform);
    }
  }
  if (others.empty()) {
    throw std::runtime_error(
        fmt::format("{}: XRT's driver reports no card: is it in the slot and powered, is XRT's package "
                    "installed (module xocl), does `xbutil examine` list it?",
                    board.name));
  }
  throw std::runtime_error(fmt::format(
      "{}: the card has another platform: {}, not {}: give it that one (xbmgmt program --base) or "
      "build for the card there is; nothing was loaded",
      board.name, others, board.platform));
}

/// Boards with a processor load their own bitstream: this computer has to be the board.
void require_this_board(const VitisBoard& board, const std::string& file) {
  std::string model = line_of(file);
  if (const std::size_t end = model.find('\0'); end != std::string::npos) model.resize(end);
  if (model.find(board.found_by) != std::string::npos) return;
  throw std::runtime_error(fmt::format(
      "{}: this computer is {}, not the board: copy the folder to the board and run `heddle flash {}` "
      "there (boards/{}/README.md); nothing was loaded",
      board.name, model.empty() ? "no board with a device tree" : "'" + model + "'", board.name, board.name));
}

std::string load_command(const VitisBoard& board, const fs::path& output, const std::string& card) {
  const std::string folder = quoted(output / "heddle");
  if (board.loader == "xmutil") {
    return fmt::format(
        "install -D -m 644 -t /lib/firmware/xilinx/heddle {}/* && (xmutil unloadapp || true) && "
        "xmutil loadapp heddle",
        folder);
  }
  if (board.loader == "fpgautil") {
    return fmt::format("cd {} && fpgautil -b heddle.bit.bin -o heddle.dtbo -f Full -n Full", folder);
  }
  return fmt::format("xbutil program --device {} --user {}", card, quoted(output / (board.name + ".xclbin")));
}

/// What a host opens once the board is loaded.
std::string loaded_file(const VitisBoard& board, const fs::path& output) {
  if (board.loader == "xmutil") return "/lib/firmware/xilinx/heddle/heddle.xclbin";
  return output / (board.embedded() ? "heddle/heddle.xclbin" : board.name + ".xclbin");
}

void flash_vitis(const Options& options, const fs::path& output) {
  OutputFile json_file(options.json);
  const VitisBoard board = load_vitis_board(options.board);
  const std::string file = loaded_file(board, output);
  if (options.print) {
    fmt::print("# {} '{}'; {}/build.json and {}.xclbin say that they are for {} and that timing is met\n{}\n",
               board.embedded() ? "this computer calls itself" : "a card with platform", board.found_by,
               output.string(), board.name, board.platform, load_command(board, output, "CARD"));
    write_result(&json_file, board.name, file, load_command(board, output, "CARD"), false);
    return;
  }
  require_bitstream(board.name, board.config, read_result(board.name, board.name + ".xclbin", output),
                    output);
  require_bitstream(board.name, board.config, read_xclbin(board, output), output);
  std::string card;
  if (board.embedded())
    require_this_board(board, options.model);
  else
    card = find_card(board, options.pci);
  if (program_on_path(board.loader).empty()) {
    throw std::runtime_error(fmt::format("{} is not installed: {}", board.loader,
                                         board.embedded()
                                             ? "it is part of the board's Linux image"
                                             : "it is part of XRT: run `source setup.sh` of it"));
  }
  if (std::system(load_command(board, output, card).c_str()) != 0) {
    throw std::runtime_error(fmt::format("{}: {} failed: {}", board.name, board.loader,
                                         board.embedded() && geteuid() != 0
                                             ? "loading needs the rights of root: sudo heddle flash"
                                             : "its messages above say why"));
  }
  write_result(&json_file, board.name, file, load_command(board, output, card), true);
  fmt::print(
      "loaded; next: heddle selftest {} --xclbin {}\nthen: heddle run MODEL --config {} --target xrt "
      "--xclbin {}\n",
      board.name, file, board.config, file);
}

void flash(const Options& options) {
  const bool vitis = is_vitis_board(options.board);
  const fs::path output =
      fs::absolute(options.output.empty() ? "build-" + options.board : options.output).lexically_normal();
  vitis ? flash_vitis(options, output) : flash_ice40(options, output);
}

}  // namespace

void add_flash(CLI::App& app) {
  CLI::App* command = app.add_subcommand("flash", "load a board's bitstream, and verify it");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar, kv260, zcu104, u250, u55c")->required();
  command->add_option("--output", options->output, "folder of heddle build (default: build-BOARD)");
  command->add_flag("--print", options->print, "print what would be done");
  command->add_option("--port", options->port, "serial port of the board: runs the self-test afterwards");
  command->add_option("--usb", options->usb, "where the system lists USB devices")->capture_default_str();
  command->add_option("--pci", options->pci, "where the system lists PCI devices")->capture_default_str();
  command->add_option("--json", options->json, "write what was loaded, or would be, as JSON");
  command->add_option("--model", options->model, "file with this computer's name in its device tree")
      ->capture_default_str();
  command->callback([options] { flash(*options); });
}

}  // namespace heddle::cli
