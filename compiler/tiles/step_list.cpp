#include "compiler/tiles/step_list.hpp"

#include <algorithm>

#include "compiler/tiles/extent.hpp"
#include "compiler/tiles/unit_costs.hpp"

namespace heddle::tiles {
namespace {

bool overlap(const Piece& a, const Piece& b) {
  return a.row0 < b.row1 && b.row0 < a.row1 && a.column0 < b.column1 && b.column0 < a.column1;
}

bool writes(int opcode, Field field) {
  switch (field) {
    case Field::kLocalAddr:
      return opcode == isa::kOpLoad;
    case Field::kMatrixDAddr:
    case Field::kDAddr:
    case Field::kRedAddr:
      return true;
    default:
      return false;
  }
}

/// Whether the field's operand takes part: S operands that no step selects, or a reduction that is none, are
/// not named by their builders either.
bool has_port(Memory memory, bool write) {
  return memory == Memory::kA || memory == Memory::kV || (memory == Memory::kS && write);
}

}  // namespace

StepList::StepList(const isa::Config& config, const std::string& program)
    : config_(config), builder_(config, program) {}

void StepList::load(const Dma& op, int stream, const Piece& read) {
  builder_.load(op);
  add(stream, read, {});
}
void StepList::store(const Dma& op, int stream, const Piece& written) {
  builder_.store(op);
  add(stream, {}, written);
}
void StepList::matrix(const MatrixOp& op, int stream) {
  builder_.matrix(op);
  add(stream, {}, {});
}
void StepList::vector(const VectorOp& op, int stream) {
  builder_.vector(op);
  add(stream, {}, {});
}

void StepList::touch(Memory memory, std::int64_t begin, std::int64_t end, bool write, UnitWork* work) {
  const int step = static_cast<int>(work_.size());
  std::vector<Use>& uses = uses_[static_cast<int>(memory)];
  for (const Use& use : uses) {
    if (use.step != step && use.begin < end && begin < use.end && (write || use.write))
      work->after.push_back(use.step);
  }
  // What lies within a place that is written anew, or is read again by the same stream, is implied; beside it
  // the old use goes on.
  std::vector<Use> rest;
  std::erase_if(uses, [&](const Use& use) {
    if (use.step == step || use.end <= begin || end <= use.begin) return false;
    const UnitWork& old = work_[static_cast<std::size_t>(use.step)];
    if (!write && (use.write || old.stream != work->stream)) return false;
    if (use.begin < begin) rest.push_back({use.begin, begin, use.step, use.write});
    if (end < use.end) rest.push_back({end, use.end, use.step, use.write});
    return true;
  });
  uses.insert(uses.end(), rest.begin(), rest.end());
  uses.push_back({begin, end, step, write});
}

void StepList::take_ports(Memory memory, std::int64_t begin, std::int64_t end, bool write, UnitWork* work) {
  if (!has_port(memory, write)) return;
  const auto bank = static_cast<std::int64_t>(unit_count(config_, memory) / bank_count(memory));
  for (std::int64_t i = begin / bank; i <= (end - 1) / bank; ++i) {
    const int port = static_cast<int>((static_cast<std::int64_t>(memory) * 16 + i) * 2 + (write ? 1 : 0));
    auto& users = ports_[port];
    for (const auto& [stream, last] : users) {
      if (last.first != work->unit) work->after.push_back(last.second);
    }
    users[work->stream] = {work->unit, static_cast<int>(work_.size())};
  }
}

void StepList::add(int stream, const Piece& read, const Piece& written) {
  const Program& program = builder_.program();
  const Operation& op = program.body.back();
  if (work_.empty()) prologue_ = program.body.size() - 1;
  const UnitCost cost = unit_cost(config_, op);
  UnitWork work{
      isa::unit_of(op.opcode), stream, cost.cycles, cost.bus, static_cast<std::int64_t>(work_.size()), {}};
  for (const Extent& extent : extents_of(config_, program, op)) {
    const Region& region = program.regions[static_cast<std::size_t>(extent.region)];
    const std::int64_t begin = region.base + extent.begin, end = region.base + extent.end;
    const bool write = writes(op.opcode, extent.field);
    touch(region.memory, begin, end, write, &work);
    take_ports(region.memory, begin, end, write, &work);
  }
  for (const Written& source : written_[read.tensor]) {
    if (overlap(source.piece, read)) work.after.push_back(source.step);
  }
  std::sort(work.after.begin(), work.after.end());
  work.after.erase(std::unique(work.after.begin(), work.after.end()), work.after.end());
  if (written.tensor >= 0) written_[written.tensor].push_back({written, static_cast<int>(work_.size())});
  work_.push_back(std::move(work));
}

std::int64_t StepList::predicted_cycles() {
  if (schedule_.order.size() == work_.size()) return schedule_.cycles;
  set_urgency(work_);
  schedule_ = schedule_units(work_, share_ahead_);
  return schedule_.cycles;
}

Program StepList::take() {
  predicted_cycles();
  const std::vector<int> order = issue_order(work_, schedule_, static_cast<int>(config_.queue_depth));
  const std::vector<UnitTokens> tokens = assign_tokens(work_, order);
  Program out = builder_.take();
  std::vector<Operation> body(out.body.begin(), out.body.begin() + static_cast<std::ptrdiff_t>(prologue_));
  body.reserve(out.body.size());
  for (const int index : order) {
    const auto at = static_cast<std::size_t>(index);
    Operation& op = out.body[prologue_ + at];
    op.wait = tokens[at].wait;
    op.signal = tokens[at].signal;
    body.push_back(std::move(op));
  }
  out.body = std::move(body);
  return out;
}

}  // namespace heddle::tiles
