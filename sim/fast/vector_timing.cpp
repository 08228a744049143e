#include "sim/fast/vector_timing.hpp"

#include <algorithm>

#include "isa/status.hpp"
#include "sim/fast/address_range.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {
namespace {

constexpr std::uint32_t kReductionBlock = 256;
constexpr std::uint32_t kTreeLevels = 8;                                    // of a block of 256
constexpr std::uint64_t kMultiply = 3, kAdd = 4, kFunction = 8, kPass = 1;  // cycles; kPass: past an adder
constexpr std::uint64_t kRead = 2;  // from a step's addresses to its operands

struct Fields {
  const isa::Config& c;
  const std::uint16_t* h;
  std::uint32_t columns, rows, outer, blocks, steps, row_steps;
  int a_space, destination;
  bool rope, use_u, u_in_s, use_s0, use_s1, reduce, reduce_f, maximum;
  bool pre_mul, pre_add, post_mul, post_add, function;
  bool reserved;

  Fields(const isa::Config& config, const isa::TileInstruction& x) : c(config), h(x.half) {
    const int flags = h[isa::kHalfFlags], selects = h[isa::kVectorSelects], dest = h[isa::kVectorDest];
    columns = h[isa::kVectorColumns];
    rows = h[isa::kVectorRows];
    outer = h[isa::kVectorOuter];
    blocks = (columns + c.columns - 1) / c.columns;
    steps = c.columns / c.lanes;
    row_steps = blocks * steps;
    rope = (flags & 1) != 0;
    const int select[4] = {selects & 7, selects >> 3 & 7, selects >> 6 & 7, selects >> 9 & 7};
    use_u = rope;
    use_s0 = use_s1 = reserved = false;
    for (const int s : select) {
      use_u |= s == isa::kSelU;
      use_s0 |= s == isa::kSelS0;
      use_s1 |= s == isa::kSelS1;
      reserved |= s > isa::kSelImm1;
    }
    a_space = selects >> 12 & 3;
    u_in_s = (selects >> 14 & 1) != 0;
    destination = dest & 3;
    const int pre = flags >> 2 & 3, post = flags >> 4 & 3, reduction = flags >> 7 & 7, func = flags >> 10 & 7;
    pre_mul = rope || select[0] != isa::kSelNone;
    pre_add = rope || (select[1] != isa::kSelNone && pre <= isa::kCombineSub);
    post_mul = select[2] != isa::kSelNone;
    post_add = select[3] != isa::kSelNone && post <= isa::kCombineSub;
    function = (func & 3) != isa::kFuncNone;
    reduce = reduction != isa::kReduceNone;
    reduce_f = (flags & 1 << 6) != 0;
    maximum = reduction != isa::kReduceSum;
    reserved |= flags >> 14 != 0 || dest >> 2 != 0 || reduction > isa::kReduceAbsMax ||
                func > isa::kFuncRsqrt || selects >> 15 != 0 ||
                (rope && ((selects & 0xFFF) != 0 || (flags & 2) != 0 || function)) ||
                (destination == isa::kDestS && reduce) || (use_u && u_in_s && a_space == isa::kSpaceS);
  }

  bool empty() const { return columns == 0 || rows == 0 || outer == 0; }
  std::uint32_t s_blocks() const { return c.s_words() / c.columns; }
  std::uint32_t a_limit() const {
    return a_space == isa::kSpaceV   ? c.v_blocks()
           : a_space == isa::kSpaceS ? s_blocks()
           : a_space == isa::kSpaceA ? c.a_blocks()
                                     : 65536;
  }
  std::uint32_t u_limit() const { return !use_u ? 65536 : u_in_s ? s_blocks() : c.v_blocks(); }
  std::uint32_t d_limit() const {
    return destination == isa::kDestV   ? c.v_blocks()
           : destination == isa::kDestS ? s_blocks()
           : destination == isa::kDestA ? c.a_blocks()
                                        : 65536;
  }
  bool both_in_v() const { return a_space == isa::kSpaceV && use_u && !u_in_s; }

