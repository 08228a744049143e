#include "tests/rtl_control/interpreter.hpp"

#include <cstring>

#include "isa/program.hpp"

namespace heddle::tests {
namespace {

constexpr std::uint64_t kMask = (1ull << isa::kScalarBits) - 1;

struct Machine {
  const std::vector<std::uint8_t>& memory;
  const isa::StartArguments& arguments;
  std::uint64_t registers[isa::kScalarRegisters] = {};  // low 48 bits

  std::int64_t value(int index) const { return static_cast<std::int64_t>(registers[index] << 16) >> 16; }
  void set(int index, std::uint64_t x) {
    if (index != 0) registers[index] = x & kMask;
  }
  bool permitted(std::uint64_t address, std::uint64_t bytes) const {
    for (int i = 0; i < isa::kWindows; ++i) {
      const std::uint64_t size = arguments.window_size[i] & ~isa::kWindowReadOnly;
      if (address >= arguments.window_base[i] && address + bytes <= arguments.window_base[i] + size)
        return true;
    }
    return false;
  }
};

std::uint32_t step(Machine& machine, const isa::ScalarInstruction& x, std::uint64_t* pc) {
  const int opcode = x.half[0] & 0xFF;
  const int rd = x.half[1] & 31, ra = (x.half[1] >> 5) & 31, rb = (x.half[1] >> 10) & 31;
  std::uint64_t raw;
  std::memcpy(&raw, &x.half[isa::kHalfImmediate], sizeof raw);
  const std::int64_t immediate = static_cast<std::int64_t>(raw << 16) >> 16;
  const std::int64_t a = machine.value(ra), r = machine.value(rb);
  const std::int64_t b = (x.half[1] & isa::kScalarImmediate) != 0 ? immediate : r;
  const std::uint64_t target = raw & kMask;
  switch (opcode) {
    case isa::kOpAdd:
      machine.set(rd, a + b);
      break;
    case isa::kOpSub:
      machine.set(rd, a - b);
      break;
    case isa::kOpMul:
      machine.set(rd, (a & 0xFFFFFFFFull) * (b & 0xFFFFFFFFull));
      break;
    case isa::kOpShl:
      machine.set(rd, static_cast<std::uint64_t>(a) << (b & 63));
      break;
    case isa::kOpShr:
      machine.set(rd, a >> (b & 63));
      break;
    case isa::kOpAnd:
      machine.set(rd, a & b);
      break;
    case isa::kOpMin:
      machine.set(rd, a < b ? a : b);
      break;
    case isa::kOpMax:
      machine.set(rd, a > b ? a : b);
      break;
    case isa::kOpArgument:
      if (target >= isa::kArguments) return isa::kStatusIllegal;
      machine.set(rd, machine.arguments.argument[target]);
      break;
    case isa::kOpLoadWord: {
      const std::uint64_t address = static_cast<std::uint64_t>(a + immediate) & kMask;
      if (address % 4 != 0) return isa::kStatusIllegal;
      if (!machine.permitted(address, 4)) return isa::kStatusWindow;
      if (address + 4 > machine.memory.size()) return isa::kStatusBus;
      std::uint32_t word;
      std::memcpy(&word, machine.memory.data() + address, 4);
      machine.set(rd, word);
      break;
    }
    case isa::kOpBranchEq:
      if (a == r) *pc = target;
      break;
    case isa::kOpBranchNe:
      if (a != r) *pc = target;
      break;
    case isa::kOpBranchLt:
      if (a < r) *pc = target;
      break;
    case isa::kOpBranchGe:
      if (a >= r) *pc = target;
      break;
    case isa::kOpLoop: {
      const std::uint64_t next = (machine.registers[rd] - 1) & kMask;
      machine.set(rd, next);
      if (next != 0) *pc = target;
      break;
    }
    case isa::kOpWait:
    case isa::kOpSignal:
    case isa::kOpFence:
      break;
    default:
      return isa::kStatusIllegal;
  }
  return isa::kStatusOk;
}

std::uint32_t patch(const Machine& machine, isa::TileInstruction* x) {
  const std::uint32_t patches = isa::get32(x->half, isa::kHalfPatches);
  if ((patches >> 30) != 0) return isa::kStatusIllegal;
  for (int i = 0; i < isa::kPatches; ++i) {
    const int half = (patches >> (10 * i)) & 31, source = (patches >> (10 * i + 5)) & 15;
    const bool wide = ((patches >> (10 * i + 9)) & 1) != 0;
    if (source == 0) continue;
    if (half < 6 || (wide && half % 2 != 0)) return isa::kStatusIllegal;
    const std::uint32_t add = static_cast<std::uint32_t>(machine.registers[source]);
    if (wide) {
      isa::set32(x->half, half, isa::get32(x->half, half) + add);
    } else {
      x->half[half] = static_cast<std::uint16_t>(x->half[half] + add);
    }
  }
  return isa::kStatusOk;
}

}  // namespace

Meaning interpret(const std::vector<std::uint8_t>& memory, const isa::StartArguments& arguments,
                  std::uint64_t limit) {
  Machine machine{memory, arguments};
  isa::ProgramHeader header;
  std::memcpy(&header, memory.data() + arguments.program, sizeof header);
  const std::uint8_t* code = memory.data() + arguments.program + sizeof header;
  Meaning meaning;
  std::uint64_t pc = 0;
  for (std::uint64_t count = 0; count < limit; ++count) {
    meaning.pc = pc;
    if (pc >= header.code_quads) {
      meaning.status = isa::kStatusIllegal;
      return meaning;
    }
    isa::ScalarInstruction scalar;
    std::memcpy(&scalar, code + 16 * pc, sizeof scalar);
    const int opcode = scalar.half[0] & 0xFF;
    if ((scalar.half[0] >> 8) != 0) {
      meaning.status = isa::kStatusIllegal;
    } else if (isa::is_tile_opcode(opcode)) {
      Dispatch dispatch;
      if (pc + isa::kTileQuads > header.code_quads) {
        meaning.status = isa::kStatusIllegal;
        return meaning;
      }
      std::memcpy(&dispatch.instruction, code + 16 * pc, sizeof dispatch.instruction);
      meaning.status = patch(machine, &dispatch.instruction);
      if (opcode == isa::kOpLoad || opcode == isa::kOpStore)
        dispatch.base = machine.registers[(dispatch.instruction.half[isa::kHalfFlags] >> 4) & 31];
      if (meaning.status == isa::kStatusOk) meaning.dispatched[isa::unit_of(opcode)].push_back(dispatch);
      pc += isa::kTileQuads;
    } else if (opcode == isa::kOpHalt) {
      ++meaning.scalar_instructions;
      return meaning;
    } else {
      ++pc;
      meaning.status = step(machine, scalar, &pc);
      ++meaning.scalar_instructions;
    }
    if (meaning.status != isa::kStatusOk) return meaning;
  }
  meaning.status = isa::kStatusWatchdog;
  return meaning;
}

}  // namespace heddle::tests
