// LOAD and STORE: rows of bytes between device memory and a scratchpad, in bursts that cross a small stream.
#pragma once
#include <cstdint>
#include <cstring>

#include "hls/types/device.hpp"

namespace heddle {
namespace hls {

/// The fields of a LOAD or STORE.
struct Dma {
  std::uint32_t buffer, rows, row_bytes;
  std::uint64_t address;  // of the first row in memory
  std::uint32_t mem_stride, local_addr, local_stride;
};

/// A piece of a row, on its way.
struct Burst {
  std::uint32_t local;  // byte in the scratchpad
  std::uint32_t bytes;
  std::uint8_t data[kBurstBytes];

  Burst() = default;
  Burst(const Burst& other) { *this = other; }
  Burst& operator=(const Burst& other) {
    local = other.local;
    bytes = other.bytes;
    std::memcpy(data, other.data, other.bytes);
    return *this;
  }
};

/// Reads the fields; kStatusIllegal when one is reserved, or memory and scratchpad disagree modulo the bus.
inline std::uint32_t decode_dma(const Dispatched& item, bool store, Dma* dma) {
  const std::uint16_t* half = item.instruction.half;
  const std::uint32_t flags = half[isa::kHalfFlags];
  dma->buffer = flags & 0xFu;
  dma->rows = half[isa::kDmaRows];
  dma->row_bytes = isa::get32(half, isa::kDmaRowBytes);
  dma->address = (item.base + isa::get32(half, isa::kDmaMemOffset)) & kAddressMask;
  dma->mem_stride = isa::get32(half, isa::kDmaMemStride);
  dma->local_addr = isa::get32(half, isa::kDmaLocalAddr);
  dma->local_stride = isa::get32(half, isa::kDmaLocalStride);
  bool legal = dma->buffer < isa::kBuffers && (flags >> 9) == 0;
  if (store && (dma->buffer == isa::kBufferW || dma->buffer == isa::kBufferC)) legal = false;
RESERVED:
  for (int h = isa::kDmaLocalStride + 2; h < isa::kTileHalves; ++h) {
#pragma HLS UNROLL
    if (half[h] != 0) legal = false;
  }
  if (!legal) return isa::kStatusIllegal;
  if (dma->rows == 0 || dma->row_bytes == 0) return isa::kStatusOk;
  const std::uint32_t bus = kBusBytes - 1;
  if (((dma->address ^ dma->local_addr) & bus) != 0) return isa::kStatusIllegal;
  if (dma->rows > 1 && ((dma->mem_stride ^ dma->local_stride) & bus) != 0) return isa::kStatusIllegal;
  return isa::kStatusOk;
}

/// The bytes of a scratchpad and how many there are.
inline std::uint8_t* scratchpad(Scratchpads& scratch, std::uint32_t buffer, std::uint32_t* bytes) {
  switch (buffer) {
    case isa::kBufferA:
      *bytes = kABytes;
      return reinterpret_cast<std::uint8_t*>(scratch.a);
    case isa::kBufferW:
      *bytes = kWBytes;
      return reinterpret_cast<std::uint8_t*>(scratch.w);
    case isa::kBufferC:
      *bytes = kCBytes;
      return reinterpret_cast<std::uint8_t*>(scratch.c);
    case isa::kBufferV:
      *bytes = kVBytes;
      return reinterpret_cast<std::uint8_t*>(scratch.v);
    default:
      *bytes = kSBytes;
      return reinterpret_cast<std::uint8_t*>(scratch.s);
  }
}

/// Executes one LOAD (or STORE, if `store`); rows before a fault have been moved.
inline std::uint32_t run_dma(Device& device, Bus& bus, const Dispatched& item, bool store) {
  Dma dma;
  const std::uint32_t decoded = decode_dma(item, store, &dma);
  if (decoded != isa::kStatusOk) return decoded;
  if (dma.row_bytes == 0) return isa::kStatusOk;
  std::uint32_t local_bytes = 0;
  std::uint8_t* const local = scratchpad(device.scratch, dma.buffer, &local_bytes);
  Stream<Burst, 2> bursts;
DMA_ROWS:
  for (std::uint32_t r = 0; r < dma.rows; ++r) {
    const std::uint64_t address =
        (dma.address + static_cast<std::uint64_t>(r) * dma.mem_stride) & kAddressMask;
    const std::uint32_t start = dma.local_addr + r * dma.local_stride;
    if (!device.windows.allow(address, dma.row_bytes, store)) return isa::kStatusWindow;
    if (dma.row_bytes > local_bytes || start > local_bytes - dma.row_bytes) return isa::kStatusIllegal;
  BURSTS:
    for (std::uint32_t done = 0; done < dma.row_bytes; done += kBurstBytes) {
      const std::uint32_t left = dma.row_bytes - done;
      Burst burst;
      burst.local = start + done;
      burst.bytes = left < kBurstBytes ? left : kBurstBytes;
      if (store) {
        std::memcpy(burst.data, local + burst.local, burst.bytes);
        bursts.write(burst);
        const Burst out = bursts.read();
        if (!bus.write(address + done, out.data, out.bytes)) return isa::kStatusBus;
      } else {
        if (!bus.read(address + done, burst.data, burst.bytes)) return isa::kStatusBus;
        bursts.write(burst);
        const Burst in = bursts.read();
        std::memcpy(local + in.local, in.data, in.bytes);
      }
    }
  }
  device.counter[store ? isa::kCounter_store_bytes : isa::kCounter_load_bytes] +=
      static_cast<std::uint64_t>(dma.rows) * dma.row_bytes;
  return isa::kStatusOk;
}

}  // namespace hls
}  // namespace heddle
