// The scalar unit, as far as the order of a run depends on it.
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "compiler/emit/race_checker.hpp"

namespace heddle::emit {
namespace {

constexpr std::uint64_t kMask48 = (1ull << isa::kScalarBits) - 1;

std::int64_t wrap48(std::uint64_t x) { return static_cast<std::int64_t>(x << 16) >> 16; }

[[noreturn]] void fail(std::uint64_t pc, const std::string& why) {
  throw std::runtime_error(fmt::format("program at pc {}: {}", pc, why));
}

void patch(std::uint64_t pc, const std::int64_t* registers, std::uint16_t* half) {
  const std::uint32_t patches = isa::get32(half, isa::kHalfPatches);
  for (int i = 0; i < isa::kPatches; ++i) {
    const std::uint32_t field = (patches >> (10 * i)) & 0x3FFu;
    const int target = static_cast<int>(field & 31u), source = static_cast<int>((field >> 5) & 15u);
    const bool wide = (field >> 9) != 0;
    if (source == 0) continue;
    if (target < isa::kHalfFlags || (wide && target % 2 != 0))
      fail(pc, fmt::format("half {} may not be patched", target));
    const std::uint32_t value = static_cast<std::uint32_t>(static_cast<std::uint64_t>(registers[source]));
    if (wide)
      isa::set32(half, target, isa::get32(half, target) + value);
    else
      half[target] = static_cast<std::uint16_t>(half[target] + value);
  }
}

}  // namespace

std::vector<RaceEvent> walk_program(std::span<const std::uint8_t> code, const isa::StartArguments& arguments,
                                    const std::function<std::uint32_t(std::uint64_t address)>& read_word,
                                    std::uint64_t limit) {
  std::vector<RaceEvent> events;
  std::int64_t registers[isa::kScalarRegisters] = {};
  const std::uint64_t quads = code.size() / isa::kQuadBytes;
  std::uint64_t pc = 0;
  for (std::uint64_t steps = 0;; ++steps) {
    if (steps >= limit) fail(pc, fmt::format("no HALT within {} instructions", limit));
    if (pc >= quads) fail(pc, "past the end of the code");
    isa::ScalarInstruction x;
    std::memcpy(&x, code.data() + pc * isa::kQuadBytes, sizeof x);
    const int opcode = x.half[isa::kHalfOpcode] & 0xFF;
    if (isa::is_tile_opcode(opcode)) {
      if (quads - pc < isa::kTileQuads) fail(pc, "a tile instruction is cut off by the end of the code");
      isa::TileInstruction tile;
      std::memcpy(&tile, code.data() + pc * isa::kQuadBytes, sizeof tile);
      patch(pc, registers, tile.half);
      const int unit = isa::unit_of(opcode);
      const bool dma = unit == isa::kUnitLoad || unit == isa::kUnitStore;
      const int base = (tile.half[isa::kHalfFlags] >> 4) & 31;
      events.push_back(
          RaceEvent::tile(unit, pc, tile, dma ? static_cast<std::uint64_t>(registers[base]) & kMask48 : 0));
      pc += isa::kTileQuads;
      continue;
    }
    const std::uint32_t fields = x.half[isa::kHalfRegisters];
    const std::size_t rd = fields & 31u;
    const std::int64_t a = registers[(fields >> 5) & 31u], rb = registers[(fields >> 10) & 31u];
    std::uint64_t raw;
    std::memcpy(&raw, &x.half[isa::kHalfImmediate], sizeof raw);
    const std::int64_t immediate = wrap48(raw);
    const std::int64_t b = (fields & isa::kScalarImmediate) != 0 ? immediate : rb;
    const std::uint64_t ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
    const std::uint64_t target = static_cast<std::uint64_t>(immediate) & kMask48;
    std::uint64_t next = pc + 1;
    const auto set = [&](std::uint64_t value) {
      if (rd != 0) registers[rd] = wrap48(value);
    };
    switch (opcode) {
      case isa::kOpHalt:
        return events;
      case isa::kOpAdd:
        set(ua + ub);
        break;
      case isa::kOpSub:
        set(ua - ub);
        break;
      case isa::kOpMul:
        set((ua & 0xFFFFFFFFu) * (ub & 0xFFFFFFFFu));
        break;
      case isa::kOpShl:
        set(ua << (ub & 63u));
        break;
      case isa::kOpShr:
        set(static_cast<std::uint64_t>(a >> (ub & 63u)));
        break;
      case isa::kOpAnd:
        set(ua & ub);
        break;
      case isa::kOpMin:
        set(a < b ? ua : ub);
        break;
      case isa::kOpMax:
        set(a > b ? ua : ub);
        break;
      case isa::kOpArgument:
        if (target >= isa::kArguments) fail(pc, fmt::format("there is no argument {}", target));
        set(arguments.argument[target]);
        break;
      case isa::kOpLoadWord: {
        const std::uint64_t address = (ua + static_cast<std::uint64_t>(immediate)) & kMask48;
        events.push_back(RaceEvent::load_word(pc, address));
        set(read_word(address));
        break;
      }
      case isa::kOpBranchEq:
        if (a == rb) next = target;
        break;
      case isa::kOpBranchNe:
        if (a != rb) next = target;
        break;
      case isa::kOpBranchLt:
        if (a < rb) next = target;
        break;
      case isa::kOpBranchGe:
        if (a >= rb) next = target;
        break;
      case isa::kOpLoop: {
        const std::int64_t left = wrap48(static_cast<std::uint64_t>(registers[rd]) - 1);
        set(static_cast<std::uint64_t>(left));
        if (left != 0) next = target;
        break;
      }
      case isa::kOpWait:
        events.push_back(RaceEvent::wait(pc, x.half[isa::kHalfWait]));
        break;
      case isa::kOpSignal:
        events.push_back(RaceEvent::signal(pc, x.half[isa::kHalfSignal]));
        break;
      case isa::kOpFence:
        events.push_back(RaceEvent::fence(pc));
        break;
      default:
        fail(pc, fmt::format("opcode {:#04x} is not one", opcode));
    }
    pc = next;
  }
}

}  // namespace heddle::emit
