// heddle selftest BOARD: whether a loaded board computes what the golden model does.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/boards/machine_test.hpp"
#include "cli/boards/self_test.hpp"
#include "cli/boards/vitis.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "runtime/drivers/serial/products_driver.hpp"
#include "runtime/drivers/serial/simulated_board.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string board, json, xclbin, emulated;
  double noise = 0;
  SelfTestOptions test;
};

void selftest_vitis(const Options& options) {
  if (!options.test.port.empty() || options.noise != 0)
    throw std::runtime_error(
        fmt::format("{} has no serial line: --port and --noise are not for it", options.board));
  const VitisBoard board = load_vitis_board(options.board);
  OutputFile json_file(options.json);
  Progress progress;
  MachineTestOptions test;
  test.open.xclbin = options.xclbin;
  test.open.emulated = options.emulated;
  test.open.message = [&](const std::string& line) { progress.say(line); };
  if (options.test.memory_bytes != 0) test.memory_bytes = options.test.memory_bytes;
  test.seed = options.test.seed;
  test.progress = [&](const std::string& line) { progress.show(line); };
  const MachineTestResult result = machine_test(isa::load_config(board.config), test);
  progress.clear();
  json_file.write_json(Json{{"board", board.name},
                            {"simulated", options.xclbin.empty()},
                            {"passed", true},
                            {"memory_bytes", result.memory_bytes},
                            {"layer_instructions", result.layer_instructions},
                            {"layer_macs", result.layer_macs},
                            {"decode_instructions", result.decode_instructions},
                            {"decode_macs", result.decode_macs}});
  json_file.commit();
  fmt::print("{}{} passes\n", machine_test_text(result),
             options.xclbin.empty() ? fmt::format("emulated {}", board.name)
                                    : fmt::format("{} with {}", board.name, options.xclbin));
}

void selftest_serial(Options options) {
  const Board board = load_board(options.board);
  const isa::NamedConfig config = isa::load_config(board.config);
  OutputFile json_file(options.json);
  std::optional<runtime::serial::SimulatedBoard> simulated;
  if (options.test.port.empty()) {
    std::string reason;
    if (!runtime::can_simulate_board(&reason)) throw std::runtime_error(reason);
    simulated.emplace(runtime::serial::simulated_board_program(), options.noise);
    options.test.port = simulated->port();
  } else if (options.noise != 0) {
    throw std::runtime_error("--noise is of the simulated board's line: leave --port out");
  }
  Progress progress;
  options.test.progress = [&](const std::string& line) { progress.show(line); };
  options.test.message = [&](const std::string& line) { progress.say(line); };
  const SelfTestResult result = self_test(config, options.test);
  progress.clear();
  json_file.write_json(Json{{"board", board.name},
                            {"simulated", simulated.has_value()},
                            {"passed", true},
                            {"memory_bytes", result.memory_bytes},
                            {"programs", result.programs},
                            {"faults", result.faults},
                            {"layer_products", result.layer_products},
                            {"layer_macs", result.layer_macs},
                            {"exchanges", result.exchanges},
                            {"sent_again", result.sent_again}});
  json_file.commit();
  fmt::print("{}{}{} at {} passes\n", self_test_text(result), simulated ? "simulated " : "", board.name,
             options.test.port);
}

void selftest(const Options& options) {
  if (is_vitis_board(options.board)) {
    selftest_vitis(options);
    return;
  }
  if (!options.xclbin.empty() || !options.emulated.empty())
    throw std::runtime_error(
        fmt::format("{} loads no xclbin: --xclbin and --emulate are not for it", options.board));
  selftest_serial(options);
}

}  // namespace

void add_selftest(CLI::App& app) {
  CLI::App* command = app.add_subcommand("selftest", "compare a loaded board with the golden model");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar, kv260, zcu104, u250, u55c")->required();
  command->add_option("--xclbin", options->xclbin,
                      "of AMD's boards: the file that was loaded (default: emulation)");
  command->add_option("--emulate", options->emulated, "of AMD's boards: what is emulated, rtl, fast or hls");
  command->add_option("--port", options->test.port, "serial port of the board (default: a simulated board)");
  command->add_option("--baud", options->test.baud, "rate of the line")->capture_default_str();
  command
      ->add_option("--noise", options->noise, "of the simulated board: share of bytes that the line disturbs")
      ->check(CLI::Range(0.0, 0.1));
  command->add_option("--memory", options->test.memory_bytes,
                      "bytes of memory to test (default: all; 16 MiB of AMD's boards)");
  command
      ->add_option("--programs", options->test.programs,
                   "over a serial line: random programs, legal ones and as many at fault")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_option("--seed", options->test.seed, "of programs and data")->capture_default_str();
  command->add_option("--json", options->json, "write the result as JSON");
  command->callback([options] { selftest(*options); });
}

}  // namespace heddle::cli
