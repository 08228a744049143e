// heddle bench stream: what LOAD and the memory can do, to hold decoding against.
#include "compiler/tiles/stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>

#include "cli/bench/bench.hpp"
#include "cli/bench/image_run.hpp"
#include "compiler/emit/compile_stream.hpp"

namespace heddle::cli {
namespace {

struct Options {
  BenchOptions bench;
  std::uint64_t bytes = 16u << 20;
};

Json run(const Options& options) {
  OutputFile json_file(options.bench.json);
  { const OutputFile writable(options.bench.trace); }
  Bench bench(options.bench);
  isa::Image image = emit::compile_stream(options.bytes, bench.config().config);
  const isa::Binding data = image.binding(tiles::kStreamData), output = image.binding(tiles::kStreamOutput);
  std::mt19937_64 random(options.bench.seed);
  std::generate_n(image.constants.begin() + static_cast<std::ptrdiff_t>(data.offset), data.bytes,
                  [&] { return static_cast<std::uint8_t>(random()); });

  const ImageRun result = run_image(bench.device(), image, tiles::kStreamProgram, {}, options.bench.watchdog);
  bench.add(result.record, tiles::kStreamProgram, 0, result.seconds);
  const auto begin = result.arena.begin() + static_cast<std::ptrdiff_t>(output.offset);
  const auto last =
      image.constants.begin() + static_cast<std::ptrdiff_t>(data.offset + data.bytes - output.bytes);
  const bool checked = !options.bench.open.timing_only;  // else nothing was read
  if (checked && !std::equal(begin, begin + static_cast<std::ptrdiff_t>(output.bytes), last)) {
    throw std::runtime_error(fmt::format("{} on {}: the last piece is not what was read, with --seed {}",
                                         image.model.name, bench.config().name, options.bench.seed));
  }
  Json json = {{"bench", "stream"}, {"bytes", data.bytes}, {"checked", checked}};
  bench.add_json(&json, image);
  json_file.write_json(json);
  json_file.commit();
  bench.write_trace(image);
  fmt::print("{} {} on {}: {}\n\n{}", options.bench.target, image.model.name, bench.config().name,
             checked ? "the last piece as expected" : "timing only", bench.text(image, {}));
  return json;
}

}  // namespace

void add_bench_stream(CLI::App& bench) {
  CLI::App* command =
      bench.add_subcommand("stream", "memory read from one end to the other, nothing computed");
  auto options = std::make_shared<Options>();
  command->add_option("--bytes", options->bytes, "how many, rounded up to whole pieces")
      ->capture_default_str();
  add_bench_options(*command, &options->bench);
  command->callback([options] { run_bench(*options, run); });
}

}  // namespace heddle::cli
