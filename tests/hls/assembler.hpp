// A small assembler: quads one after another, branch targets by label.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/program.hpp"

namespace heddle::tests {

class Assembler {
 public:
  /// Position of the next instruction, in quads.
  std::uint64_t pc() const { return quads_.size(); }

  void scalar(int opcode, int rd = 0, int ra = 0, int rb = 0) { put(opcode, rd, ra, rb, 0, 0, 0, false); }
  void scalar_immediate(int opcode, int rd, int ra, std::int64_t immediate) {
    put(opcode, rd, ra, 0, 0, 0, immediate, true);
  }
  void branch(int opcode, int ra, int rb, std::uint64_t target) {
    put(opcode, 0, ra, rb, 0, 0, static_cast<std::int64_t>(target), false);
  }
  void set(int rd, std::int64_t value) { scalar_immediate(isa::kOpAdd, rd, 0, value); }
  void loop(int rd, std::uint64_t target) {
    put(isa::kOpLoop, rd, 0, 0, 0, 0, static_cast<std::int64_t>(target), false);
  }
  void argument(int rd, int number) { scalar_immediate(isa::kOpArgument, rd, 0, number); }
  void wait(std::uint16_t mask) { put(isa::kOpWait, 0, 0, 0, mask, 0, 0, false); }
  void signal(std::uint16_t mask) { put(isa::kOpSignal, 0, 0, 0, 0, mask, 0, false); }
  void fence() { scalar(isa::kOpFence); }
  void halt() { scalar(isa::kOpHalt); }

  void tile(isa::TileInstruction x, std::uint16_t wait = 0, std::uint16_t signal = 0,
            std::uint32_t patches = 0) {
    x.half[isa::kHalfWait] = wait;
    x.half[isa::kHalfSignal] = signal;
    isa::set32(x.half, isa::kHalfPatches, patches);
    append(x);
  }
  /// As it is, masks and patches included.
  void append(const isa::TileInstruction& x) {
    const std::size_t at = quads_.size();
    quads_.resize(at + isa::kTileQuads);
    std::memcpy(&quads_[at], &x, sizeof x);
  }
  void append(const isa::ScalarInstruction& x) {
    quads_.emplace_back();
    std::memcpy(&quads_.back(), &x, sizeof x);
  }
  /// Replaces the masks of the tile instruction at `pc`.
  void set_masks(std::uint64_t pc, std::uint16_t wait, std::uint16_t signal) {
    std::memcpy(quads_[pc].bytes + 2 * isa::kHalfWait, &wait, sizeof wait);
    std::memcpy(quads_[pc].bytes + 2 * isa::kHalfSignal, &signal, sizeof signal);
  }
  /// Makes the branch or loop at `pc` go to `target`.
  void set_target(std::uint64_t pc, std::uint64_t target) {
    std::memcpy(quads_[pc].bytes + 2 * isa::kHalfImmediate, &target, sizeof target);
  }

  static std::uint32_t patch(int slot, int half, int source, bool wide) {
    return (static_cast<std::uint32_t>(half) | static_cast<std::uint32_t>(source) << 5 |
            static_cast<std::uint32_t>(wide) << 9)
           << (10 * slot);
  }

  /// Header and code.
  std::vector<std::uint8_t> program(const isa::Config& config) const {
    isa::ProgramHeader header;
    header.config_hash = isa::config_hash(config);
    header.code_quads = static_cast<std::uint32_t>(quads_.size());
    std::vector<std::uint8_t> bytes(sizeof header + quads_.size() * isa::kQuadBytes);
    std::memcpy(bytes.data(), &header, sizeof header);
    if (!quads_.empty())
      std::memcpy(bytes.data() + sizeof header, quads_.data(), quads_.size() * isa::kQuadBytes);
    return bytes;
  }

 private:
  struct Quad {
    std::uint8_t bytes[isa::kQuadBytes];
  };
  void put(int opcode, int rd, int ra, int rb, std::uint16_t wait, std::uint16_t signal,
           std::int64_t immediate, bool is_immediate) {
    isa::ScalarInstruction x = {};
    x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    x.half[isa::kHalfRegisters] =
        static_cast<std::uint16_t>(rd | ra << 5 | rb << 10 | (is_immediate ? isa::kScalarImmediate : 0));
    x.half[isa::kHalfWait] = wait;
    x.half[isa::kHalfSignal] = signal;
    std::memcpy(&x.half[isa::kHalfImmediate], &immediate, sizeof immediate);
    append(x);
  }
  std::vector<Quad> quads_;
};

}  // namespace heddle::tests
