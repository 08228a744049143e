#include "tests/programs/scalar_noise.hpp"

#include <algorithm>
#include <cstring>

#include "tests/programs/memory_map.hpp"

namespace heddle::tests {
namespace {

std::int64_t wrap48(std::uint64_t x) { return static_cast<std::int64_t>(x << 16) >> 16; }

std::int64_t evaluate(int opcode, std::int64_t a, std::int64_t b) {
  const std::uint64_t ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (opcode) {
    case isa::kOpAdd:
      return wrap48(ua + ub);
    case isa::kOpSub:
      return wrap48(ua - ub);
    case isa::kOpMul:
      return wrap48((ua & 0xFFFFFFFFu) * (ub & 0xFFFFFFFFu));
    case isa::kOpShl:
      return wrap48(ua << (ub & 63u));
    case isa::kOpShr:
      return a >> (ub & 63u);
    case isa::kOpAnd:
      return a & b;
    case isa::kOpMin:
      return std::min(a, b);
    default:
      return std::max(a, b);
  }
}

}  // namespace

void ScalarNoise::assume(int rd, std::int64_t value) {
  if (rd != 0) registers_[static_cast<std::size_t>(rd)] = wrap48(static_cast<std::uint64_t>(value));
}

void ScalarNoise::set(int rd, std::int64_t value) {
  code_.set(rd, value);
  assume(rd, value);
}

void ScalarNoise::arithmetic() {
  const int opcode = random_.pick<int>({isa::kOpAdd, isa::kOpAdd, isa::kOpSub, isa::kOpMul, isa::kOpShl,
                                        isa::kOpShr, isa::kOpAnd, isa::kOpMin, isa::kOpMax});
  const int rd = static_cast<int>(random_.below(isa::kScalarRegisters)),
            ra = static_cast<int>(random_.below(isa::kScalarRegisters));
  if (random_.chance(50)) {
    const std::int64_t immediate = wrap48(random_.bits() >> random_.below(64));
    code_.scalar_immediate(
        opcode, rd, ra,
        random_.chance(50)
            ? immediate
            : static_cast<std::int64_t>(static_cast<std::uint64_t>(immediate) ^ random_.bits() << 48));
    assume(rd, evaluate(opcode, value(ra), immediate));
  } else {
    const int rb = static_cast<int>(random_.below(isa::kScalarRegisters));
    code_.scalar(opcode, rd, ra, rb);
    assume(rd, evaluate(opcode, value(ra), value(rb)));
  }
}

void ScalarNoise::load_word() {
  const std::uint64_t address =
      memory_map::kFloats + 4 * random_.below((memory_map::kBytesEnd - memory_map::kFloats) / 4);
  const int rd = static_cast<int>(random_.below(isa::kScalarRegisters)),
            ra = static_cast<int>(random_.below(isa::kScalarRegisters));
  code_.scalar_immediate(isa::kOpLoadWord, rd, ra, static_cast<std::int64_t>(address) - value(ra));
  std::uint32_t word;
  std::memcpy(&word, &memory_[address], 4);
  assume(rd, word);
}

void ScalarNoise::branch() {
  const int opcode = static_cast<int>(random_.between(isa::kOpBranchEq, isa::kOpBranchGe));
  const int ra = static_cast<int>(random_.below(isa::kScalarRegisters)),
            rb = random_.chance(20) ? ra : static_cast<int>(random_.below(isa::kScalarRegisters));
  const std::int64_t a = value(ra), b = value(rb);
  const bool taken = opcode == isa::kOpBranchEq   ? a == b
                     : opcode == isa::kOpBranchNe ? a != b
                     : opcode == isa::kOpBranchLt ? a < b
                                                  : a >= b;
  const std::uint64_t pc = code_.pc();
  if (!taken) {
    code_.branch(opcode, ra, rb, random_.below(1000));
    return;
  }
  code_.branch(opcode, ra, rb, 0);
  never_executed();
  code_.set_target(pc, code_.pc());
}

void ScalarNoise::never_executed() {
  for (std::uint64_t i = random_.below(6); i > 0; --i) {
    isa::ScalarInstruction garbage;
    for (std::uint16_t& half : garbage.half) half = static_cast<std::uint16_t>(random_.bits());
    code_.append(garbage);
  }
}

// Looks at every bit of a register: a wrong one runs into an illegal instruction.
void ScalarNoise::probe() {
  const int ra = static_cast<int>(random_.below(isa::kScalarRegisters));
  int rb = static_cast<int>(random_.between(1, isa::kScalarRegisters - 1));
  if (rb == ra) rb = ra % (isa::kScalarRegisters - 1) + 1;
  set(rb, value(ra));
  const std::uint64_t pc = code_.pc();
  code_.branch(isa::kOpBranchEq, ra, rb, 0);
  isa::ScalarInstruction illegal = {};
  illegal.half[isa::kHalfOpcode] = isa::kOpTopK;
  code_.append(illegal);
  never_executed();
  code_.set_target(pc, code_.pc());
}

void ScalarNoise::add() {
  for (std::int64_t i = random_.between(1, 5); i > 0; --i) {
    switch (random_.below(9)) {
      case 0: {
        const int rd = static_cast<int>(random_.below(isa::kScalarRegisters)),
                  number = static_cast<int>(random_.below(isa::kArguments));
        code_.argument(rd, number);
        assume(rd, static_cast<std::int64_t>(arguments_.argument[number]));
        break;
      }
      case 1:
        load_word();
        break;
      case 2:
        branch();
        break;
      case 3:
        probe();
        break;
      default:
        arithmetic();
        break;
    }
  }
}

std::uint64_t ScalarNoise::append_patched(isa::TileInstruction x) {
  const int opcode = x.half[isa::kHalfOpcode] & 0xFF;
  if ((opcode == isa::kOpLoad || opcode == isa::kOpStore) && random_.chance(60)) {
    const std::uint32_t address = isa::get32(x.half, isa::kDmaMemOffset);
    int base = static_cast<int>(random_.below(isa::kScalarRegisters));
    if (value(base) < 0 || value(base) > static_cast<std::int64_t>(address)) {
      if (base == 0) base = 7;
      set(base,
          static_cast<std::int64_t>(address - std::min<std::uint64_t>(address, random_.below(1 << 14))));
    }
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(x.half[isa::kHalfFlags] | base << 4);
    isa::set32(x.half, isa::kDmaMemOffset, address - static_cast<std::uint32_t>(value(base)));
  }
  std::uint32_t patches = 0;
  for (int slot = isa::kPatches - 1; slot >= 0; --slot) {  // undone last to first, applied first to last
    if (!random_.chance(20)) continue;
    const bool wide = random_.chance(40);
    int half = static_cast<int>(random_.between(isa::kHalfFlags, isa::kTileHalves - 1));
    if (wide) half &= ~1;
    const int source = static_cast<int>(random_.between(1, 15));
    const std::uint32_t low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(value(source)));
    if (wide)
      isa::set32(x.half, half, isa::get32(x.half, half) - low);
    else
      x.half[half] = static_cast<std::uint16_t>(x.half[half] - low);
    patches |= Assembler::patch(slot, half, source, wide);
  }
  isa::set32(x.half, isa::kHalfPatches, patches);
  const std::uint64_t pc = code_.pc();
  code_.append(x);
  return pc;
}

}  // namespace heddle::tests
