#include <fmt/core.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

#include "compiler/emit/disassemble.hpp"
#include "compiler/tiles/fields.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"

namespace heddle::emit {
namespace {

using tiles::Field;
using tiles::FieldInfo;
using tiles::FieldType;

class TextAssembler {
 public:
  TextAssembler(const std::string& text, const std::string& source) : text_(text), source_(source) {}

  std::vector<std::uint8_t> run() {
    std::istringstream lines(text_);
    std::string line;
    while (std::getline(lines, line)) {
      ++number_;
      line = line.substr(0, line.find(';'));
      std::istringstream words(line);
      std::string word;
      if (!(words >> word)) continue;
      if (word.back() == ':' && !(words >> word)) fail("an instruction is expected");
      instruction(word, words);
    }
    return std::move(code_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", source_, number_, what));
  }

  std::int64_t integer(const std::string& text) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
      fail(fmt::format("\"{}\" is no integer", text));
    }
    return value;
  }
  int reg(const std::string& text) const {
    if (text.empty() || text[0] != 's') fail(fmt::format("\"{}\" is no register", text));
    const std::int64_t index = integer(text.substr(1));
    if (index < 0 || index >= isa::kScalarRegisters) fail(fmt::format("there is no register {}", text));
    return static_cast<int>(index);
  }
  std::uint16_t mask(const std::string& text) const {
    std::uint16_t bits = 0;
    std::istringstream list(text);
    for (std::string item; std::getline(list, item, ',');) {
      const std::int64_t s = integer(item);
      if (s < 0 || s >= isa::kSemaphores) fail(fmt::format("there is no semaphore {}", s));
      bits = static_cast<std::uint16_t>(bits | (1u << s));
    }
    return bits;
  }

  void append(const std::uint16_t* halves, int count) {
    for (int i = 0; i < count; ++i) {
      code_.push_back(static_cast<std::uint8_t>(halves[i]));
      code_.push_back(static_cast<std::uint8_t>(halves[i] >> 8));
    }
  }

  void instruction(const std::string& name, std::istringstream& words) {
    if (name == "data") {
      std::string byte;
      for (int i = 0; i < isa::kQuadBytes; ++i) {
        if (!(words >> byte)) fail("a quad has 16 bytes");
        code_.push_back(static_cast<std::uint8_t>(std::strtoul(byte.c_str(), nullptr, 16)));
      }
      return;
    }
    const int opcode = tiles::opcode_of_name(name);
    if (opcode < 0) fail(fmt::format("there is no instruction \"{}\"", name));
    if (isa::is_tile_opcode(opcode)) {
      tile(opcode, words);
    } else {
      scalar(opcode, words);
    }
  }

  void split(const std::string& word, std::string* key, std::string* value) const {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) fail(fmt::format("\"{}\" is no field=value", word));
    *key = word.substr(0, equals);
    *value = word.substr(equals + 1);
  }

  void scalar(int opcode, std::istringstream& words) {
    isa::ScalarInstruction quad{};
    quad.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    unsigned registers = 0;
    for (std::string word, key, value; words >> word;) {
      split(word, &key, &value);
      if (key == "rd") {
        registers |= static_cast<unsigned>(reg(value));
      } else if (key == "ra") {
        registers |= static_cast<unsigned>(reg(value)) << 5;
      } else if (key == "rb") {
        registers |= static_cast<unsigned>(reg(value)) << 10;
      } else if (key == "wait") {
        quad.half[isa::kHalfWait] = mask(value);
      } else if (key == "signal") {
        quad.half[isa::kHalfSignal] = mask(value);
      } else if (key == "immediate" || key == "target") {
        if (key == "immediate") registers |= isa::kScalarImmediate;
        const auto bits = static_cast<std::uint64_t>(integer(value));
        for (int i = 0; i < 4; ++i)
          quad.half[isa::kHalfImmediate + i] = static_cast<std::uint16_t>(bits >> (16 * i));
      } else {
        fail(fmt::format("scalar instructions have no \"{}\"", key));
      }
    }
    quad.half[isa::kHalfRegisters] = static_cast<std::uint16_t>(registers);
    append(quad.half, 8);
  }

  void tile(int opcode, std::istringstream& words) {
    isa::TileInstruction instruction{};
    instruction.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    std::map<Field, std::uint32_t> patches;
    for (std::string word, key, value; words >> word;) {
      split(word, &key, &value);
      if (key == "tag") {
        instruction.half[isa::kHalfTag] = static_cast<std::uint16_t>(integer(value));
        continue;
      }
      if (key == "wait" || key == "signal") {
        instruction.half[key == "wait" ? isa::kHalfWait : isa::kHalfSignal] = mask(value);
        continue;
      }
      const Field field = tiles::find_field(opcode, key);
      if (field == Field::kCount)
        fail(fmt::format("{} has no field \"{}\"", tiles::opcode_name(opcode), key));
      const FieldInfo& info = tiles::field_info(field);
      const std::size_t plus = value.find("+s");
      if (plus != std::string::npos) {
        const int index = reg(value.substr(plus + 1));
        if (patches.size() == isa::kPatches || !info.whole_half() || index > 15) {
          fail(fmt::format("{} cannot take a register", key));
        }
        patches[field] = tiles::patch_bits(field, index);
        value.resize(plus);
      }
      tiles::set_field(instruction, field, bits_of(info, value));
    }
    tiles::set_patches(instruction, patches);
    append(instruction.half, isa::kTileHalves);
  }

  std::uint32_t bits_of(const FieldInfo& info, const std::string& value) const {
    if (info.type == FieldType::kFloat) {
      if (value.rfind("0x", 0) == 0)
        return static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 16));
      return isa::bits_of(std::strtof(value.c_str(), nullptr));
    }
    if (info.type == FieldType::kBaseRegister) return static_cast<std::uint32_t>(reg(value));
    const std::int64_t word = tiles::field_value_of_word(info.type, value);
    const std::int64_t number = word >= 0 ? word : integer(value);
    const std::int64_t low = info.type == FieldType::kSigned ? -(std::int64_t{1} << (info.bits - 1)) : 0;
    if (number < low || number >= (std::int64_t{1} << info.bits)) {
      fail(fmt::format("{} does not fit {}", number, info.name));
    }
    return static_cast<std::uint32_t>(number);
  }

  const std::string& text_;
  const std::string& source_;
  int number_ = 0;
  std::vector<std::uint8_t> code_;
};

}  // namespace

std::vector<std::uint8_t> assemble_text(const std::string& text, const std::string& source) {
  return TextAssembler(text, source).run();
}

}  // namespace heddle::emit