  std::uint32_t a_block(std::uint32_t o, std::uint32_t r, std::uint32_t b) const {
    return (h[isa::kVectorAAddr] + o * h[isa::kVectorAOuterStride] + r * h[isa::kVectorARowStride] + b) &
           0xFFFF;
  }
  std::uint32_t u_block(std::uint32_t o, std::uint32_t r, std::uint32_t b) const {
    return (h[isa::kVectorUAddr] + o * h[isa::kVectorUOuterStride] + r * h[isa::kVectorURowStride] + b) &
           0xFFFF;
  }
  std::uint32_t d_block(std::uint32_t o, std::uint32_t r, std::uint32_t b) const {
    return (h[isa::kVectorDAddr] + o * h[isa::kVectorDOuterStride] + r * h[isa::kVectorDRowStride] +
            b * h[isa::kVectorDBlockStride]) &
           0xFFFF;
  }
  std::uint32_t s_word(int base, std::uint32_t o, std::uint32_t r) const {
    return (h[base] + o * h[isa::kVectorSOuterStride] + r * h[isa::kVectorSRowStride]) & 0xFFFF;
  }

  /// Whether every address certainly lies in its memory, and A and U in different banks.
  bool inside() const {
    const AddressRange a(
        h[isa::kVectorAAddr],
        {{outer, h[isa::kVectorAOuterStride]}, {rows, h[isa::kVectorARowStride]}, {blocks, 1}});
    const AddressRange u(
        h[isa::kVectorUAddr],
        {{outer, h[isa::kVectorUOuterStride]}, {rows, h[isa::kVectorURowStride]}, {blocks, 1}});
    const AddressRange d(h[isa::kVectorDAddr], {{outer, h[isa::kVectorDOuterStride]},
                                                {rows, h[isa::kVectorDRowStride]},
                                                {blocks, h[isa::kVectorDBlockStride]}});
    const auto s = [&](int base) {
      return AddressRange(h[base], {{outer, h[isa::kVectorSOuterStride]}, {rows, h[isa::kVectorSRowStride]}})
          .below(c.s_words());
    };
    if (a_space != isa::kSpaceConst && !a.below(a_limit())) return false;
    if (use_u && !u.below(u_limit())) return false;
    if (destination != isa::kDestNone && !d.below(d_limit())) return false;
    if ((use_s0 && !s(isa::kVectorS0Addr)) || (use_s1 && !s(isa::kVectorS1Addr))) return false;
    if (reduce && !s(isa::kVectorRedAddr)) return false;
    const std::int64_t bank = c.v_bank_blocks();
    return !both_in_v() || a.high / bank < u.low / bank || u.high / bank < a.low / bank;
  }

  bool step_illegal(std::uint32_t o, std::uint32_t r, std::uint32_t b) const {
    const std::uint32_t bank = c.v_bank_blocks();
    return a_block(o, r, b) >= a_limit() || u_block(o, r, b) >= u_limit() ||
           (use_s0 && s_word(isa::kVectorS0Addr, o, r) >= c.s_words()) ||
           (use_s1 && s_word(isa::kVectorS1Addr, o, r) >= c.s_words()) ||
           (both_in_v() && a_block(o, r, b) / bank == u_block(o, r, b) / bank);
  }
};

/// When steps are, and what follows them.
struct Schedule {
  std::uint64_t first, spacing;  // steps
  std::uint64_t leave, reduced;  // from a step until it leaves the lanes, until it is reduced
  std::uint64_t level;           // a level of the tree
  std::uint32_t levels;          // that a row's result climbs

  Schedule(const Fields& f, std::uint64_t start) {
    first = start + 1;
    const bool wide_sum = f.reduce && !f.maximum && f.columns > kReductionBlock;
    spacing = wide_sum && f.c.lanes > 64 ? f.c.lanes / 64 : 1;
    const std::uint64_t functioned =
        kRead + (f.pre_mul ? kMultiply : 0) + (f.pre_add ? kAdd : kPass) + (f.function ? kFunction : 0);
    leave = functioned + (f.post_mul ? kMultiply : 0) + (f.post_add ? kAdd : kPass);
    reduced = !f.reduce_f ? leave : f.rope ? kRead : functioned;
    level = f.maximum ? kPass : kAdd;
    levels = 0;
    while (levels < kTreeLevels && f.columns > 1u << levels) ++levels;
  }
  std::uint64_t step(std::uint64_t index) const { return first + index * spacing; }
};

/// The reductions of rows, one after the other.
class Reductions {
 public:
  Reductions(const Fields& f, const Schedule& t) : f_(f), t_(t) {}

