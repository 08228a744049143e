#include <fmt/format.h>

#include <bit>

#include "isa/generate/constants.hpp"
#include "isa/generate/writers.hpp"

namespace heddle::isa::generate {

std::string isa_package() {
  std::string out =
      "// Generated from isa/ by heddle_generate; do not edit. The contract as SystemVerilog constants.\n"
      "/* verilator lint_off UNUSEDPARAM */\n"
      "package heddle_isa_pkg;\n";
  for (const Group& group : contract_constants()) {
    out += fmt::format("\n  // {}\n", group.title);
    for (const Constant& c : group.constants) {
      if (c.bits == 0) {
        out += fmt::format("  localparam int {} = {};\n", upper_snake(c.name), c.value);
      } else {
        out += fmt::format("  localparam logic [{}:0] {} = {}'h{:X};\n", c.bits - 1, upper_snake(c.name), c.bits, c.value);
      }
    }
  }
  out += "\nendpackage\n/* verilator lint_on UNUSEDPARAM */\n";
  return out;
}

std::string config_package(const Config& c, const std::string& name) {
  std::string out = fmt::format(
      "// Generated from configuration {} by heddle_generate; do not edit.\n"
      "/* verilator lint_off UNUSEDPARAM */\n"
      "package heddle_config_pkg;\n",
      name);
  const auto parameter = [&](const char* key, std::uint64_t value) {
    out += fmt::format("  localparam int {} = {};\n", key, value);
  };
  const auto log2 = [](std::uint64_t value) { return static_cast<std::uint64_t>(std::bit_width(value | 1) - 1); };
  parameter("ROWS", c.rows);
  parameter("COLS", c.columns);
  parameter("LANES", c.lanes);
  parameter("BUS_BYTES", c.bus_bytes);
  parameter("AXI_PORTS", c.axi_ports);
  parameter("WEIGHT_ROWS", c.weight_rows);
  parameter("WEIGHT_BUFFERS", c.weight_buffers);
  parameter("ROW_GROUPS", c.row_groups());
  parameter("A_BLOCKS", c.a_blocks());
  parameter("W_WORDS", c.w_words());
  parameter("C_BLOCKS", c.c_blocks());
  parameter("V_BLOCKS", c.v_blocks());
  parameter("S_WORDS", c.s_words());
  parameter("ACC_ROWS", c.acc_rows());
  parameter("ICACHE_BYTES", c.icache_bytes);
  parameter("ICACHE_LINE_BYTES", c.icache_line_bytes());
  parameter("ADDRESS_BITS", c.address_bits);
  parameter("QUEUE_DEPTH", c.queue_depth);
  parameter("LOG2_ROWS", log2(c.rows));
  parameter("LOG2_COLS", log2(c.columns));
  parameter("LOG2_LANES", log2(c.lanes));
  parameter("LOG2_BUS_BYTES", log2(c.bus_bytes));
  parameter("DMA_BURST_BEATS", c.dma_burst_beats());
  parameter("LOG2_ROW_GROUPS", log2(c.row_groups()));
  parameter("LOG2_WEIGHT_ROWS", log2(c.weight_rows));
  out += fmt::format("  localparam logic [63:0] CONFIG_HASH = 64'h{:016X};\n", config_hash(c));
  out += "endpackage\n/* verilator lint_on UNUSEDPARAM */\n";
  return out;
}

std::string config_header(const Config& c, const std::string& name) {
  std::string out = fmt::format(
      "// Generated from configuration {} by heddle_generate; do not edit.\n"
      "#pragma once\n#include <cstdint>\n\nnamespace heddle {{\nnamespace hls {{\n\n",
      name);
  const auto parameter = [&](const char* key, std::uint64_t value) {
    out += fmt::format("constexpr int {} = {};\n", key, value);
  };
  parameter("kRows", c.rows);
  parameter("kColumns", c.columns);
  parameter("kLanes", c.lanes);
  parameter("kBusBytes", c.bus_bytes);
  parameter("kAxiPorts", c.axi_ports);
  parameter("kWeightRows", c.weight_rows);
  parameter("kABytes", c.a_bytes);
  parameter("kWBytes", c.w_bytes);
  parameter("kCBytes", c.c_bytes);
  parameter("kVBytes", c.v_bytes);
  parameter("kSBytes", c.s_bytes);
  parameter("kAccBytes", c.acc_bytes);
  parameter("kIcacheBytes", c.icache_bytes);
  parameter("kAddressBits", c.address_bits);
  parameter("kQueueDepth", c.queue_depth);
  parameter("kParts", c.parts);
  out += fmt::format("constexpr std::uint64_t kConfigHash = 0x{:016X}ull;\n", config_hash(c));
  out += "\n}  // namespace hls\n}  // namespace heddle\n";
  return out;
}

}  // namespace heddle::isa::generate
