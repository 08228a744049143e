#include "cli/boards/machine_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "cli/bench/arena.hpp"
#include "cli/bench/decode_image.hpp"
#include "cli/bench/decode_model.hpp"
#include "cli/bench/image_run.hpp"
#include "cli/bench/layer_model.hpp"
#include "cli/bench/static_case.hpp"
#include "cli/boards/memory_test.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "isa/data_directory.hpp"

namespace heddle::cli {
namespace {

constexpr std::int64_t kLayerRows = 21, kContext = 19, kVocabulary = 70;  // beside the tiles
constexpr int kLayers = 1, kBatch = 1;

class MachineTest {
 public:
  MachineTest(const isa::NamedConfig& config, const MachineTestOptions& options)
      : config_(config), options_(options) {
    runtime::OpenOptions open = options_.open;
    open.progress = [](std::uint64_t) { check_interrupt(); };
    device_ = runtime::open_device(options_.target, config_, open);
    open = {};
    open.message = options_.open.message;
    golden_ = runtime::open_device("hls", config_, open);
  }

  MachineTestResult run() {
    memory();
    const std::string shape = (isa::data_directory() / "boards/machine_test_model.json").string();
    const graph::Graph graph = layer_graph(shape, kLayerRows);
    compare("layer", compile_case(graph, config_.config, random_tensors(graph, options_.seed)).image,
            tiles::kStaticProgram, {}, &result_.layer_instructions, &result_.layer_macs);
    compare("decoding",
            random_decode_image(decode_model(shape, kLayers, kVocabulary, kContext), config_.config, kContext,
                                kBatch, options_.seed),
            "decode", decode_arguments(kContext, kBatch), &result_.decode_instructions, &result_.decode_macs);
    return result_;
  }

 private:
  void memory() {
    result_.memory_bytes = std::min(options_.memory_bytes, device_->info().memory_bytes / 2);
    const std::uint64_t begin = device_->allocate(result_.memory_bytes);
    test_memory(*device_, begin, result_.memory_bytes, options_.seed, options_.progress);
    device_->release(begin);
  }

  void compare(const std::string& what, const isa::Image& image, const std::string& program,
               const std::vector<std::uint64_t>& arguments, std::uint64_t* instructions,
               std::uint64_t* macs) {
    if (options_.progress) options_.progress(what);
    const ImageRun got = run_image(*device_, image, program, arguments);
    const std::string difference =
        arena_difference(image, run_image(*golden_, image, program, arguments).arena, got.arena);
    if (!difference.empty()) throw std::runtime_error(fmt::format("{}: {}", what, difference));
    for (const isa::Counter counter : {isa::kCounter_load_instructions, isa::kCounter_store_instructions,
                                       isa::kCounter_matrix_instructions, isa::kCounter_vector_instructions})
      *instructions += got.record.counters[counter];
    *macs = got.record.counters[isa::kCounter_macs];
  }

  const isa::NamedConfig& config_;
  const MachineTestOptions& options_;
  std::unique_ptr<runtime::Device> device_, golden_;
  MachineTestResult result_;
};

}  // namespace

std::string machine_test_text(const MachineTestResult& result) {
  const auto run = [](const char* what, std::uint64_t instructions, std::uint64_t macs) {
    return fmt::format(
        "{:<9} {} tile instructions, {} multiply-accumulates: every byte as the golden model's\n", what,
        grouped(instructions), grouped(macs));
  };
  return fmt::format("memory    {} bytes hold what is written\n", grouped(result.memory_bytes)) +
         run("layer", result.layer_instructions, result.layer_macs) +
         run("decoding", result.decode_instructions, result.decode_macs);
}

MachineTestResult machine_test(const isa::NamedConfig& config, const MachineTestOptions& options) {
  return MachineTest(config, options).run();
}

}  // namespace heddle::cli
