// The kernel as Vitis packages it: its description, and the module that gives its top the names that the tools expect.
#include "isa/kernel.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "isa/config_file.hpp"
#include "isa/generate/writers.hpp"

namespace heddle::isa::generate {
namespace {

constexpr const char* kControlPort = "s_axi_control";
constexpr const char* kMemoryPort = "m_axi_gmem";
constexpr int kControlBytes = 4096;  // what twelve address bits reach

struct Signal {
  const char *name, *direction;
  int bits;
};

// Those of the top with `prefix` before their names.
constexpr Signal kControlSignals[] = {
    {"awaddr", "input", 12},  {"awvalid", "input", 1}, {"awready", "output", 1}, {"wdata", "input", 32},
    {"wstrb", "input", 4},    {"wvalid", "input", 1},  {"wready", "output", 1},  {"bresp", "output", 2},
    {"bvalid", "output", 1},  {"bready", "input", 1},  {"araddr", "input", 12},  {"arvalid", "input", 1},
    {"arready", "output", 1}, {"rdata", "output", 32}, {"rresp", "output", 2},   {"rvalid", "output", 1},
    {"rready", "input", 1}};

std::vector<Signal> memory_signals(int bytes) {
  return {{"awaddr", "output", 64},  {"awlen", "output", 8},         {"awsize", "output", 3},  {"awburst", "output", 2},
          {"awcache", "output", 4},  {"awprot", "output", 3},        {"awvalid", "output", 1}, {"awready", "input", 1},
          {"wdata", "output", 8 * bytes}, {"wstrb", "output", bytes}, {"wlast", "output", 1},  {"wvalid", "output", 1},
          {"wready", "input", 1},    {"bresp", "input", 2},          {"bvalid", "input", 1},   {"bready", "output", 1},
          {"araddr", "output", 64},  {"arlen", "output", 8},         {"arsize", "output", 3},  {"arburst", "output", 2},
          {"arcache", "output", 4},  {"arprot", "output", 3},        {"arvalid", "output", 1}, {"arready", "input", 1},
          {"rdata", "input", 8 * bytes}, {"rresp", "input", 2},      {"rlast", "input", 1},    {"rvalid", "input", 1},
          {"rready", "output", 1}};
}

void require_one_port(const Config& config, const std::string& name) {
  require_all_parts(config, "a kernel");
  if (config.axi_ports != 1) {
    throw std::runtime_error(fmt::format("configuration {}: field 'axi_ports' is {}: a kernel has one memory port",
                                         name, config.axi_ports));
  }
}

}  // namespace

std::string kernel_xml(const Config& config, const std::string& name) {
  require_one_port(config, name);
  std::string arguments;
  int id = 0;
  for (const KernelArgument& argument : kernel_arguments()) {
    arguments += fmt::format(
        R"(      <arg name="{}" addressQualifier="{}" id="{}" port="{}" size="0x8" offset="{:#05x}" hostOffset="0x0" hostSize="0x8" type="{}"/>
)",
        argument.name, argument.pointer ? 1 : 0, id++, argument.pointer ? kMemoryPort : kControlPort, argument.offset,
        argument.pointer ? "void*" : "ulong");
  }
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- Generated from isa/ for configuration {name} by heddle_generate; do not edit. -->
<root versionMajor="1" versionMinor="6">
  <kernel name="{kernel}" language="ip_c" vlnv="heddle:kernel:{kernel}:1.0" attributes="" preferredWorkGroupSizeMultiple="0" workGroupSize="1" interrupt="true" hwControlProtocol="ap_ctrl_hs">
    <ports>
      <port name="{control}" mode="slave" range="{range:#x}" dataWidth="32" portType="addressable" base="0x0"/>
      <port name="{memory}" mode="master" range="0xFFFFFFFFFFFFFFFF" dataWidth="{width}" portType="addressable" base="0x0"/>
    </ports>
    <args>
{arguments}    </args>
  </kernel>
</root>
)",
      fmt::arg("name", name), fmt::arg("kernel", kKernelName), fmt::arg("control", kControlPort),
      fmt::arg("memory", kMemoryPort), fmt::arg("range", kControlBytes), fmt::arg("width", 8 * config.bus_bytes),
      fmt::arg("arguments", arguments));
}

std::string kernel_wrapper(const Config& config, const std::string& name) {
  require_one_port(config, name);
  std::string ports, connections;
  const auto add = [&](const Signal& signal, const char* port, const char* top) {
    const std::string range = signal.bits > 1 ? fmt::format("[{}:0]", signal.bits - 1) : "";
    ports += fmt::format(",\n    {:6} wire {:8} {}_{}", signal.direction, range, port, signal.name);
    connections += fmt::format(",\n      .{}_{}({}_{})", top, signal.name, port, signal.name);
  };
  for (const Signal& signal : kControlSignals) add(signal, kControlPort, "s_axi");
  for (const Signal& signal : memory_signals(static_cast<int>(config.bus_bytes))) add(signal, kMemoryPort, "m_axi");
  return fmt::format(
      R"(// Generated from isa/ for configuration {} by heddle_generate; do not edit.
// The accelerator with the names that Vitis expects of a kernel: ap_clk, ap_rst_n, {}, {}. Verilog, with
// literal widths, since the packager reads them. The reset is taken through a register, for its fan-out.
module heddle_kernel (
    input  wire          ap_clk,
    input  wire          ap_rst_n,
    /* verilator lint_off SYMRSVDWORD */
    output wire          interrupt{}
);
  reg rst_q;
  always @(posedge ap_clk) rst_q <= !ap_rst_n;

  heddle_top i_top (
      .clk_i(ap_clk), .rst_i(rst_q), .interrupt_o(interrupt){});
endmodule
)",
      name, kControlPort, kMemoryPort, ports, connections);
}

}  // namespace heddle::isa::generate
