// Two users of one memory in a SystemC platform: the accelerator, which loads weights as fast as its bus
// takes them, and a stream of reads beside it. Prints how the cycles of the same program grow with the
// other's rate.
//   systemc_contention [CONFIG [rtl|fast]]        (default: edge fast)
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "isa/config_file.hpp"
#include "sim/dram/timing_file.hpp"
#include "sim/library/build.hpp"
#include "sim/systemc/dram_memory.hpp"
#include "sim/systemc/fast_accelerator.hpp"
#include "sim/systemc/host.hpp"
#include "sim/systemc/rtl_accelerator.hpp"
#include "sim/systemc/traffic.hpp"

namespace isa = heddle::isa;
namespace sim = heddle::sim;
using namespace heddle::sim::systemc;

namespace {

constexpr std::uint64_t kMemory = 1 << 20, kRecord = 4096, kWeights = 8192;  // bytes, addresses
constexpr std::uint32_t kLoads = 16, kLoadBytes = 8192;
constexpr std::uint32_t kReadBytes = 64;  // of the other user

/// A program at address 0 that loads the same bytes again and again.
void write_program(const isa::Config& config, std::uint8_t* memory) {
  isa::ProgramHeader header;
  header.config_hash = isa::config_hash(config);
  header.code_quads = kLoads * isa::kTileQuads + 1;
  std::memcpy(memory, &header, sizeof header);
  std::uint8_t* code = memory + sizeof header;
  isa::TileInstruction load = {};
  load.half[isa::kHalfOpcode] = isa::kOpLoad;
  load.half[isa::kHalfFlags] = isa::kBufferW;
  load.half[isa::kDmaRows] = 1;
  isa::set32(load.half, isa::kDmaRowBytes, kLoadBytes);
  isa::set32(load.half, isa::kDmaMemOffset, kWeights);  // from register s0, which is zero
  for (std::uint32_t i = 0; i < kLoads; ++i, code += sizeof load) std::memcpy(code, &load, sizeof load);
  isa::ScalarInstruction halt = {};
  halt.half[isa::kHalfOpcode] = isa::kOpHalt;
  std::memcpy(code, &halt, sizeof halt);
}

std::unique_ptr<Accelerator> make_accelerator(const isa::NamedConfig& config, bool rtl) {
  if (rtl) {
    RtlOptions options;
    options.library = sim::device_library(config, sim::Design::kRtl);
    options.config_hash = isa::config_hash(config.config);
    options.clock_mhz = config.config.clock_mhz;
    return std::make_unique<RtlAccelerator>("accelerator", options);
  }
  FastOptions options;
  options.config = config.config;
  return std::make_unique<FastAccelerator>("accelerator", options);
}

struct Platform : sc_core::sc_module {
  Platform(sc_core::sc_module_name name, std::unique_ptr<Accelerator> device, const DramOptions& dram)
      : sc_core::sc_module(name),
        accelerator(std::move(device)),
        memory("memory", dram),
        clock(dram.core_mhz) {
    host.registers.bind(accelerator->registers);
    accelerator->interrupt.bind(interrupt);
    host.interrupt.bind(interrupt);
    accelerator->memory.bind(memory.socket);  // one memory,
    traffic.memory.bind(memory.socket);       // two users
    peak = dram.timing.bytes_per_second();
    SC_HAS_PROCESS(Platform);
    SC_THREAD(work);
  }

  void work() {
    isa::StartArguments arguments;
    arguments.record = kRecord;
    arguments.window_size[0] = kMemory;
    std::printf("%-22s %10s %14s %18s\n", "reads beside it", "cycles", "bytes a cycle", "of the reads, ns");
    for (const int percent : {0, 10, 20, 30, 40, 50}) {
      const double rate = peak * percent / 100;
      const sc_core::sc_time interval =
          percent == 0 ? sc_core::SC_ZERO_TIME : sc_core::sc_time(kReadBytes / rate, sc_core::SC_SEC);
      // Both begin at START, with the DRAM in the same state each time.
      const auto started = [&] {
        memory.restart();
        traffic.set_interval(interval);
      };
      const isa::CompletionRecord record = host.run(arguments, sc_core::SC_ZERO_TIME, started, [] {});
      const std::uint64_t cycles = record.counters[isa::kCounter_cycles];
      ok &= record.status == isa::kStatusOk && traffic.errors() == 0;
      std::printf(
          "%3d%% of the pins' rate  %10llu %14.2f %18.0f\n", percent, static_cast<unsigned long long>(cycles),
          static_cast<double>(record.counters[isa::kCounter_load_bytes]) / static_cast<double>(cycles),
          traffic.nanoseconds());
      slowest = std::max(slowest, cycles);
      if (percent == 0) alone = cycles;
    }
    sc_core::sc_stop();
  }

  sc_core::sc_signal<bool> interrupt{"interrupt"};
  Host host{"host"};
  Traffic traffic{"traffic", kReadBytes, kMemory};
  std::unique_ptr<Accelerator> accelerator;
  DramMemory memory;
  Clock clock;
  double peak = 0;
  bool ok = true;
  std::uint64_t alone = 0, slowest = 0;
};

}  // namespace

int sc_main(int argc, char** argv) try {
  const isa::NamedConfig config = isa::load_config(argc > 1 ? argv[1] : "edge");
  const bool rtl = argc > 2 && std::strcmp(argv[2], "rtl") == 0;
  std::vector<std::uint8_t> bytes(kMemory);
  write_program(config.config, bytes.data());
  DramOptions dram;
  dram.data = bytes.data();
  dram.bytes = bytes.size();
  dram.timing = sim::dram::load_timing("LPDDR4-3200 x32").timing;
  dram.core_mhz = config.config.clock_mhz;
  Platform platform("platform", make_accelerator(config, rtl), dram);
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);  // that it has stopped
  sc_core::sc_start();
  std::printf("the accelerator takes up to %.2f times as long\n",
              static_cast<double>(platform.slowest) / static_cast<double>(platform.alone));
  return platform.ok && platform.slowest > platform.alone ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
