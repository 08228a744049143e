// The scalar unit: fetches quads, executes scalar instructions, patches tile instructions and queues them.
#pragma once
#include <cstdint>
#include <cstring>

#include "hls/types/device.hpp"

namespace heddle {
namespace hls {

enum ScalarStep : int {
  kScalarAdvanced = 0,    // one scalar instruction executed
  kScalarDispatched = 1,  // one tile instruction queued: Device::dispatched
  kScalarBlocked = 2,     // waits for a semaphore, a fence or a place in a queue
  kScalarHalted = 3,      // HALT with every unit idle
  kScalarFailed = 4,
};

/// The low 48 bits, sign-extended.
inline std::int64_t wrap48(std::uint64_t x) { return static_cast<std::int64_t>(x << 16) >> 16; }

/// Reads `count` bytes of memory within a window.
inline std::uint32_t read_window(const Device& device, const Bus& bus, std::uint64_t address, void* to,
                                 std::uint32_t count) {
  if (!device.windows.allow(address, count, false)) return isa::kStatusWindow;
  return bus.read(address, to, count) ? isa::kStatusOk : isa::kStatusBus;
}

/// Reads the quads from pc on; past the end of the code is kStatusIllegal.
inline std::uint32_t fetch(const Device& device, const Bus& bus, std::uint16_t* half, int quads) {
  const Scalar& scalar = device.scalar;
  const std::uint64_t count = static_cast<std::uint64_t>(quads);
  if (scalar.pc >= scalar.code_quads || scalar.code_quads - scalar.pc < count) return isa::kStatusIllegal;
  return read_window(device, bus, scalar.code + scalar.pc * isa::kQuadBytes, half,
                     static_cast<std::uint32_t>(quads * isa::kQuadBytes));
}

inline bool all_idle(const Device& device) {
  bool idle = true;
IDLE:
  for (int unit = 0; unit < isa::kUnits; ++unit) {
#pragma HLS UNROLL
    if (!device.queue[unit].empty()) idle = false;
  }
  return idle;
}

/// Adds registers to the halves that h4-h5 name.
inline std::uint32_t patch(const std::int64_t registers[isa::kScalarRegisters], std::uint16_t* half) {
  const std::uint32_t patches = isa::get32(half, isa::kHalfPatches);
  if ((patches >> 30) != 0) return isa::kStatusIllegal;
PATCHES:
  for (int i = 0; i < isa::kPatches; ++i) {
#pragma HLS UNROLL
    const std::uint32_t field = (patches >> (10 * i)) & 0x3FFu;
    const int target = static_cast<int>(field & 31u);
    const int source = static_cast<int>((field >> 5) & 15u);
    const bool wide = (field >> 9) != 0;
    if (source == 0) continue;
    if (target <= isa::kHalfPatches + 1 || (wide && (target & 1) != 0)) return isa::kStatusIllegal;
    const std::uint32_t value = static_cast<std::uint32_t>(static_cast<std::uint64_t>(registers[source]));
    if (wide) {
      isa::set32(half, target, isa::get32(half, target) + value);
    } else {
      half[target] = static_cast<std::uint16_t>(half[target] + value);
    }
  }
  return isa::kStatusOk;
}

/// Whether a tile instruction needs a part that this device was built without.
inline bool lacks_part(const std::uint16_t* half, int unit, int base) {
  const bool scalar = isa::get32(half, isa::kHalfPatches) != 0 || base != 0;
  const bool tokens = (half[isa::kHalfWait] | half[isa::kHalfSignal]) != 0;
  return (!kHasFloat && unit == isa::kUnitVector) || (!kHasScalar && scalar) || (!kHasTokens && tokens);
}

/// Queues the tile instruction at pc, when there is room.
inline ScalarStep dispatch(Device& device, const Bus& bus, std::uint32_t* status) {
  Scalar& scalar = device.scalar;
  Dispatched& item = device.dispatched;
  std::uint16_t* const half = item.instruction.half;
  *status = fetch(device, bus, half, isa::kTileQuads);
  if (*status != isa::kStatusOk) return kScalarFailed;
  const int unit = isa::unit_of(half[isa::kHalfOpcode] & 0xFF);
  *status = patch(scalar.registers, half);
  if (*status != isa::kStatusOk) return kScalarFailed;
  if (device.queue[unit].full()) return kScalarBlocked;
  const bool dma = unit == isa::kUnitLoad || unit == isa::kUnitStore;
  const int base = (half[isa::kHalfFlags] >> 4) & 31;
  if (lacks_part(half, unit, dma ? base : 0)) {
    *status = isa::kStatusIllegal;
    return kScalarFailed;
  }
  item.base = dma ? static_cast<std::uint64_t>(scalar.registers[base]) & kAddressMask : 0;
  item.pc = scalar.pc;
  device.queue[unit].write(item);
  scalar.pc += isa::kTileQuads;
  return kScalarDispatched;
}

/// Executes or dispatches the instruction at pc. On kScalarFailed, `status` says why.
inline ScalarStep step_scalar(Device& device, const Bus& bus, std::uint32_t* status) {
  Scalar& scalar = device.scalar;
  if (!kHasTokens && !all_idle(device)) return kScalarBlocked;  // one at a time
  isa::ScalarInstruction instruction;
  std::uint16_t* const half = instruction.half;
  *status = fetch(device, bus, half, 1);
  if (*status != isa::kStatusOk) return kScalarFailed;
  const int opcode = half[isa::kHalfOpcode] & 0xFF;
  *status = isa::kStatusIllegal;  // until it turns out to be legal
  if ((half[isa::kHalfOpcode] >> 8) != 0) return kScalarFailed;
  if (isa::is_tile_opcode(opcode)) return dispatch(device, bus, status);
  if (!kHasScalar && opcode != isa::kOpHalt && opcode != isa::kOpFence) return kScalarFailed;

  const std::uint32_t fields = half[isa::kHalfRegisters];
  const int rd = static_cast<int>(fields & 31u);
  const std::int64_t a = scalar.registers[(fields >> 5) & 31u];
  const std::int64_t rb = scalar.registers[(fields >> 10) & 31u];
  const std::uint64_t raw = static_cast<std::uint64_t>(isa::get32(half, isa::kHalfImmediate)) |
                            (static_cast<std::uint64_t>(isa::get32(half, isa::kHalfImmediate + 2)) << 32);
  const std::int64_t immediate = wrap48(raw);
  const std::int64_t b = (fields & isa::kScalarImmediate) != 0 ? immediate : rb;
  const std::uint64_t ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  const int shift = static_cast<int>(ub & 63u);
  const std::uint64_t target = static_cast<std::uint64_t>(immediate) & kAddressMask;
  std::uint64_t next = scalar.pc + 1;
  std::int64_t result = 0;
  bool writes = true;

  switch (opcode) {
    case isa::kOpHalt:
      if (!all_idle(device)) return kScalarBlocked;
      ++device.counter[isa::kCounter_scalar_instructions];
      return kScalarHalted;
    case isa::kOpAdd:
      result = wrap48(ua + ub);
      break;
    case isa::kOpSub:
      result = wrap48(ua - ub);
      break;
    case isa::kOpMul:
      result = wrap48((ua & 0xFFFFFFFFu) * (ub & 0xFFFFFFFFu));
      break;
    case isa::kOpShl:
      result = wrap48(ua << shift);
      break;
    case isa::kOpShr:
      result = a >> shift;
      break;
    case isa::kOpAnd:
      result = a & b;
      break;
    case isa::kOpMin:
      result = a < b ? a : b;
      break;
    case isa::kOpMax:
      result = a > b ? a : b;
      break;
    case isa::kOpArgument:
      if (target >= isa::kArguments) return kScalarFailed;
      result = wrap48(device.argument[target]);
      break;
    case isa::kOpLoadWord: {
      const std::uint64_t address = (ua + static_cast<std::uint64_t>(immediate)) & kAddressMask;
      if ((address & 3u) != 0) return kScalarFailed;
      std::uint8_t word[4];
      *status = read_window(device, bus, address, word, 4);
      if (*status != isa::kStatusOk) return kScalarFailed;
      result = static_cast<std::int64_t>(word[0] | (static_cast<std::uint32_t>(word[1]) << 8) |
                                         (static_cast<std::uint32_t>(word[2]) << 16) |
                                         (static_cast<std::uint32_t>(word[3]) << 24));
      break;
    }
    case isa::kOpBranchEq:
      writes = false;
      if (a == rb) next = target;
      break;
    case isa::kOpBranchNe:
      writes = false;
      if (a != rb) next = target;
      break;
    case isa::kOpBranchLt:
      writes = false;
      if (a < rb) next = target;
      break;
    case isa::kOpBranchGe:
      writes = false;
      if (a >= rb) next = target;
      break;
    case isa::kOpLoop:
      result = wrap48(static_cast<std::uint64_t>(scalar.registers[rd]) - 1);
      if (result != 0) next = target;
      break;
    case isa::kOpWait:
      if (!semaphores_ready(device.semaphore, half[isa::kHalfWait])) return kScalarBlocked;
      take_semaphores(device.semaphore, half[isa::kHalfWait]);
      writes = false;
      break;
    case isa::kOpSignal:
      if (!signal_semaphores(device.semaphore, half[isa::kHalfSignal])) return kScalarFailed;
      writes = false;
      break;
    case isa::kOpFence:
      if (!all_idle(device)) return kScalarBlocked;
      writes = false;
      break;
    default:
      return kScalarFailed;
  }
  if (writes && rd != 0) scalar.registers[rd] = result;
  scalar.pc = next;
  ++device.counter[isa::kCounter_scalar_instructions];
  *status = isa::kStatusOk;
  return kScalarAdvanced;
}

}  // namespace hls
}  // namespace heddle
