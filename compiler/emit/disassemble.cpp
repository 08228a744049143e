#include "compiler/emit/disassemble.hpp"

#include <fmt/core.h>

#include <cstring>

#include "compiler/emit/compile.hpp"
#include "compiler/tiles/fields.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/program.hpp"

namespace heddle::emit {
namespace {

using tiles::Field;
using tiles::FieldInfo;
using tiles::FieldType;

std::string mask_text(const char* name, std::uint16_t mask) {
  std::string list;
  for (int s = 0; s < isa::kSemaphores; ++s) {
    if ((mask >> s & 1) == 0) continue;
    if (!list.empty()) list += ',';
    list += std::to_string(s);
  }
  return list.empty() ? "" : fmt::format(" {}={}", name, list);
}

std::string data_text(std::span<const std::uint8_t> quad) {
  std::string text = "data";
  for (const std::uint8_t byte : quad) text += fmt::format(" {:02x}", byte);
  return text;
}

std::string scalar_text(const isa::ScalarInstruction& quad) {
  const std::uint16_t registers = quad.half[isa::kHalfRegisters];
  std::uint64_t immediate = 0;
  for (int i = 0; i < 4; ++i) immediate |= std::uint64_t{quad.half[isa::kHalfImmediate + i]} << (16 * i);
  std::string text = tiles::opcode_name(quad.half[isa::kHalfOpcode] & 0xFF);
  text += mask_text("wait", quad.half[isa::kHalfWait]) + mask_text("signal", quad.half[isa::kHalfSignal]);
  const int rd = registers & 31, ra = registers >> 5 & 31, rb = registers >> 10 & 31;
  if (rd != 0) text += fmt::format(" rd=s{}", rd);
  if (ra != 0) text += fmt::format(" ra=s{}", ra);
  if (rb != 0) text += fmt::format(" rb=s{}", rb);
  const bool has_immediate = (registers & isa::kScalarImmediate) != 0;
  if (has_immediate || immediate != 0) {
    text +=
        fmt::format(" {}={}", has_immediate ? "immediate" : "target", static_cast<std::int64_t>(immediate));
  }
  return text;
}

std::string field_text(FieldType type, const FieldInfo& info, std::uint32_t bits) {
  if (type == FieldType::kFloat) {
    const float value = isa::float_of(bits);
    const std::string text = fmt::format("{}", value);
    // NaNs and the like are written as bits.
    return value - value == 0.0f ? text : fmt::format("0x{:08x}", bits);
  }
  if (type == FieldType::kBaseRegister) return fmt::format("s{}", bits);
  if (type == FieldType::kSigned && (bits >> (info.bits - 1)) != 0) {
    return std::to_string(static_cast<std::int64_t>(bits) - (std::int64_t{1} << info.bits));
  }
  const char* word = tiles::field_word(type, bits);
  return word != nullptr ? word : std::to_string(bits);
}

/// Empty when a bit is set that no field and no patch accounts for.
std::string tile_text(const isa::TileInstruction& instruction) {
  const int opcode = instruction.half[isa::kHalfOpcode] & 0xFF;
  isa::TileInstruction left = instruction;
  for (const int half : {isa::kHalfOpcode, isa::kHalfTag, isa::kHalfWait, isa::kHalfSignal})
    left.half[half] = 0;
  std::string text = tiles::opcode_name(opcode);
  text += fmt::format(" tag={}", instruction.half[isa::kHalfTag]);
  text += mask_text("wait", instruction.half[isa::kHalfWait]);
  text += mask_text("signal", instruction.half[isa::kHalfSignal]);
  const std::uint32_t patches = isa::get32(instruction.half, isa::kHalfPatches);
  std::string by_field[tiles::kFields];
  std::uint32_t rebuilt = 0;
  int last = -1;
  for (int i = 0; i < isa::kPatches; ++i) {
    const std::uint32_t patch = patches >> (10 * i) & 0x3FF;
    const int half = static_cast<int>(patch & 31), reg = static_cast<int>(patch >> 5 & 15);
    if (patch == 0) continue;
    const Field field = tiles::field_at_half(opcode, half);
    // In text the patches come in the order of their fields.
    if (field == Field::kCount || reg == 0 || static_cast<int>(field) <= last) return {};
    if ((tiles::field_info(field).bits == 32) != ((patch >> 9) != 0)) return {};
    last = static_cast<int>(field);
    by_field[last] = fmt::format("+s{}", reg);
    rebuilt |= patch << (10 * i);
  }
  // A gap between patches, or bits beyond them, would not come back.
  if (rebuilt != patches || ((patches & 0x3FF) == 0 && patches != 0) ||
      ((patches >> 10 & 0x3FF) == 0 && patches >> 20 != 0)) {
    return {};
  }
  isa::set32(left.half, isa::kHalfPatches, 0);
  for (int i = 0; i < tiles::kFields; ++i) {
    const auto field = static_cast<Field>(i);
    const FieldInfo& info = tiles::field_info(field);
    if (info.owner != tiles::field_owner(opcode)) continue;
    const std::uint32_t bits = tiles::get_field(instruction, field);
    tiles::set_field(left, field, 0);
    if (bits == 0 && by_field[i].empty()) continue;
    text += fmt::format(" {}={}{}", info.name, field_text(info.type, info, bits), by_field[i]);
  }
  for (const std::uint16_t half : left.half) {
    if (half != 0) return {};
  }
  return text;
}

}  // namespace

std::string disassemble_code(std::span<const std::uint8_t> code, const std::vector<std::string>& operations) {
  std::string out;
  const std::size_t count = code.size() / isa::kQuadBytes;
  for (std::size_t pc = 0; pc < count;) {
    const auto quad = code.subspan(pc * isa::kQuadBytes, isa::kQuadBytes);
    const int opcode = quad[0];
    std::string text;
    std::size_t size = 1;
    std::string comment;
    if (isa::is_tile_opcode(opcode) && quad[1] == 0 && pc + isa::kTileQuads <= count) {
      isa::TileInstruction instruction;
      std::memcpy(instruction.half, quad.data(), sizeof instruction.half);
      text = tile_text(instruction);
      if (!text.empty()) size = isa::kTileQuads;
      const std::size_t tag = instruction.half[isa::kHalfTag];
      if (tag < operations.size() && !operations[tag].empty())
        comment = fmt::format("  ; {}", operations[tag]);
    } else if (!isa::is_tile_opcode(opcode) && quad[1] == 0 && tiles::opcode_name(opcode) != nullptr) {
      isa::ScalarInstruction instruction;
      std::memcpy(instruction.half, quad.data(), sizeof instruction.half);
      text = scalar_text(instruction);
    }
    if (text.empty()) {
      text = data_text(quad);
      comment.clear();
    }
    out += fmt::format("{:6}: {}{}\n", pc, text, comment);
    pc += size;
  }
  return out;
}

std::string disassemble(const isa::Image& image) {
  std::string out = fmt::format("; model {} ({}), isa version {}, configuration {:016x}\n", image.model.name,
                                image.model.architecture, isa::kIsaVersion, isa::config_hash(image.config));
  for (const isa::ImageProgram& program : image.programs) {
    out += fmt::format("; program {}: {} bytes at {}\n", program.name, program.bytes, program.offset);
    const std::span<const std::uint8_t> bytes(image.constants.data() + program.offset, program.bytes);
    out += disassemble_code(bytes.subspan(sizeof(isa::ProgramHeader)), image.operations);
  }
  return out;
}

}  // namespace heddle::emit
