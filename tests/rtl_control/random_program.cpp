#include "tests/rtl_control/random_program.hpp"

namespace heddle::tests {
namespace {

// Tokens of semaphore s are taken by one user only, so that they come in the order of the program and
// nothing can hang: 0-3 the units, 4 the scalar unit.
constexpr int kUsers = 5;
int consumer(int semaphore) { return semaphore % kUsers; }
constexpr int kScalarUser = 4;

}  // namespace

bool RandomProgram::scalar_touches(int semaphore) {
  return semaphore >= 10 || consumer(semaphore) == kScalarUser;
}

int RandomProgram::data_register() {
  const int index = pick(11);
  return index < 7 ? 1 + index : 16 + index - 7;
}

std::int64_t RandomProgram::number() {
  const std::int64_t x = static_cast<std::int64_t>(random_());
  switch (pick(4)) {
    case 0:
      return x;
    case 1:
      return x >> 16;
    case 2:
      return x % 64;
    default:
      return x % 100000;
  }
}

void RandomProgram::arithmetic() {
  static const int opcodes[] = {isa::kOpAdd, isa::kOpSub, isa::kOpMul, isa::kOpShl,
                                isa::kOpShr, isa::kOpAnd, isa::kOpMin, isa::kOpMax};
  const int rd = chance(5) ? 0 : data_register();
  const int ra = chance(80) ? data_register() : pick(24);
  if (chance(10)) {
    code_.argument(rd, pick(isa::kArguments));
  } else if (chance(50)) {
    code_.scalar_immediate(opcodes[pick(8)], rd, ra, number());
  } else {
    code_.scalar(opcodes[pick(8)], rd, ra, data_register());
  }
  // Small values for patches are made from data.
  if (chance(20)) code_.scalar_immediate(isa::kOpAnd, 8 + pick(4), data_register(), 0xFFFF);
}

void RandomProgram::word() {
  code_.set(24, static_cast<std::int64_t>(Bench::kConstants) + 4 * pick(Bench::kConstantsBytes / 8));
  code_.scalar_immediate(isa::kOpLoadWord, data_register(), 24, 4 * pick(Bench::kConstantsBytes / 8));
}

void RandomProgram::branch() {
  static const int opcodes[] = {isa::kOpBranchEq, isa::kOpBranchNe, isa::kOpBranchLt, isa::kOpBranchGe};
  const std::uint64_t from = code_.pc();
  code_.branch(opcodes[pick(4)], data_register(), chance(30) ? 0 : data_register(), 0);
  const int skipped = pick(chance(10) ? 60 : 5);
  for (int i = 0; i < skipped; ++i) arithmetic();
  code_.set_target(from, code_.pc());
}

void RandomProgram::tile(int consumer_semaphore) {
  const int unit = consumer_semaphore >= 0 ? consumer(consumer_semaphore) : pick(isa::kUnits);
  isa::TileInstruction x = {};
  for (std::uint16_t& half : x.half) half = static_cast<std::uint16_t>(random_());
  x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(isa::kOpLoad + unit);
  x.half[kModelStatus] = isa::kStatusOk;
  x.half[kModelDuration] = static_cast<std::uint16_t>(chance(50) ? 0 : 1 + pick(chance(10) ? 200 : 20));
  x.half[kModelBeats] = 0;
  if (unit < 2) {
    int base = 12 + unit;
    if (chance(50)) {
      // Traffic within a quarter of the data: LOAD reads what STORE does not write.
      const int beats = 1 + pick(8);
      const std::uint64_t bytes = static_cast<std::uint64_t>(beats) * hls::kBusBytes;
      const std::uint64_t slots = Bench::kDataBytes / 4 / 4096;
      code_.set(base,
                static_cast<std::int64_t>(Bench::kData + (unit + 1) * (Bench::kDataBytes / 4) +
                                          4096 * static_cast<std::uint64_t>(pick(static_cast<int>(slots)))));
      x.half[kModelBeats] = static_cast<std::uint16_t>(beats);
      x.half[kModelRequests] =
          static_cast<std::uint16_t>(1 + pick(static_cast<int>(std::min<std::uint64_t>(4096 / bytes, 20))));
    } else {
      base = pick(24);
    }
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(base << 4);
  }
  std::uint16_t wait = 0, signal = 0;
  if (consumer_semaphore >= 0) {
    wait = static_cast<std::uint16_t>(1u << consumer_semaphore);
    --pending_[consumer_semaphore];
  }
  for (int s = 0; s < isa::kSemaphores; ++s) {
    const int other = consumer(s);
    if (other == unit && pending_[s] > 0 && ((wait >> s) & 1) == 0 && chance(40)) {
      wait |= static_cast<std::uint16_t>(1u << s);
      --pending_[s];
    } else if (chance(8) && pending_[s] < 8 && ((wait >> s) & 1) == 0) {
      signal |= static_cast<std::uint16_t>(1u << s);
      ++pending_[s];
    }
  }
  std::uint32_t patches = 0;
  for (int slot = 0; slot < isa::kPatches; ++slot) {
    if (!chance(40)) continue;
    // Halves that steer nothing: 7-25, and from 30 on.
    int half = chance(80) ? 7 + pick(19) : 30 + pick(2);
    const bool wide = chance(50);
    if (wide) half = half == 31 ? 30 : half == 25 ? 24 : half + half % 2;
    patches |= Assembler::patch(slot, half, chance(20) ? 0 : 1 + pick(11), wide);
  }
  code_.tile(x, wait, signal, patches);
}

void RandomProgram::consume() {
  for (int s = 0; s < isa::kSemaphores; ++s) {
    while (pending_[s] > 0) {
      if (consumer(s) == kScalarUser) {
        code_.wait(static_cast<std::uint16_t>(1u << s));
        --pending_[s];
      } else {
        // This one signals nothing, so that no new tokens come.
        isa::TileInstruction x = {};
        x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(isa::kOpLoad + consumer(s));
        x.half[kModelDuration] = static_cast<std::uint16_t>(1 + pick(9));
        code_.tile(x, static_cast<std::uint16_t>(1u << s), 0);
        --pending_[s];
      }
    }
  }
}

void RandomProgram::loop(int size, int depth) {
  consume();  // an iteration leaves no token behind, and finds none
  const int counter = 20 + depth;
  code_.set(counter, 1 + pick(4));
  const std::uint64_t top = code_.pc();
  block(size, depth + 1);
  consume();
  code_.loop(counter, top);
}

void RandomProgram::block(int size, int depth) {
  for (int i = 0; i < size; ++i) {
    const int what = pick(100);
    if (what < 40) {
      arithmetic();
    } else if (what < 45) {
      word();
    } else if (what < 55) {
      branch();
    } else if (what < 60 && depth < 3) {
      loop(1 + size / 4, depth);
    } else if (what < 64) {
      const int s = pick(isa::kSemaphores);
      if (pending_[s] < 8 && scalar_touches(s)) {
        code_.signal(static_cast<std::uint16_t>(1u << s));
        ++pending_[s];
      }
    } else if (what < 68) {
      std::uint16_t mask = 0;
      for (int s = kScalarUser; s < isa::kSemaphores; s += kUsers) {
        if (pending_[s] == 0) continue;
        mask |= static_cast<std::uint16_t>(1u << s);
        --pending_[s];
      }
      code_.wait(mask);
    } else if (what < 70) {
      code_.fence();
    } else {
      const int s = pick(isa::kSemaphores);
      tile(pending_[s] > 0 && consumer(s) != kScalarUser ? s : -1);
    }
  }
}

Assembler RandomProgram::make_jumps(int jumps) {
  // Pieces of eight quads, half a line of the cache. Each mixes a number of its own into s1, which in the
  // end tells whether the right pieces were executed, and jumps to one of two others by the sign of s1: near,
  // or to a piece that has the same place in the cache.
  code_ = Assembler();
  const int pieces = 3 * hls::kIcacheBytes / 128, aliases = hls::kIcacheBytes / 128;
  isa::ScalarInstruction refused = {};
  refused.half[0] = 0xFF;
  const std::uint64_t end = 8 * static_cast<std::uint64_t>(pieces);
  const auto start_of = [](int piece) { return 8 * static_cast<std::uint64_t>(piece); };
  for (int piece = 0; piece < pieces; ++piece) {
    const int near = 1 + (piece + pick(12)) % (pieces - 1);
    const int far = 1 + (piece - 1 + aliases * (1 + pick(2)) + (chance(50) ? pick(5) : 0)) % (pieces - 1);
    if (piece == 0) code_.set(20, jumps);
    code_.scalar_immediate(isa::kOpMul, 1, 1, static_cast<std::int64_t>(random_() | 1));
    code_.scalar_immediate(isa::kOpSub, 1, 1, static_cast<std::int64_t>(random_()));
    code_.scalar_immediate(isa::kOpSub, 20, 20, 1);
    code_.branch(isa::kOpBranchEq, 20, 0, end);
    code_.branch(isa::kOpBranchLt, 1, 0, start_of(far));
    code_.branch(isa::kOpBranchEq, 0, 0, start_of(near));
    while (code_.pc() % 8 != 0) code_.append(refused);
  }
  isa::TileInstruction x = {};
  x.half[isa::kHalfOpcode] = isa::kOpLoad;
  x.half[isa::kHalfFlags] = 1 << 4;
  code_.tile(x);
  code_.halt();
  return code_;
}

Assembler RandomProgram::make(int size) {
  code_ = Assembler();
  std::fill(std::begin(pending_), std::end(pending_), 0);
  for (int r = 1; r < 20; ++r) {
    if (chance(80)) code_.set(r, number());
  }
  for (int r = 8; r < 12; ++r) code_.scalar_immediate(isa::kOpAnd, r, r, 0xFFFF);
  block(size, 0);
  consume();
  for (int r = 0; r < isa::kScalarRegisters; ++r) {
    isa::TileInstruction x = {};
    x.half[isa::kHalfOpcode] = isa::kOpLoad;
    x.half[isa::kHalfFlags] = static_cast<std::uint16_t>(r << 4);
    x.half[kModelDuration] = 1;
    code_.tile(x);
  }
  code_.halt();
  return code_;
}

}  // namespace heddle::tests
