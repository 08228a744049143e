// Everything that a device remembers: on-chip memories, queues, scalar unit, counters.
#pragma once
#include <cstdint>

#include "hls/types/bus.hpp"
#include "hls/types/sizes.hpp"
#include "hls/types/stream.hpp"
#include "isa/counters.hpp"

namespace heddle {
namespace hls {

/// The scratchpads. They keep what they held from run to run, and hold garbage before the first.
struct Scratchpads {
  alignas(64) std::int8_t a[kABytes];
  alignas(64) std::int8_t w[kWBytes];
  alignas(64) float c[kCBytes / isa::kBytesPerWord];
  alignas(64) float v[kVBytes / isa::kBytesPerWord];
  alignas(64) float s[kSBytes / isa::kBytesPerWord];
  alignas(64) std::int32_t acc[kAccBytes / isa::kBytesPerWord];
};

/// A tile instruction in a queue: patched, with the value of its base register.
struct Dispatched {
  isa::TileInstruction instruction;
  std::uint64_t base;
  std::uint64_t pc;
};

struct Scalar {
  std::uint64_t pc;
  std::int64_t registers[isa::kScalarRegisters];  // 48 bits, sign-extended
  std::uint64_t code;                             // address of the first quad
  std::uint32_t code_quads;
};

struct Device {
  Scratchpads scratch;
  Stream<Dispatched, kQueueDepth> queue[isa::kUnits];
  Scalar scalar;
  Windows windows;
  std::uint8_t semaphore[isa::kSemaphores];
  std::uint64_t argument[isa::kArguments];
  std::uint64_t counter[isa::kCounters];
  Dispatched dispatched;  // the instruction queued last
};

/// Whether every semaphore of `mask` is above zero.
inline bool semaphores_ready(const std::uint8_t semaphore[isa::kSemaphores], std::uint32_t mask) {
  bool ready = true;
READY:
  for (int i = 0; i < isa::kSemaphores; ++i) {
#pragma HLS UNROLL
    if (((mask >> i) & 1u) != 0 && semaphore[i] == 0) ready = false;
  }
  return ready;
}

inline void take_semaphores(std::uint8_t semaphore[isa::kSemaphores], std::uint32_t mask) {
TAKE:
  for (int i = 0; i < isa::kSemaphores; ++i) {
#pragma HLS UNROLL
    semaphore[i] = static_cast<std::uint8_t>(semaphore[i] - ((mask >> i) & 1u));
  }
}

/// Adds one to each semaphore of `mask`; false when one is at its limit already.
inline bool signal_semaphores(std::uint8_t semaphore[isa::kSemaphores], std::uint32_t mask) {
  bool fits = true;
SIGNAL:
  for (int i = 0; i < isa::kSemaphores; ++i) {
#pragma HLS UNROLL
    if (((mask >> i) & 1u) == 0) continue;
    if (semaphore[i] == 255) {
      fits = false;
    } else {
      semaphore[i] = static_cast<std::uint8_t>(semaphore[i] + 1);
    }
  }
  return fits;
}

}  // namespace hls
}  // namespace heddle
