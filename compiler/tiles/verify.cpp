#include "compiler/tiles/verify.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/tiles/extent.hpp"
#include "compiler/tiles/flow.hpp"
#include "compiler/tiles/text.hpp"

namespace heddle::tiles {
namespace {

class Verifier {
 public:
  Verifier(const Module& module, const Program& program) : module_(module), program_(program) {}

  void run() {
    for (const Register& reg : program_.registers) {
      if (reg.index < 1 || reg.index >= isa::kScalarRegisters) {
        fail(fmt::format("register {} has index {}, which is not from 1 to 31", reg.name, reg.index));
      }
    }
    for (const Region& region : program_.regions) check_region(region);
    block(program_.body);
    check_flow(program_, module_.config.queue_depth);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    std::string where;
    if (current_ != nullptr) {
      const std::string text = print(program_, *current_);
      where = "\n  " + text.substr(0, text.find('\n'));
    }
    throw std::runtime_error(fmt::format("tile program {}: {}{}", program_.name, what, where));
  }

  void check_region(const Region& region) const {
    const std::uint32_t units = unit_count(module_.config, region.memory);
    const std::uint32_t bank = units / bank_count(region.memory);
    if (region.base > units || region.size > units - region.base) {
      fail(fmt::format("region {} [{}, +{}) lies outside memory {} of {}", region.name, region.base,
                       region.size, memory_name(region.memory), units));
    }
    // V may be taken by several whole banks: only streams A and U, checked below, must lie apart there.
    const bool whole_banks =
        region.memory == Memory::kV && region.base % bank == 0 && region.size % bank == 0;
    if (region.size > 0 && !whole_banks && region.base / bank != (region.base + region.size - 1) / bank) {
      fail(fmt::format("region {} lies in two banks of memory {}", region.name, memory_name(region.memory)));
    }
  }

  void block(const std::vector<Operation>& operations) {
    for (const Operation& op : operations) {
      current_ = &op;
      if (op.kind == Kind::kTile) tile(op);
      if (op.kind == Kind::kScalar) scalar(op);
      block(op.body);
      block(op.otherwise);
    }
  }

  void scalar(const Operation& op) const {
    if (opcode_name(op.opcode) == nullptr || isa::is_tile_opcode(op.opcode)) fail("no scalar instruction");
    if (op.opcode >= isa::kOpBranchEq && op.opcode <= isa::kOpLoop) fail("jumps are loops and branches here");
    if (op.segment >= static_cast<int>(module_.segments.size())) fail("a segment is not declared");
  }

  void tile(const Operation& op) const {
    if (!isa::is_tile_opcode(op.opcode)) fail("no tile instruction");
    if (op.tag < 0 || op.tag >= static_cast<int>(module_.operations.size())) fail("a tag is not declared");
    int patches = 0;
    for (const FieldSetting& setting : op.fields) patches += field(op, setting);
    if (patches > isa::kPatches) fail(fmt::format("{} fields take registers, three can", patches));
    check_extents(op);
  }

  /// Whether the field takes a patch.
  bool field(const Operation& op, const FieldSetting& setting) const {
    const FieldInfo& info = field_info(setting.field);
    const Value& value = setting.value;
    if (info.owner != field_owner(op.opcode))
      fail(fmt::format("field {} is of another instruction", info.name));
    if (value.reg < 0 || value.reg > static_cast<int>(program_.registers.size()))
      fail("a register is not declared");
    if (info.type == FieldType::kBaseRegister) return false;
    const std::int64_t number = resolve_constant(module_.config, program_, setting);
    const bool is_signed = info.type == FieldType::kSigned;
    const std::int64_t low = is_signed ? -(std::int64_t{1} << (info.bits - 1)) : 0;
    const std::int64_t high = (std::int64_t{1} << (is_signed ? info.bits - 1 : info.bits)) - 1;
    if (number < low || number > high) {
      fail(fmt::format("field {} holds {}, which is not from {} to {}", info.name, number, low, high));
    }
    if (value.reg == 0) return false;
    const int index = program_.registers[static_cast<std::size_t>(value.reg - 1)].index;
    if (!info.whole_half() || index > 15)
      fail(fmt::format("field {} cannot take register s{}", info.name, index));
    return true;
  }

  void check_extents(const Operation& op) const {
    for (const Extent& extent : extents_of(module_.config, program_, op)) {
      const Region& region = program_.regions[static_cast<std::size_t>(extent.region)];
      if (extent.begin < 0 || extent.end > static_cast<std::int64_t>(region.size)) {
        fail(fmt::format("field {} reaches [{}, {}) of region {}, which has {}",
                         field_info(extent.field).name, extent.begin, extent.end, region.name, region.size));
      }
    }
    if (op.opcode != isa::kOpVector) return;
    const Value* a = op.find(Field::kAAddr);
    const Value* u = op.find(Field::kUAddr);
    if (a == nullptr || u == nullptr || a->region < 0 || u->region < 0) return;
    const Region& first = program_.regions[static_cast<std::size_t>(a->region)];
    const Region& second = program_.regions[static_cast<std::size_t>(u->region)];
    const std::uint32_t bank = module_.config.v_bank_blocks();
    const auto first_bank = [&](const Region& region) { return region.base / bank; };
    const auto last_bank = [&](const Region& region) {
      return (region.base + std::max(region.size, 1u) - 1) / bank;
    };
    if (first.memory == Memory::kV && second.memory == Memory::kV && first_bank(first) <= last_bank(second) &&
        first_bank(second) <= last_bank(first)) {
      fail(fmt::format("streams A ({}) and U ({}) are in the same bank of V", first.name, second.name));
    }
  }

  const Module& module_;
  const Program& program_;
  const Operation* current_ = nullptr;
};

}  // namespace

void verify(const Module& module) {
  for (const Program& program : module.programs) Verifier(module, program).run();
}

}  // namespace heddle::tiles
