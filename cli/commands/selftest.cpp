// heddle selftest BOARD: whether a loaded board computes what the golden model does.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "cli/boards/board.hpp"
#include "cli/boards/self_test.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "runtime/drivers/serial/products_driver.hpp"
#include "runtime/drivers/serial/simulated_board.hpp"

namespace heddle::cli {
namespace {

struct Options {
  std::string board, json;
  double noise = 0;
  SelfTestOptions test;
};

void selftest(Options options) {
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

}  // namespace

void add_selftest(CLI::App& app) {
  CLI::App* command = app.add_subcommand("selftest", "compare a loaded board with the golden model");
  auto options = std::make_shared<Options>();
  command->add_option("BOARD", options->board, "icebreaker, icesugar")->required();
  command->add_option("--port", options->test.port, "serial port of the board (default: a simulated board)");
  command->add_option("--baud", options->test.baud, "rate of the line")->capture_default_str();
  command
      ->add_option("--noise", options->noise, "of the simulated board: share of bytes that the line disturbs")
      ->check(CLI::Range(0.0, 0.1));
  command->add_option("--memory", options->test.memory_bytes, "bytes of memory to test (default: all)");
  command
      ->add_option("--programs", options->test.programs, "random programs, legal ones and as many at fault")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_option("--seed", options->test.seed, "of programs and data")->capture_default_str();
  command->add_option("--json", options->json, "write the result as JSON");
  command->callback([options] { selftest(*options); });
}

}  // namespace heddle::cli
