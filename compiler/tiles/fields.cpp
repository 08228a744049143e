#include "compiler/tiles/fields.hpp"

#include <span>
#include <stdexcept>

namespace heddle::tiles {
namespace {

constexpr FieldInfo kTable[] = {
#define HEDDLE_FIELD_ROW(kind, id, name, half, shift, bits, type) \
  {FieldOwner::k##kind, name, half, shift, bits, FieldType::type},
    HEDDLE_TILE_FIELDS(HEDDLE_FIELD_ROW)
#undef HEDDLE_FIELD_ROW
};

constexpr const char* kBuffers[] = {"a", "w", "c", "v", "s"};
constexpr const char* kSelects[] = {"none", "u", "s0", "s1", "imm0", "imm1"};
constexpr const char* kCombines[] = {"add", "sub", "max", "min"};
constexpr const char* kFunctions[] = {"none", "exp", "reciprocal", "rsqrt"};
constexpr const char* kReductions[] = {"none", "sum", "max", "abs_max"};
constexpr const char* kSpaces[] = {"v", "s", "a", "const"};
constexpr const char* kDests[] = {"none", "v", "a", "s"};
constexpr const char* kFormats[] = {"int8", "fp32", "int4", "fp8_e4m3", "fp8_e5m2", "bf16"};

std::span<const char* const> words_of(FieldType type) {
  switch (type) {
    case FieldType::kBuffer:
      return kBuffers;
    case FieldType::kSelect:
      return kSelects;
    case FieldType::kCombine:
      return kCombines;
    case FieldType::kFunction:
      return kFunctions;
    case FieldType::kReduce:
      return kReductions;
    case FieldType::kSpace:
      return kSpaces;
    case FieldType::kDest:
      return kDests;
    case FieldType::kFormat:
      return kFormats;
    default:
      return {};
  }
}

struct OpcodeName {
  int opcode;
  const char* name;
};
constexpr OpcodeName kOpcodes[] = {
    {isa::kOpHalt, "halt"},
    {isa::kOpAdd, "add"},
    {isa::kOpSub, "sub"},
    {isa::kOpMul, "mul"},
    {isa::kOpShl, "shl"},
    {isa::kOpShr, "shr"},
    {isa::kOpAnd, "and"},
    {isa::kOpMin, "min"},
    {isa::kOpMax, "max"},
    {isa::kOpArgument, "argument"},
    {isa::kOpLoadWord, "load_word"},
    {isa::kOpBranchEq, "branch_eq"},
    {isa::kOpBranchNe, "branch_ne"},
    {isa::kOpBranchLt, "branch_lt"},
    {isa::kOpBranchGe, "branch_ge"},
    {isa::kOpLoop, "loop"},
    {isa::kOpWait, "wait"},
    {isa::kOpSignal, "signal"},
    {isa::kOpFence, "fence"},
    {isa::kOpLoad, "load"},
    {isa::kOpStore, "store"},
    {isa::kOpMatrix, "matrix"},
    {isa::kOpVector, "vector"},
};

}  // namespace

const FieldInfo& field_info(Field field) { return kTable[static_cast<int>(field)]; }

FieldOwner field_owner(int opcode) {
  if (opcode == isa::kOpMatrix) return FieldOwner::kMatrix;
  return opcode == isa::kOpVector ? FieldOwner::kVector : FieldOwner::kDma;
}

Field find_field(int opcode, const std::string& name) {
  const FieldOwner owner = field_owner(opcode);
  for (int i = 0; i < kFields; ++i) {
    if (kTable[i].owner == owner && name == kTable[i].name) return static_cast<Field>(i);
  }
  return Field::kCount;
}

Field field_at_half(int opcode, int half) {
  const FieldOwner owner = field_owner(opcode);
  for (int i = 0; i < kFields; ++i) {
    if (kTable[i].owner == owner && kTable[i].half == half && kTable[i].whole_half()) {
      return static_cast<Field>(i);
    }
  }
  return Field::kCount;
}

const char* field_word(FieldType type, std::int64_t value) {
  const auto words = words_of(type);
  return value >= 0 && value < static_cast<std::int64_t>(words.size())
             ? words[static_cast<std::size_t>(value)]
             : nullptr;
}

std::int64_t field_value_of_word(FieldType type, const std::string& word) {
  const auto words = words_of(type);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (word == words[i]) return static_cast<std::int64_t>(i);
  }
  return -1;
}

std::uint32_t get_field(const isa::TileInstruction& instruction, Field field) {
  const FieldInfo& info = field_info(field);
  if (info.bits == 32) return isa::get32(instruction.half, info.half);
  return (static_cast<std::uint32_t>(instruction.half[info.half]) >> info.shift) & ((1u << info.bits) - 1u);
}

void set_field(isa::TileInstruction& instruction, Field field, std::uint32_t bits) {
  const FieldInfo& info = field_info(field);
  if (info.bits == 32) {
    isa::set32(instruction.half, info.half, bits);
    return;
  }
  const std::uint32_t mask = ((1u << info.bits) - 1u) << info.shift;
  const std::uint32_t old = instruction.half[info.half];
  instruction.half[info.half] = static_cast<std::uint16_t>((old & ~mask) | ((bits << info.shift) & mask));
}

std::uint32_t patch_bits(Field field, int reg) {
  const FieldInfo& info = field_info(field);
  const std::uint32_t wide = info.bits == 32 ? 1u << 9 : 0u;
  return static_cast<std::uint32_t>(info.half) | (static_cast<std::uint32_t>(reg) << 5) | wide;
}

void set_patches(isa::TileInstruction& instruction, const std::map<Field, std::uint32_t>& patches) {
  if (patches.size() > isa::kPatches) throw std::logic_error("an instruction has more than three patches");
  std::uint32_t bits = 0;
  int place = 0;
  for (const auto& [field, patch] : patches) bits |= patch << (10 * place++);
  isa::set32(instruction.half, isa::kHalfPatches, bits);
}

const char* opcode_name(int opcode) {
  for (const OpcodeName& entry : kOpcodes) {
    if (entry.opcode == opcode) return entry.name;
  }
  return nullptr;
}

int opcode_of_name(const std::string& name) {
  for (const OpcodeName& entry : kOpcodes) {
    if (name == entry.name) return entry.opcode;
  }
  return -1;
}

}  // namespace heddle::tiles
