#include "tests/rtl_control/bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace heddle::tests {

isa::Config bench_config() {
  isa::Config config;
  config.rows = hls::kRows;
  config.columns = hls::kColumns;
  config.lanes = hls::kLanes;
  config.bus_bytes = hls::kBusBytes;
  config.axi_ports = hls::kAxiPorts;
  config.weight_rows = hls::kWeightRows;
  config.a_bytes = hls::kABytes;
  config.w_bytes = hls::kWBytes;
  config.c_bytes = hls::kCBytes;
  config.v_bytes = hls::kVBytes;
  config.s_bytes = hls::kSBytes;
  config.acc_bytes = hls::kAccBytes;
  config.icache_bytes = hls::kIcacheBytes;
  config.address_bits = hls::kAddressBits;
  config.queue_depth = hls::kQueueDepth;
  return config;
}

namespace {

/// What the reset does not set starts with random bits, as it would on a chip.
std::unique_ptr<Vbench> make_bench(std::uint64_t seed) {
  Verilated::randReset(2);
  Verilated::randSeed(static_cast<int>(seed % 1000000 + 1));
  return std::make_unique<Vbench>();
}

}  // namespace

Bench::Bench(std::uint64_t seed)
    : model_(make_bench(seed)),
      dut(*model_),
      memory(kMemoryBytes, seed),
      units(memory, seed + 1),
      random_(seed + 2) {
  for (std::uint8_t& byte : memory.memory) byte = static_cast<std::uint8_t>(random_());
  arguments.program = kProgram;
  arguments.record = kRecord;
  arguments.watchdog = 5000;
  const std::uint64_t windows[3][2] = {{kProgram, kProgramBytes | isa::kWindowReadOnly},
                                       {kData, kDataBytes},
                                       {kConstants, kConstantsBytes | isa::kWindowReadOnly}};
  for (int i = 0; i < 3; ++i) {
    arguments.window_base[i] = windows[i][0];
    arguments.window_size[i] = windows[i][1];
  }
  memory.windows = &arguments;
  dut.s_axi_awvalid = dut.s_axi_wvalid = dut.s_axi_bready = dut.s_axi_arvalid = dut.s_axi_rready = 0;
  dut.rst_i = 1;
  for (int i = 0; i < 3; ++i) tick();
  dut.rst_i = 0;
  tick();
}

Bench::~Bench() { dut.final(); }

void Bench::tick() {
  memory.drive(dut);
  units.drive(dut);
  dut.clk_i = 0;
  dut.eval();
  if (!dut.rst_i) {
    memory.sample(dut, cycle);
    units.sample(dut, cycle);
  }
  dut.clk_i = 1;
  dut.eval();
  ++cycle;
}

void Bench::write(std::uint32_t address, std::uint32_t data, int strobes) {
  // Address and data in either order, or together.
  int address_wait = static_cast<int>(random_() % 3), data_wait = static_cast<int>(random_() % 3);
  bool address_sent = false, data_sent = false;
  dut.s_axi_awaddr = static_cast<std::uint16_t>(address);
  dut.s_axi_wdata = data;
  dut.s_axi_wstrb = static_cast<std::uint8_t>(strobes);
  for (int limit = 0; !(address_sent && data_sent); ++limit) {
    ASSERT_LT(limit, 100) << "AXI4-Lite write is not accepted";
    dut.s_axi_awvalid = !address_sent && address_wait-- <= 0;
    dut.s_axi_wvalid = !data_sent && data_wait-- <= 0;
    dut.clk_i = 0;
    dut.eval();
    const bool address_taken = dut.s_axi_awvalid && dut.s_axi_awready;
    const bool data_taken = dut.s_axi_wvalid && dut.s_axi_wready;
    tick();
    address_sent |= address_taken;
    data_sent |= data_taken;
  }
  dut.s_axi_awvalid = dut.s_axi_wvalid = 0;
  for (int i = static_cast<int>(random_() % 3); i > 0; --i) tick();
  dut.s_axi_bready = 1;
  for (int limit = 0; !dut.s_axi_bvalid; ++limit) {
    ASSERT_LT(limit, 100) << "AXI4-Lite write is not answered";
    tick();
  }
  EXPECT_EQ(dut.s_axi_bresp, 0);
  tick();
  dut.s_axi_bready = 0;
}

std::uint32_t Bench::read(std::uint32_t address) {
  dut.s_axi_araddr = static_cast<std::uint16_t>(address);
  dut.s_axi_arvalid = 1;
  for (int limit = 0; !dut.s_axi_arready; ++limit) {
    EXPECT_LT(limit, 100) << "AXI4-Lite read is not accepted";
    if (limit >= 100) return 0;
    tick();
  }
  tick();
  dut.s_axi_arvalid = 0;
  for (int i = static_cast<int>(random_() % 3); i > 0; --i) tick();
  for (int limit = 0; !dut.s_axi_rvalid; ++limit) {
    EXPECT_LT(limit, 10000) << "AXI4-Lite read is not answered";
    if (limit >= 10000) return 0;
    tick();
  }
  const std::uint32_t data = dut.s_axi_rdata;
  dut.s_axi_rready = 1;
  tick();
  dut.s_axi_rready = 0;
  return data;
}

