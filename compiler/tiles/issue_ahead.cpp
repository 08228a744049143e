#include "compiler/tiles/issue_ahead.hpp"

#include <algorithm>
#include <vector>

namespace heddle::tiles {
namespace {

/// Places of registers that operations read and write, a bit each.
struct Uses {
  std::uint32_t reads = 0, writes = 0;
  void add(const Uses& other) {
    reads |= other.reads;
    writes |= other.writes;
  }
  bool conflict(const Uses& other) const {
    return (writes & (other.reads | other.writes)) != 0 || (reads & other.writes) != 0;
  }
};

/// Moves the instructions of one unit.
class Ahead {
 public:
  Ahead(const Program& program, int unit) : program_(program), unit_(unit) {}

  void block(std::vector<Operation>* operations) const {
    std::vector<bool> passed(operations->size());
    for (std::size_t i = 0; i < operations->size(); ++i) {
      Operation& op = (*operations)[i];
      block(&op.body);
      block(&op.otherwise);
      if (is_of_unit(op)) advance(operations, &passed, i);
    }
  }

 private:
  /// What moves is [begin, end): the instruction and, before it, what computes its registers.
  void advance(std::vector<Operation>* operations, std::vector<bool>* passed, std::size_t index) const {
    std::size_t begin = index, end = index + 1;
    Uses uses = uses_of((*operations)[index]);
    for (; begin > 0 && may_be_passed((*operations)[begin - 1]); --begin) {
      const Operation& other = (*operations)[begin - 1];
      if (uses.conflict(uses_of(other))) {
        if (!is_arithmetic(other)) return;
        uses.add(uses_of(other));
        continue;
      }
      if ((*passed)[begin - 1]) return;
      const auto rotate = [&](auto first) {
        const auto at = [&](std::size_t i) { return first + static_cast<std::ptrdiff_t>(i); };
        std::rotate(at(begin - 1), at(begin), at(end));
      };
      rotate(operations->begin());
      rotate(passed->begin());
      (*passed)[--end] = true;
    }
  }

  bool is_of_unit(const Operation& op) const {
    return op.kind == Kind::kTile && isa::unit_of(op.opcode) == unit_;
  }

  static bool is_arithmetic(const Operation& op) {
    return op.kind == Kind::kScalar && op.opcode != isa::kOpLoadWord;
  }

  /// Nothing in it belongs to the unit, waits for units or gives tokens.
  bool may_be_passed(const Operation& op) const {
    if (op.kind == Kind::kTile) return !is_of_unit(op);
    if (op.kind == Kind::kScalar) return op.opcode != isa::kOpFence && op.wait == 0 && op.signal == 0;
    const auto all = [&](const std::vector<Operation>& body) {
      return std::all_of(body.begin(), body.end(),
                         [&](const Operation& inner) { return may_be_passed(inner); });
    };
    return all(op.body) && all(op.otherwise);
  }

  Uses uses_of(const Operation& op) const {
    Uses uses{place(op.ra) | place(op.rb), place(op.rd)};
    if (op.kind == Kind::kLoop) uses.reads |= place(op.rd);
    for (const FieldSetting& setting : op.fields) uses.reads |= place(setting.value.reg);
    for (const Operation& inner : op.body) uses.add(uses_of(inner));
    for (const Operation& inner : op.otherwise) uses.add(uses_of(inner));
    return uses;
  }

  std::uint32_t place(int reg) const {
    return reg == 0 ? 0 : 1u << program_.registers[static_cast<std::size_t>(reg - 1)].index;
  }

  const Program& program_;
  const int unit_;
};

}  // namespace

void issue_ahead(Program* program) {
  for (const int unit : {isa::kUnitLoad, isa::kUnitMatrix}) Ahead(*program, unit).block(&program->body);
}

}  // namespace heddle::tiles
