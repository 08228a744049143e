// The modules in platforms of the tests' own: memories that fail, that wait, that take grants back; registers
// that do not exist; a second user. Each case runs in a process of its own, since SystemC has one simulation.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "examples/matrix_product.hpp"
#include "isa/config_file.hpp"
#include "sim/library/build.hpp"
#include "sim/systemc/dram_memory.hpp"
#include "sim/systemc/fast_accelerator.hpp"
#include "sim/systemc/host.hpp"
#include "sim/systemc/rtl_accelerator.hpp"
#include "sim/systemc/traffic.hpp"
#include "tests/systemc/units.hpp"

int sc_main(int, char**) { return 0; }  // SystemC's library asks for it

namespace heddle::sim::systemc {
namespace {

constexpr std::uint32_t kBase = 0x10000;  // of the program's piece of memory

/// Runs `simulate` in a child; what it returns is what is wrong.
void in_child(const std::function<std::string()>& simulate) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::string problem;
    try {
      problem = simulate();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    const bool written = write(ends[1], problem.data(), problem.size()) >= 0;
    _exit(problem.empty() && written ? 0 : 1);
  }
  close(ends[1]);
  std::string problem(4096, '\0');
  const ssize_t got = read(ends[0], problem.data(), problem.size());
  close(ends[0]);
  problem.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(problem, "");
  EXPECT_EQ(status, 0) << "of the simulating process";
}

enum class Kind { kRtl, kFast, kLoose, kRtlDirect };

/// A memory as others write them: b_transport alone, which waits; without byte enables, debug or grants.
struct PlainMemory : sc_core::sc_module {
  tlm_utils::simple_target_socket<PlainMemory> socket{"socket"};
  PlainMemory(sc_core::sc_module_name name, std::uint8_t* data, std::uint64_t bytes)
      : sc_core::sc_module(name), data_(data), bytes_(bytes) {
    socket.register_b_transport(this, &PlainMemory::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    wait(delay + sc_core::sc_time(20, sc_core::SC_NS));
    delay = sc_core::SC_ZERO_TIME;
    if (transaction.get_address() + transaction.get_data_length() > bytes_) {
      transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    move_bytes(transaction, data_ + transaction.get_address());
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  std::uint8_t* data_;
  std::uint64_t bytes_;
};

struct Bench : sc_core::sc_module {
  Bench(Kind kind, bool plain = false)
      : sc_core::sc_module(sc_core::sc_module_name("bench")),
        config(isa::load_config("tiny")),
        product(config.config),
        bytes(1 << 18) {
    std::copy(product.memory.begin(), product.memory.end(), bytes.begin() + kBase);
    make(kind);
    host.registers.bind(accelerator->registers);
    accelerator->interrupt.bind(interrupt);
    host.interrupt.bind(interrupt);
    if (plain) {
      plain_memory = std::make_unique<PlainMemory>("plain", bytes.data(), bytes.size());
      accelerator->memory.bind(plain_memory->socket);
    } else {
      DramOptions dram;
      dram.data = bytes.data();
      dram.bytes = bytes.size();
      dram.timing = ideal_timing(config.config.clock_mhz, 20);
      dram.core_mhz = config.config.clock_mhz;
      memory = std::make_unique<DramMemory>("memory", dram);
      traffic = std::make_unique<Traffic>("traffic", 64, bytes.size());
      accelerator->memory.bind(memory->socket);
      traffic->memory.bind(memory->socket);
    }
    SC_HAS_PROCESS(Bench);
    SC_THREAD(work);
  }

  void make(Kind kind) {
    if (kind == Kind::kRtl || kind == Kind::kRtlDirect) {
      RtlOptions rtl;
      rtl.library = device_library(config, Design::kRtl);
      rtl.config_hash = isa::config_hash(config.config);
      rtl.clock_mhz = config.config.clock_mhz;
      rtl.direct = kind == Kind::kRtlDirect;
      accelerator = std::make_unique<RtlAccelerator>("accelerator", rtl);
      return;
    }
    FastOptions fast;
    fast.config = config.config;
    fast.loose = kind == Kind::kLoose;
    fast.compute = tests::golden_units(config);
    accelerator = std::make_unique<FastAccelerator>("accelerator", fast);
  }

  isa::CompletionRecord run() {
    isa::StartArguments arguments;
    arguments.program = kBase + product.kProgram;
    arguments.record = kBase + product.kRecord;
    arguments.window_base[0] = kBase;
    arguments.window_size[0] = product.memory.size();
    arguments.argument[0] = kBase;
    return host.run(
        arguments, sc_core::SC_ZERO_TIME, [] {}, [] {});
  }
  bool correct() {
    std::copy_n(bytes.begin() + kBase, product.memory.size(), product.memory.begin());
    return product.correct();
  }
  tlm::tlm_response_status touch(std::uint64_t address, unsigned length, bool enables = false) {
    std::uint8_t data[64] = {}, enable = TLM_BYTE_ENABLED;
    tlm::tlm_generic_payload read;
    read.set_command(tlm::TLM_READ_COMMAND);
    read.set_address(address);
    read.set_data_ptr(data);
    read.set_data_length(length);
    read.set_streaming_width(length);
    if (enables) read.set_byte_enable_ptr(&enable);
    if (enables) read.set_byte_enable_length(1);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    host.registers->b_transport(read, delay);
    return read.get_response_status();
  }

  void work() {
    problem = body();
    sc_core::sc_stop();
  }
  std::string simulate(std::function<std::string()> what) {
    body = std::move(what);
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
    sc_core::sc_start();
    return problem;
  }

  isa::NamedConfig config;
  examples::MatrixProduct product;
  std::vector<std::uint8_t> bytes;
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  Host host{"host"};
  std::unique_ptr<Accelerator> accelerator;
  std::unique_ptr<DramMemory> memory;
  std::unique_ptr<PlainMemory> plain_memory;
  std::unique_ptr<Traffic> traffic;
  std::function<std::string()> body;
  std::string problem = "the simulation ended early";
};

#define REQUIRE(condition) \
  if (!(condition)) return std::string("does not hold: " #condition)

class Module : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    std::string reason;
    const bool rtl = GetParam() == Kind::kRtl || GetParam() == Kind::kRtlDirect;
    if (!can_build(rtl ? Design::kRtl : Design::kHls, &reason)) GTEST_SKIP() << reason;
  }
};

TEST_P(Module, ComputesAgainAndAgain) {
  in_child([] {
    Bench bench(GetParam());
    return bench.simulate([&]() -> std::string {
      REQUIRE(bench.run().status == isa::kStatusOk);
      REQUIRE(bench.correct());
      REQUIRE(!bench.interrupt.read());
      const std::uint64_t first = bench.run().counters[isa::kCounter_cycles];
      REQUIRE(bench.run().counters[isa::kCounter_cycles] == first);
      return "";
    });
  });
}

TEST_P(Module, ReportsMemoryThatFails) {
  in_child([] {
    Bench bench(GetParam());
    return bench.simulate([&]() -> std::string {
      bench.memory->poison(kBase + bench.product.kOperands, kBase + bench.product.kOperands);
      const isa::CompletionRecord record = bench.run();
      REQUIRE(record.status == isa::kStatusBus);
      REQUIRE(record.pc == 1);  // the first LOAD, behind one scalar instruction
      return "";
    });
  });
}

TEST_P(Module, WorksWithAPlainMemory) {
  in_child([] {
    Bench bench(GetParam(), true);
    return bench.simulate([&]() -> std::string {
      REQUIRE(bench.run().status == isa::kStatusOk);
      REQUIRE(bench.correct());
      return "";
    });
  });
}

TEST_P(Module, HonoursGrantsTakenBack) {
  in_child([] {
    Bench bench(GetParam());
    return bench.simulate([&]() -> std::string {
      bench.run();
      const bool uses = GetParam() != Kind::kRtl;
      REQUIRE((bench.accelerator->direct_regions() > 0) == uses);
      bench.memory->set_direct(false);
      REQUIRE(bench.accelerator->direct_regions() == 0);
      REQUIRE(bench.run().status == isa::kStatusOk);
      REQUIRE(bench.correct());
      REQUIRE(bench.accelerator->direct_regions() == 0);
      return "";
    });
  });
}

TEST_P(Module, RefusesWhatIsNoRegisterAccess) {
  in_child([] {
    Bench bench(GetParam());
    return bench.simulate([&]() -> std::string {
      REQUIRE(bench.touch(isa::kRegisterMagic, 8) == tlm::TLM_OK_RESPONSE);
      REQUIRE(bench.touch(0x1000, 4) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
      REQUIRE(bench.touch(0xFFC, 8) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
      REQUIRE(bench.touch(0x12, 4) == tlm::TLM_BURST_ERROR_RESPONSE);
      REQUIRE(bench.touch(0x10, 2) == tlm::TLM_BURST_ERROR_RESPONSE);
      REQUIRE(bench.touch(0x10, 4, true) == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
      return "";
    });
  });
}

std::string kind_name(const ::testing::TestParamInfo<Kind>& info) {
  static const char* const names[] = {"rtl", "fast", "loose", "rtl_direct"};
  return names[static_cast<int>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(Models, Module,
                         ::testing::Values(Kind::kRtl, Kind::kFast, Kind::kLoose, Kind::kRtlDirect),
                         kind_name);

}  // namespace
}  // namespace heddle::sim::systemc