  /// The cycle in which the next row's is written.
  std::uint64_t next() {
    const std::uint64_t row = row_++;
    if (f_.columns <= kReductionBlock || f_.maximum)
      return entered(row, f_.columns - 1) + (f_.columns <= kReductionBlock ? 1 : 2);
    std::uint64_t taken = 0;
    for (std::uint32_t begin = 0; begin < f_.columns; begin += kReductionBlock) {
      taken = std::max(entered(row, std::min(begin + kReductionBlock, f_.columns) - 1) + 1, adder_);
      adder_ = taken + (begin == 0 ? 1 : kAdd);
    }
    return taken + kAdd + 1;
  }

 private:
  /// When the value of the column's step has entered the tree.
  std::uint64_t entered(std::uint64_t row, std::uint32_t column) const {
    return t_.step(row * f_.row_steps + column / f_.c.lanes) + t_.reduced + 1 + t_.levels * t_.level;
  }

  const Fields& f_;
  const Schedule& t_;
  std::uint64_t row_ = 0, adder_ = 0;  // the joining adder's next chance
};

/// The first cycle in which an address outside its memory is used; kNever if none.
std::uint64_t first_illegal(const Fields& f, const Schedule& t) {
  std::uint64_t found = kNever, index = 0;
  Reductions reductions(f, t);
  for (std::uint32_t o = 0; o < f.outer; ++o) {
    for (std::uint32_t r = 0; r < f.rows; ++r) {
      if (t.step(index) > found) return found;  // whatever follows comes later
      for (std::uint32_t b = 0; b < f.blocks; ++b, index += f.steps) {
        if (f.step_illegal(o, r, b)) found = std::min(found, t.step(index));
        if (f.d_block(o, r, b) >= f.d_limit()) found = std::min(found, t.step(index) + t.leave);
      }
      if (!f.reduce) continue;
      const std::uint64_t reduced = reductions.next();
      if (f.s_word(isa::kVectorRedAddr, o, r) >= f.c.s_words()) found = std::min(found, reduced);
    }
  }
  return found;
}

/// Cycle in which the last row's reduction is written.
std::uint64_t last_reduction(const Fields& f, const Schedule& t) {
  std::uint64_t last = 0;
  const std::uint32_t tail = (f.columns - 1) % kReductionBlock / f.c.lanes + 1;  // steps of the last block
  if (f.columns > kReductionBlock && !f.maximum && tail * t.spacing < kAdd) {
    Reductions reductions(f, t);
    for (std::uint64_t row = 0; row < std::uint64_t{f.outer} * f.rows; ++row) last = reductions.next();
    return last;
  }
  // Blocks never wait: the last row's last step decides.
  const std::uint64_t row = std::uint64_t{f.outer} * f.rows - 1;
  last = t.step(row * f.row_steps + (f.columns - 1) / f.c.lanes) + t.reduced + 1 + t.levels * t.level;
  return last + (f.columns <= kReductionBlock ? 1 : f.maximum ? 2 : 1 + kAdd + 1);
}

}  // namespace

VectorRun time_vector(const isa::Config& config, const isa::TileInstruction& x, std::uint64_t start) {
  const Fields f(config, x);
  VectorRun run;
  if (f.reserved || f.empty()) {
    run.status = f.reserved ? isa::kStatusIllegal : isa::kStatusOk;
    run.done = start + 1;
    return run;
  }
  const Schedule t(f, start);
  run.steps = std::uint64_t{f.outer} * f.rows * f.row_steps;
  run.first_step = t.first;
  run.spacing = t.spacing;
  run.last_cycle = t.step(run.steps - 1);
  if (!f.inside()) {
    const std::uint64_t fault = first_illegal(f, t);
    if (fault != kNever) {
      run.last_cycle = std::min(run.last_cycle, fault);
      run.done = fault + 1;
      run.status = isa::kStatusIllegal;
      return run;
    }
  }
  std::uint64_t last = run.last_cycle + t.leave;
  if (f.reduce) last = std::max(last, last_reduction(f, t));
  run.done = last + 2;
  run.status = isa::kStatusOk;
  return run;
}

}  // namespace heddle::sim::fast
