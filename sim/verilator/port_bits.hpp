// Bits and bytes of Verilated ports, whatever C++ type Verilator chose for their width: all of them are
// little-endian in memory on the hosts that Verilator supports.
#pragma once
#include <cstdint>
#include <cstring>

#include "sim/verilator/port_library.h"

namespace heddle::sim {

template <class Port>
std::uint8_t* port_bytes(Port& port) {
  return reinterpret_cast<std::uint8_t*>(&port);
}

/// `width` bits (at most 8, within one byte) from bit `low`.
template <class Port>
std::uint64_t get_bits(Port& port, int low, int width) {
  return (port_bytes(port)[low / 8] >> (low % 8)) & ((1u << width) - 1u);
}

template <class Port>
void set_bits(Port& port, int low, int width, std::uint64_t value) {
  std::uint8_t& byte = port_bytes(port)[low / 8];
  const unsigned mask = ((1u << width) - 1u) << (low % 8);
  byte = static_cast<std::uint8_t>((byte & ~mask) | ((static_cast<unsigned>(value) << (low % 8)) & mask));
}

/// Whether byte `byte` of the beat that a port writes is written.
inline bool strobe(const heddle_port_request& port, std::uint32_t byte) {
  const std::uint32_t bit = port.strobe_first + byte;
  return (port.strobes[bit / 8] >> (bit % 8) & 1) != 0;
}

}  // namespace heddle::sim
