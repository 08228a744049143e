#include "compiler/emit/assemble.hpp"

#include <fmt/core.h>

#include <cstring>
#include <map>
#include <stdexcept>

#include "compiler/tiles/extent.hpp"
#include "compiler/tiles/flow.hpp"

namespace heddle::emit {
namespace {

using tiles::Kind;
using tiles::Operation;

// In quads: what a structured operation adds around its body.
constexpr std::uint64_t kJump = 1;

std::uint64_t quads(const std::vector<Operation>& operations) {
  std::uint64_t total = 0;
  for (const Operation& op : operations) {
    switch (op.kind) {
      case Kind::kTile:
        total += isa::kTileQuads;
        break;
      case Kind::kScalar:
        total += 1;
        break;
      case Kind::kLoop:
      case Kind::kRepeat:
        total += quads(op.body) + kJump;
        break;
      case Kind::kIf:
        total += kJump + quads(op.body) + (op.otherwise.empty() ? 0 : kJump + quads(op.otherwise));
        break;
    }
  }
  return total;
}

class Assembler {
 public:
  Assembler(const tiles::Module& module, const tiles::Program& program,
            const std::vector<std::uint64_t>& segments)
      : module_(module), program_(program), segments_(segments) {}

  std::vector<std::uint8_t> run() {
    block(program_.body);
    scalar(isa::kOpHalt, 0, 0, 0, false, 0);
    return std::move(code_);
  }

 private:
  std::uint64_t here() const { return code_.size() / isa::kQuadBytes; }

  int index(int reg) const {
    return reg == 0 ? 0 : program_.registers.at(static_cast<std::size_t>(reg - 1)).index;
  }

  void append(const std::uint16_t* halves, int count) {
    const std::size_t at = code_.size();
    code_.resize(at + 2 * static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {  // little-endian wherever this runs
      code_[at + 2 * static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(halves[i]);
      code_[at + 2 * static_cast<std::size_t>(i) + 1] = static_cast<std::uint8_t>(halves[i] >> 8);
    }
  }

  static isa::ScalarInstruction scalar_quad(int opcode, int rd, int ra, int rb, bool has_immediate,
                                            std::int64_t immediate) {
    isa::ScalarInstruction quad{};
    quad.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    quad.half[isa::kHalfRegisters] =
        static_cast<std::uint16_t>(rd | (ra << 5) | (rb << 10) | (has_immediate ? isa::kScalarImmediate : 0));
    const auto bits = static_cast<std::uint64_t>(immediate);
    for (int i = 0; i < 4; ++i)
      quad.half[isa::kHalfImmediate + i] = static_cast<std::uint16_t>(bits >> (16 * i));
    return quad;
  }

  void scalar(int opcode, int rd, int ra, int rb, bool has_immediate, std::int64_t immediate) {
    append(scalar_quad(opcode, rd, ra, rb, has_immediate, immediate).half, 8);
  }

  /// A jump whose target is not known yet; returns its place for land().
  std::uint64_t jump(int opcode, int ra, int rb) {
    scalar(opcode, 0, ra, rb, false, 0);
    return here() - 1;
  }
  void land(std::uint64_t place) {
    const std::uint64_t target = here();
    for (unsigned i = 0; i < 8; ++i) {
      code_[place * isa::kQuadBytes + 2 * isa::kHalfImmediate + i] =
          static_cast<std::uint8_t>(target >> (8 * i));
    }
  }

  void block(const std::vector<Operation>& operations) {
    for (const Operation& op : operations) {
      switch (op.kind) {
        case Kind::kTile:
          tile(op);
          break;
        case Kind::kScalar:
          plain(op);
          break;
        case Kind::kLoop:
        case Kind::kRepeat: {
          const auto start = static_cast<std::int64_t>(here());
          block(op.body);
          scalar(op.opcode, index(op.rd), index(op.ra), index(op.rb), false, start);
          break;
        }
        case Kind::kIf: {
          const std::uint64_t skip = jump(tiles::opposite(op.opcode), index(op.ra), index(op.rb));
          block(op.body);
          if (op.otherwise.empty()) {
            land(skip);
            break;
          }
          const std::uint64_t end = jump(isa::kOpBranchEq, 0, 0);
          land(skip);
          block(op.otherwise);
          land(end);
          break;
        }
      }
    }
  }

  void plain(const Operation& op) {
    std::int64_t immediate = op.immediate;
    if (op.segment >= 0)
      immediate += static_cast<std::int64_t>(segments_.at(static_cast<std::size_t>(op.segment)));
    isa::ScalarInstruction quad =
        scalar_quad(op.opcode, index(op.rd), index(op.ra), index(op.rb), op.has_immediate, immediate);
    quad.half[isa::kHalfWait] = op.wait;
    quad.half[isa::kHalfSignal] = op.signal;
    append(quad.half, 8);
  }

  void tile(const Operation& op) {
    isa::TileInstruction instruction{};
    instruction.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(op.opcode);
    instruction.half[isa::kHalfTag] = static_cast<std::uint16_t>(op.tag);
    instruction.half[isa::kHalfWait] = op.wait;
    instruction.half[isa::kHalfSignal] = op.signal;
    std::map<tiles::Field, std::uint32_t> patches;  // in the order of fields
    for (const tiles::FieldSetting& setting : op.fields) {
      const tiles::FieldInfo& info = tiles::field_info(setting.field);
      if (info.type == tiles::FieldType::kBaseRegister) {
        tiles::set_field(instruction, setting.field, static_cast<std::uint32_t>(index(setting.value.reg)));
        continue;
      }
      const std::int64_t value = tiles::resolve_constant(module_.config, program_, setting);
      tiles::set_field(instruction, setting.field, static_cast<std::uint32_t>(value));
      if (setting.value.reg == 0) continue;
      patches[setting.field] = tiles::patch_bits(setting.field, index(setting.value.reg));
    }
    tiles::set_patches(instruction, patches);
    append(instruction.half, isa::kTileHalves);
  }

  const tiles::Module& module_;
  const tiles::Program& program_;
  const std::vector<std::uint64_t>& segments_;
  std::vector<std::uint8_t> code_;
};

}  // namespace

std::uint64_t code_bytes(const tiles::Program& program) {
  return (quads(program.body) + 1) * isa::kQuadBytes;
}

std::vector<std::uint8_t> assemble(const tiles::Module& module, const tiles::Program& program,
                                   const std::vector<std::uint64_t>& segments) {
  std::vector<std::uint8_t> code = Assembler(module, program, segments).run();
  if (code.size() != code_bytes(program)) throw std::logic_error("code has another size than was planned");
  return code;
}

}  // namespace heddle::emit
