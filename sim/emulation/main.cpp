// heddle_emulator: the simulator process that XRT's hardware emulation starts and talks to.
//
// Started by the launch script of an xclbin's payload (sim/emulation/payload.hpp) in the folder where the
// payload was unpacked. It ends when the host closes the device, and when the host disappears.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <type_traits>

#include "sim/emulation/accelerator.hpp"
#include "sim/emulation/protocol.hpp"
#include "sim/emulation/server.hpp"

namespace {

using namespace heddle::sim;

constexpr double kConnectSeconds = 10;

// The payload's memory timing: the bytes of the structure, written by the same build.
dram::Timing read_timing(const std::string& path) {
  static_assert(std::is_trivially_copyable_v<dram::Timing>);
  std::ifstream in(path, std::ios::binary);
  dram::Timing timing;
  if (!in.read(reinterpret_cast<char*>(&timing), sizeof timing)) {
    throw std::runtime_error(fmt::format("{}: is no memory timing of this version", path));
  }
  return timing;
}

void emulate(const emulation::AcceleratorOptions& options) {
  emulation::Accelerator accelerator(options);
  const emulation::SocketPaths paths = emulation::socket_paths();
  emulation::Connection host(paths.main, kConnectSeconds);
  emulation::Connection d2x(paths.d2x, kConnectSeconds);
  unlink(paths.d2x.c_str());  // the host leaves it behind
  // Whether the host closed the device or disappeared: nobody waits for a run any more.
  emulation::serve(host, d2x, accelerator);
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("the simulator process of XRT's hardware emulation");
  emulation::AcceleratorOptions options;
  std::string config, timing;
  app.add_option("--library", options.library, "device library")->required();
  app.add_option("--fast", config, "file with the configuration: its fast model, the library computes");
  app.add_option("--memory-bytes", options.memory_bytes, "bytes of device memory")->required();
  app.add_option("--memory-timing", timing, "file with the timing of a DRAM");
  app.add_option("--core-mhz", options.core_mhz, "clock of the core");
  app.add_option("--memory-latency", options.memory_latency, "cycles to the first beat of a read");
  app.add_option("--stalls", options.stall_permille, "chance in 1000 that a bus channel stalls");
  app.add_option("--stall-seed", options.stall_seed, "seed of the stalls");
  app.add_option("--cycle-limit", options.cycle_limit, "cycles after which a run is stopped (0: never)");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!config.empty()) options.fast = heddle::isa::load_config(config);
    if (!timing.empty()) options.memory = read_timing(timing);
    emulate(options);
  } catch (const std::exception& error) {
    // The host waits for a connection, for up to five minutes: end it with the reason on its standard error.
    fmt::print(stderr, "heddle_emulator: {}\n", error.what());
    kill(getppid(), SIGTERM);
  }
  return 1;
}