void Bench::write64(std::uint32_t address, std::uint64_t data) {
  write(address, static_cast<std::uint32_t>(data));
  write(address + 4, static_cast<std::uint32_t>(data >> 32));
}

std::uint64_t Bench::read64(std::uint32_t address) {
  const std::uint64_t low = read(address);
  return low | static_cast<std::uint64_t>(read(address + 4)) << 32;
}

void Bench::load(const Assembler& code) {
  const std::vector<std::uint8_t> bytes = code.program(bench_config());
  ASSERT_LE(bytes.size(), kProgramBytes);
  std::copy(bytes.begin(), bytes.end(), memory.memory.begin() + kProgram);
}

void Bench::set_arguments() {
  write64(isa::kRegisterProgram, arguments.program);
  write64(isa::kRegisterRecord, arguments.record);
  write64(isa::kRegisterWatchdog, arguments.watchdog);
  for (int i = 0; i < isa::kWindows; ++i) {
    write64(isa::kRegisterWindow + 16 * i, arguments.window_base[i]);
    write64(isa::kRegisterWindow + 16 * i + 8, arguments.window_size[i]);
  }
  for (int i = 0; i < isa::kArguments; ++i) write64(isa::kRegisterArgument + 8 * i, arguments.argument[i]);
}

void Bench::wait_done(std::uint64_t limit) {
  const std::uint64_t end = cycle + limit;
  while ((read(isa::kRegisterControl) & 2u) == 0) {
    for (int i = 0; i < 20; ++i) tick();
    ASSERT_LT(cycle, end) << "done is not raised";
  }
}

Report Bench::report() {
  Report report;
  report.status = read(isa::kRegisterStatus);
  report.pc = read64(isa::kRegisterPc);
  for (int i = 0; i < isa::kCounters; ++i) report.counters[i] = read64(isa::kRegisterCounters + 8 * i);
  return report;
}

isa::CompletionRecord Bench::record() const {
  isa::CompletionRecord record;
  std::memcpy(&record, memory.memory.data() + arguments.record, sizeof record);
  return record;
}

Report Bench::run(const Assembler& code) {
  load(code);
  return run();
}

Report Bench::run() {
  std::fill_n(memory.memory.begin() + kRecord, 256, 0xAA);
  set_arguments();
  units.begin_run();
  memory.read_beats = memory.write_beats = 0;
  start();
  wait_done();
  const Report result = report();
  if (arguments.record == kRecord && (arguments.window_size[1] & isa::kWindowReadOnly) == 0) {
    const isa::CompletionRecord written = record();
    EXPECT_EQ(written.magic, isa::kRecordMagic);
    EXPECT_EQ(written.status, result.status);
    EXPECT_EQ(written.pc, result.pc);
    for (int i = 0; i < isa::kCounters; ++i)
      EXPECT_EQ(written.counters[i], result.counters[i]) << "counter " << i;
  }
  return result;
}

void check_counters(const Report& report, const Bench& bench) {
  const std::uint64_t* counters = report.counters;
  std::uint64_t finished[isa::kUnits] = {}, executing[isa::kUnits] = {}, last_done[isa::kUnits] = {};
  for (const Started& x : bench.units.started) {
    if (x.done_cycle == 0) continue;
    ++finished[x.unit];
    // LOAD starts one before the one in front of it is done.
    executing[x.unit] += x.done_cycle - std::max(x.start_cycle, last_done[x.unit] + 1) + 1;
    last_done[x.unit] = x.done_cycle;
  }
  for (int u = 0; u < isa::kUnits; ++u) {
    const std::uint64_t* states = counters + isa::unit_counter(u, isa::kUnitBusy);
    EXPECT_EQ(std::accumulate(states, states + isa::kUnitStates, std::uint64_t{0}),
              counters[isa::kCounter_cycles])
        << "cycles of unit " << u;
    EXPECT_EQ(counters[isa::kCounter_load_instructions + u], finished[u]) << "instructions of unit " << u;
    EXPECT_EQ(states[isa::kUnitBusy] + states[isa::kUnitStalled], executing[u])
        << "cycles in which unit " << u << " executes";
  }
  EXPECT_EQ(counters[isa::kCounter_load_bytes], bench.units.load_bytes);
  EXPECT_EQ(counters[isa::kCounter_store_bytes], bench.units.store_bytes);
  EXPECT_EQ(counters[isa::kCounter_macs], bench.units.mac_rows * hls::kRows * hls::kColumns);
  EXPECT_EQ(counters[isa::kCounter_read_beats], bench.memory.read_beats);
  EXPECT_LE(counters[isa::kCounter_fetch_stall] + counters[isa::kCounter_scalar_wait],
            counters[isa::kCounter_cycles]);
}

}  // namespace heddle::tests
