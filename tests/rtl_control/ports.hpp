// Access to Verilated ports of any width as little-endian bits.
#pragma once
#include <cstdint>
#include <cstring>

namespace heddle::tests {

template <class Port>
std::uint8_t* bytes_of(Port& port) {
  return reinterpret_cast<std::uint8_t*>(&port);
}

/// `width` (at most 57) bits of a port from bit `offset` on.
template <class Port>
std::uint64_t get_bits(Port& port, int offset, int width) {
  std::uint64_t value = 0;
  for (int bit = 0; bit < width; ++bit) {
    const int at = offset + bit;
    value |= static_cast<std::uint64_t>((bytes_of(port)[at / 8] >> (at % 8)) & 1u) << bit;
  }
  return value;
}

template <class Port>
void set_bits(Port& port, int offset, int width, std::uint64_t value) {
  for (int bit = 0; bit < width; ++bit) {
    const int at = offset + bit;
    std::uint8_t& byte = bytes_of(port)[at / 8];
    byte = static_cast<std::uint8_t>((byte & ~(1u << (at % 8))) | (((value >> bit) & 1u) << (at % 8)));
  }
}

}  // namespace heddle::tests
