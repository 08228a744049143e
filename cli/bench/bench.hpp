// What the benchmarks have in common: options, measurement, what is printed.
#pragma once
#include <CLI/App.hpp>
#include <functional>
#include <string>

#include "cli/output.hpp"
#include "cli/simulation_options.hpp"
#include "eval/energy/machine.hpp"
#include "eval/energy/switching.hpp"
#include "isa/config_file.hpp"
#include "isa/image.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "runtime/host/measure.hpp"
#include "runtime/host/timeline.hpp"

namespace heddle::cli {

struct BenchOptions {
  std::string config = "edge", target = "rtl", json, trace;
  std::string against;  // a second configuration to set beside the first; empty: none
  std::uint64_t seed = 1;
  double node = eval::kDefaultNode;  // nm, of the energy
  bool switching = false;            // count what switches in the RTL beside what energy counts
  std::uint64_t watchdog = kDefaultWatchdog;
  runtime::OpenOptions open;
};

/// --config, --against, --target, --json, --trace, --seed, --node, --switching and the options of
/// simulations.
void add_bench_options(CLI::App& command, BenchOptions* options);

/// Calls `run` once, or for --config and then for --against, and sets the two beside each other: a table, and
/// in the JSON file the second's measurements as `against`.
void run_configs(const BenchOptions& options, const std::function<Json(const BenchOptions&)>& run);

/// The same for a benchmark's own options, which hold those as `bench`.
template <typename Options, typename Run>
void run_bench(const Options& options, const Run& run) {
  run_configs(options.bench, [&](const BenchOptions& bench) {
    Options one = options;
    one.bench = bench;
    return run(one);
  });
}

/// The device of the options, and what it counted.
class Bench {
 public:
  /// Throws std::runtime_error for an unknown target or configuration, before any work.
  explicit Bench(const BenchOptions& options);

  const isa::NamedConfig& config() const { return config_; }
  Progress& progress() { return progress_; }
  /// Shows that `what` is being compiled.
  void compiling(const std::string& what);
  /// Opened on first use; its simulator may be built then.
  runtime::Device& device();
  /// Adds a run of a program with that many useful multiply-accumulates.
  void add(const isa::CompletionRecord& record, const std::string& program, std::uint64_t useful_macs,
           double seconds);

  const runtime::PhaseTotals& totals() const { return totals_; }
  /// `target`, `config`, `cycles`, `macs`, `mac_utilization`, `dram_bytes`, `bandwidth_utilization`,
  /// `counters`, `operations`, `energy`, `switching`, times. What the target does not count is null.
  void add_json(Json* json, const isa::Image& image) const;
  /// Two tables: the figures, with `extra` rows in front, and the operations.
  std::string text(const isa::Image& image, const std::vector<std::vector<std::string>>& extra) const;
  void write_trace(const isa::Image& image) const;

 private:
  BenchOptions options_;
  isa::NamedConfig config_;
  Progress progress_;
  std::unique_ptr<runtime::Device> device_;
  runtime::PhaseTotals totals_;
  runtime::Timeline timeline_;
  eval::SwitchingCounts switching_;
};

/// `heddle bench gemm`, `attention`, `layer`, `decode`, `model` and `stream`.
void add_bench_gemm(CLI::App& bench);
void add_bench_attention(CLI::App& bench);
void add_bench_layer(CLI::App& bench);
void add_bench_decode(CLI::App& bench);
void add_bench_model(CLI::App& bench);
void add_bench_stream(CLI::App& bench);

}  // namespace heddle::cli
