#include "cli/boards/self_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "cli/bench/arena.hpp"
#include "cli/bench/image_run.hpp"
#include "cli/bench/layer_model.hpp"
#include "cli/bench/static_case.hpp"
#include "cli/boards/memory_test.hpp"
#include "cli/boards/nano_program.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "isa/data_directory.hpp"
#include "isa/status.hpp"
#include "runtime/drivers/registry/registry.hpp"

namespace heddle::cli {
namespace {

using runtime::Device;

constexpr std::uint32_t kProgramBytes = 5120;

class SelfTest {
 public:
  SelfTest(const isa::NamedConfig& config, const SelfTestOptions& options)
      : config_(config), options_(options) {}

  SelfTestResult run() {
    {
      const auto board = runtime::open_serial(config_, {options_.port, options_.baud});
      memory(*board);
      programs(*board);
      count(board->link_counts().exchanges, board->link_counts().sent_again);
    }
    layer();
    return result_;
  }

 private:
  void show(const std::string& what) {
    if (options_.progress) options_.progress(what);
  }
  void count(std::uint64_t exchanges, std::uint64_t sent_again) {
    result_.exchanges += exchanges;
    result_.sent_again += sent_again;
  }

  void memory(Device& board) {
    const std::uint64_t all = board.info().memory_bytes;
    result_.memory_bytes = options_.memory_bytes == 0 ? all : std::min(all, options_.memory_bytes);
    test_memory(board, 0, result_.memory_bytes, options_.seed, options_.progress);
  }

  struct Ran {
    isa::CompletionRecord record;
    std::vector<std::uint8_t> memory;
  };
  static Ran run_program(Device& device, const NanoProgram& program, std::uint64_t base) {
    device.write(base, program.memory);
    device.start(program.arguments);
    Ran ran{device.wait(), std::vector<std::uint8_t>(program.memory.size())};
    device.read(base, ran.memory);
    ran.memory.resize(ran.memory.size() -
                      sizeof ran.record);  // holds cycles, which the golden model has none of
    return ran;
  }

  void programs(Device& board) {
    runtime::OpenOptions open;
    open.message = options_.message;
    open.progress = [](std::uint64_t) { check_interrupt(); };
    const std::unique_ptr<Device> golden = runtime::open_device("hls", config_, open);
    const std::uint64_t base = board.allocate(kProgramBytes);
    if (golden->allocate(kProgramBytes) != base)
      throw std::runtime_error("programs: board and golden model place memory differently");
    for (int i = 0; i < 2 * options_.programs; ++i) {
      const bool legal = i % 2 == 0;
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(i / 2);
      show(fmt::format("instructions: program {} of {}", i + 1, 2 * options_.programs));
      const NanoProgram program = random_nano_program(config_.config, base, kProgramBytes, seed, legal);
      const Ran got = run_program(board, program, base), expected = run_program(*golden, program, base);
      check_program(got, expected, seed);
      ++result_.programs;
      result_.faults += got.record.status != isa::kStatusOk;
    }
    board.release(base);
  }

  static void check_program(const Ran& got, const Ran& expected, std::uint64_t seed) {
    const auto differs = [&](const std::string& what) {
      throw std::runtime_error(
          fmt::format("instructions: {} (again with --seed {} --programs 1)", what, seed));
    };
    if (got.record.status != expected.record.status || got.record.pc != expected.record.pc) {
      differs(fmt::format("ended with '{}' at {:#x}, the golden model with '{}' at {:#x}",
                          isa::status_text(got.record.status), got.record.pc,
                          isa::status_text(expected.record.status), expected.record.pc));
    }
    for (int i = 0; i < isa::kCounters; ++i) {
      if (!isa::kCounterInfo[i].functional || got.record.counters[i] == expected.record.counters[i]) continue;
      differs(fmt::format("counter {} is {}, of the golden model {}", isa::kCounterInfo[i].name,
                          got.record.counters[i], expected.record.counters[i]));
    }
    const auto [a, b] = std::mismatch(got.memory.begin(), got.memory.end(), expected.memory.begin());
    if (a != got.memory.end()) {
      differs(fmt::format("byte {:#x} of the program's memory is {:#04x}, of the golden model {:#04x}",
                          a - got.memory.begin(), *a, *b));
    }
  }

  /// One layer whose products the board makes, every byte against the golden model alone.
  void layer() {
    const isa::NamedConfig machine = isa::load_config(options_.layer_config);
    const graph::Graph graph =
        layer_graph((isa::data_directory() / "boards/self_test_layer.json").string(), options_.layer_rows);
    const emit::StaticImage compiled =
        compile_case(graph, machine.config, random_tensors(graph, options_.seed));
    runtime::OpenOptions open;
    open.message = options_.message;
    open.progress = [](std::uint64_t) { check_interrupt(); };
    const auto run_on = [&](const std::string& target) {
      const std::unique_ptr<Device> device = runtime::open_device(target, machine, open);
      return run_image(*device, compiled.image, tiles::kStaticProgram).arena;
    };
    const std::vector<std::uint8_t> expected = run_on("hls");
    open.port = options_.port;
    open.baud = options_.baud;
    runtime::LineUse use;
    open.line = [&](const runtime::LineUse& line) {
      use = line;
      show(fmt::format("layer: {} products", line.products));
    };
    const std::string difference = arena_difference(compiled.image, expected, run_on("serial"));
    if (!difference.empty()) throw std::runtime_error(fmt::format("layer: {}", difference));
    result_.layer_products = use.products;
    result_.layer_macs = use.macs;
    count(use.exchanges, use.sent_again);
  }

  const isa::NamedConfig& config_;
  const SelfTestOptions& options_;
  SelfTestResult result_;
};

}  // namespace

std::string self_test_text(const SelfTestResult& result) {
  return fmt::format(
      "memory        {} bytes hold what is written\n"
      "instructions  {} programs, {} of them stopped by a fault: every byte as the golden model's\n"
      "layer         {} products, {} multiply-accumulates: every byte as the golden model's\n"
      "line          {} frames, {} sent again\n",
      grouped(result.memory_bytes), result.programs, result.faults, grouped(result.layer_products),
      grouped(result.layer_macs), grouped(result.exchanges), grouped(result.sent_again));
}

SelfTestResult self_test(const isa::NamedConfig& config, const SelfTestOptions& options) {
  return SelfTest(config, options).run();
}

}  // namespace heddle::cli
