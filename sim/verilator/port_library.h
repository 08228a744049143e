// What a device library of the RTL offers beside isa/device_library.h: the accelerator by its ports, cycle by
// cycle, for a simulator that has a memory and a bus of its own. Plain data only, readable as C++17.
//
// A cycle is heddle_ports_begin(), in which the device shows what it asks for and takes, and
// heddle_ports_end(), the rising edge. Register accesses go on meanwhile, one at a time.
#pragma once
#include <cstdint>

extern "C" {

/// What the memory side of one AXI4 port shows in a cycle. A valid once raised stays, with its payload, until
/// it is taken.
struct heddle_port_answer {
  bool arready, awready, wready;
  bool rvalid, rlast, bvalid;
  std::uint8_t rresp, bresp;  // AXI4: 0 is okay, 2 a slave error, 3 a decode error
  const std::uint8_t* rdata;  // of a beat; read where rvalid
};

/// What the device shows on one AXI4 port in a cycle. Pointers hold until heddle_ports_end().
struct heddle_port_request {
  bool arvalid, rready, awvalid, wvalid, bready;
  std::uint64_t araddr, awaddr;  // bytes of the port (rtl/top/heddle_top.sv)
  std::uint32_t arlen, awlen;    // beats - 1
  const std::uint8_t* wdata;     // of a beat
  const std::uint8_t* strobes;   // bit strobe_first + i: whether byte i of it is written
  std::uint32_t strobe_first;
};

/// What the device shows at the end of a cycle.
struct heddle_port_status {
  bool interrupt;
  bool access_done;     // the register access ended in this cycle
  std::uint32_t value;  // that it read
};

/// AXI4 ports of the device, and bytes of a beat on each.
int heddle_ports_count(void);
int heddle_ports_bytes(void);
/// A device after reset; null when out of memory. Random contents after power-up, the same in every run.
void* heddle_ports_open(void);
void heddle_ports_close(void* device);
/// Abandons everything; on-chip memories keep what they hold.
void heddle_ports_reset(void* device);
/// Begins an access to an AXI4-Lite register (isa/registers.hpp) in the coming cycle. None may be under way.
void heddle_ports_access(void* device, bool write, std::uint32_t address, std::uint32_t value);
void heddle_ports_begin(void* device, const heddle_port_answer* answers, heddle_port_request* requests);
void heddle_ports_end(void* device, heddle_port_status* status);
}
