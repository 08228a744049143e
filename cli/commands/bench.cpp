// heddle bench gemm|attention|layer|decode|model|stream
#include "cli/bench/bench.hpp"

#include "cli/commands/commands.hpp"

namespace heddle::cli {

void add_bench(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "bench", "measure a piece of work on a device, with random data and a checked result");
  command->require_subcommand(1);
  add_bench_gemm(*command);
  add_bench_attention(*command);
  add_bench_layer(*command);
  add_bench_decode(*command);
  add_bench_model(*command);
  add_bench_stream(*command);
}

}  // namespace heddle::cli
