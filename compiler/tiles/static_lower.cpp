#include "compiler/tiles/static_lower.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <tuple>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"
#include "compiler/tiles/verify.hpp"
#include "isa/image.hpp"
#include "isa/program.hpp"

namespace heddle::tiles {

std::string StaticCandidate::text() const {
  return fmt::format("{}: {} cycles, {} bytes{}", tiling.text(), cycles, bytes,
                     measured == 0 ? "" : fmt::format(", measured {}", measured));
}

StaticLowering::StaticLowering(const StaticPlan& plan, const StaticTiling& tiling, const Module& module)
    : plan_(plan),
      tiling_(tiling),
      module_(module),
      shares_(shares_of(plan.config)),
      steps_(plan.config, kStaticProgram) {
  const std::int64_t v = config().v_bank_blocks(), a = config().a_bank_blocks(),
                     s = config().s_words() / isa::kScalarBanks;
  const Shares& of = shares_;
  products_ = region("products", Memory::kV, 0, of.products);
  rows_in_ = region("rows_in", Memory::kV, v, of.rows_in);
  operands_ = region("operands", Memory::kV, v + of.rows_in, of.operands);
  vectors_ = region("vectors", Memory::kV, v + of.rows_in + of.operands, of.vectors);
  biases_ = region("biases", Memory::kV, v + of.rows_in + of.operands + of.vectors / 2, of.vectors / 4);
  work_ = region("work", Memory::kV, 2 * v, of.work);
  work_rows_ = region("work_rows", Memory::kV, 2 * v + of.work, of.work_rows);
  masked_ = region("masked", Memory::kV, 2 * v + of.work + of.work_rows, of.masked);
  out_ = region("out", Memory::kV, 3 * v, of.out);
  copy_ = region("copy", Memory::kV, 3 * v + of.out, of.copy);
  out_rows_ = region("out_rows", Memory::kV, 3 * v + of.out + of.copy, of.out_rows);
  slices_ = region("slices", Memory::kA, 0, of.slices);
  probabilities_ = region("probabilities", Memory::kA, a - of.probabilities, of.probabilities);
  heads8_ = region("heads8", Memory::kA, a, of.heads8);
  rows8_ = region("rows8", Memory::kA, a + of.heads8, of.rows8);
  row_scalars_ = region("row_scalars", Memory::kS, 0, of.row_scalars);
  head_scalars_ = region("head_scalars", Memory::kS, of.row_scalars, of.head_scalars);
  attention_scalars_ =
      region("attention_scalars", Memory::kS, of.row_scalars + of.head_scalars, of.attention_scalars);
  row_scales_ = region("row_scales", Memory::kS, s, of.row_scales);
  query_scales_ = region("query_scales", Memory::kS, s + of.row_scales, of.query_scales);
  linear_scales_ = region("linear_scales", Memory::kC, 0, of.linear_scales);
  key_scales_ = region("key_scales", Memory::kC, of.linear_scales, of.key_scales);
  ones_ = region("ones", Memory::kC, of.linear_scales + of.key_scales, of.ones);
  weights_ = region("weights", Memory::kW, 0, config().w_words());
  Builder& b = steps_.builder();
  const auto base = [&](const char* name) {
    const Reg reg = b.plain_register(name);
    b.argument(reg, isa::kArgumentArena);
    b.scalar(isa::kOpAdd, reg, reg, 0, module_.segment(name));
    return reg;
  };
  constants_ = base(kStaticConstants);
  state_ = base(kStaticState);
}

int StaticLowering::region(const std::string& name, Memory memory, std::int64_t base, std::int64_t size) {
  return steps_.builder().region(name, memory, static_cast<std::uint32_t>(base),
                                 static_cast<std::uint32_t>(size));
}

std::int64_t StaticLowering::bus_words() const {
  return std::max(1u, config().bus_bytes / isa::kBytesPerWord);
}

Value StaticLowering::bytes(Value units) const { return steps_.bytes_of(units); }

void StaticLowering::prepare(Dma* op) {
  op->tag = tag_;
  if (op->mem_stride == op->row_bytes.constant && op->local_stride == op->row_bytes.constant) {
    // Rows without a gap are one: a unit looks at one a cycle.
    op->row_bytes.constant *= op->rows.constant;
    op->rows = 1;
  }
  if (op->rows.constant == 1) op->mem_stride = op->local_stride = 0;
  traffic_ += op->rows.constant * op->row_bytes.constant;
}

void StaticLowering::load(Dma op, int stream, const Piece& read) {
  prepare(&op);
  steps_.load(op, stream, read);
}

void StaticLowering::store(Dma op, int stream, const Piece& written) {
  prepare(&op);
  steps_.store(op, stream, written);
}

void StaticLowering::vector(VectorOp op, int stream) {
  op.tag = tag_;
  steps_.vector(op, stream);
}

void StaticLowering::load_constants(isa::Buffer buffer, std::uint64_t offset, std::int64_t blocks, Value to,
                                    int stream) {
  load({.buffer = buffer,
        .base = constants_,
        .row_bytes = blocks * config().block_bytes(),
        .mem_offset = static_cast<std::int64_t>(offset),
        .local = bytes(to)},
       stream);
}

void StaticLowering::rowwise(VectorOp op, int stream) {
  op.columns = 1;
  op.a = {isa::kSpaceConst};
  op.pre_mul = isa::kSelS0;
  op.reduce = isa::kReduceSum;
  vector(op, stream);
}

void StaticLowering::invert(VectorOp op, Value magnitude, Value inverse, int stream) {
  op.imm0 = 1.0f;
  op.imm1 = 127.0f;
  op.function = isa::kFuncReciprocal;
  op.post_mul = isa::kSelImm1;
  op.s0 = magnitude;
  op.red = inverse;
  rowwise(op, stream);
}

void StaticLowering::over_scalars(VectorOp op, Value from, Value to, std::int64_t words, int stream) {
  op.columns = words;
  op.rows = op.outer = 1;
  op.a = {isa::kSpaceS, stream_address(from)};
  op.d = Stream{isa::kSpaceS, stream_address(to)};
  vector(op, stream);
}

Value StaticLowering::stream_address(Value words) const { return {words.region, words.constant / columns()}; }

void StaticLowering::run() {
  for (std::size_t i = 0; i < plan_.ops.size(); ++i) {
    const StaticOp& op = plan_.ops[i];
    tag_ = static_cast<int>(i) + 1;
    switch (op.kind) {
      case StaticKind::kLinear:
        linear(op);
        break;
      case StaticKind::kRows:
        rows(op);
        break;
      case StaticKind::kAttention:
        attention(op);
        break;
      case StaticKind::kMap:
        map(op);
        break;
    }
  }
}

namespace {

/// Gives the parameters of operations their places behind the constant tensors, and 8-bit rows their panels.
void place_parameters(const StaticTiling& tiling, StaticPlan* plan) {
  set_panels(tiling, plan);
  const isa::Config& config = plan->config;
  std::uint64_t at = plan->constant_bytes;
  const auto take = [&](std::uint64_t bytes) {
    const std::uint64_t begin = place_of(config, at, bytes);
    at = begin + bytes;
    return begin;
  };
  plan->ones = take(static_cast<std::uint64_t>(shares_of(config).ones) * config.block_bytes());
  for (StaticOp& op : plan->ops) {
    if (op.kind == StaticKind::kLinear) {
      const LinearTiling linear = tile_linear(*plan, op, tiling);
      const std::uint64_t row = static_cast<std::uint64_t>(linear.n_tiles) * config.block_bytes();
      op.column_scales = take(row);
      if (op.has_bias) op.bias_row = take(row);
      if (plan->tensor(op.in).scale > 0) op.input_scale = take(isa::kBytesPerWord);
      op.weights = take(linear.weight_bytes(config));
      if (op.theta > 0) {
        const StaticTensor& heads = plan->tensor(op.out);
        op.rope_rows =
            take(static_cast<std::uint64_t>(heads.rows / heads.batch * heads.planes) * config.block_bytes());
      }
    } else if (op.kind == StaticKind::kRows) {
      const std::uint64_t row =
          static_cast<std::uint64_t>(blocks_of(config, plan->tensor(op.in).cols)) * config.block_bytes();
      if (op.has_gain) op.gain_row = take(row);
      if (op.has_offset) op.offset_row = take(row);
    }
  }
  plan->constant_bytes = place_of(config, at, 0);
}

Module empty_module(const StaticPlan& plan) {
  Module module;
  module.config = plan.config;
  module.operations = {""};
  for (const StaticOp& op : plan.ops) module.operations.push_back(op.name);
  module.segments = {{kStaticConstants, plan.constant_bytes},
                     {kStaticState, plan.state_bytes, true},
                     {kStaticRecord, sizeof(isa::CompletionRecord), true}};
  for (const isa::Config& config = plan.config; const Segment& segment : module.segments) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 32;  // offsets in instructions
    if (segment.bytes > kMost || segment.bytes > config.memory_bytes) {
      throw std::runtime_error(
          fmt::format("{}: {} take {} bytes, more than a program can address: cut the graph", plan.name,
                      segment.name, segment.bytes));
    }
  }
  return module;
}

StaticCandidate predict(StaticPlan plan, const StaticTiling& tiling) {
  place_parameters(tiling, &plan);
  const Module module = empty_module(plan);
  StaticLowering lowering(plan, tiling, module);
  lowering.run();
  lowering.steps().set_share_ahead(tiling.share_ahead);
  return {tiling, lowering.steps().predicted_cycles(), lowering.traffic()};
}

/// Of candidates that take hardly more than the fewest cycles the one that moves the fewest bytes: DRAM is
/// the larger part of the energy.
const StaticCandidate& best_of(const std::vector<StaticCandidate>& candidates) {
  constexpr std::int64_t kHardly = 100;  // one part in so many
  const auto cycles = [](const StaticCandidate& c) { return c.measured != 0 ? c.measured : c.cycles; };
  std::int64_t fewest = cycles(candidates.front());
  for (const StaticCandidate& candidate : candidates) fewest = std::min(fewest, cycles(candidate));
  const auto rank = [&](const StaticCandidate& c) {
    return std::tuple(cycles(c) > fewest + fewest / kHardly, c.bytes, cycles(c));
  };
  return *std::min_element(
      candidates.begin(), candidates.end(),
      [&](const StaticCandidate& x, const StaticCandidate& y) { return rank(x) < rank(y); });
}

}  // namespace

StaticProgram lower_static(StaticPlan plan, const StaticTiling& tiling) {
  StaticProgram out;
  place_parameters(tiling, &plan);
  out.plan = std::move(plan);
  out.tiling = tiling;
  out.module = empty_module(out.plan);
  StaticLowering lowering(out.plan, tiling, out.module);
  lowering.run();
  lowering.steps().set_share_ahead(tiling.share_ahead);
  out.predicted_cycles = lowering.steps().predicted_cycles();
  out.traffic = lowering.traffic();
  out.module.programs.push_back(lowering.steps().take());
  verify(out.module);
  return out;
}

namespace {

/// The best tilings of the search, each with several bounds of how far ahead work goes: the cost model does
/// not know how work that comes too early slows a DRAM down.
StaticTiling measured_best(const StaticPlan& plan, const MeasureStatic& measure,
                           std::vector<StaticCandidate>* tried) {
  constexpr std::int64_t kCycles = 64'000'000;  // measured in all
  constexpr std::size_t kTilings = 3;
  std::vector<StaticCandidate> rest = *tried, measured;
  std::int64_t cycles = 0;
  for (std::size_t i = 0; i < kTilings && !rest.empty(); ++i) {
    const StaticCandidate candidate = best_of(rest);
    // Those of equal cycles are one tiling, whatever was wished for.
    std::erase_if(rest, [&](const StaticCandidate& c) { return c.cycles == candidate.cycles; });
    for (const int share : {0, 24, 12, 4}) {
      if (cycles + candidate.cycles > kCycles && !measured.empty()) break;
      StaticCandidate next = candidate;
      next.tiling.share_ahead = share;
      const StaticProgram program = lower_static(plan, next.tiling);
      next.cycles = program.predicted_cycles;
      next.measured = measure(program);
      cycles += next.measured;
      measured.push_back(next);
    }
  }
  tried->insert(tried->end(), measured.begin(), measured.end());
  return best_of(measured).tiling;
}

}  // namespace

StaticProgram lower_static(StaticPlan plan, const MeasureStatic& measure) {
  // One choice after the other, each with the best of the others so far.
  std::vector<StaticCandidate> tried;
  std::string refused;
  const auto attempt = [&](const StaticTiling& tiling) {
    for (const StaticCandidate& old : tried) {
      if (old.tiling.text() == tiling.text()) return;
    }
    try {
      tried.push_back(predict(plan, tiling));
    } catch (const std::runtime_error& error) {
      if (refused.empty()) refused = error.what();
    }
  };
  for (const int rows : {64, 32, 16, 48, 96, 128}) {
    for (const bool keep_weights : {false, true}) attempt({.rows = rows, .keep_weights = keep_weights});
  }
  if (tried.empty()) throw std::runtime_error(refused);
  for (const int group : {4, 6, 10, 12, 16}) {
    StaticTiling tiling = best_of(tried).tiling;
    tiling.group = group;
    attempt(tiling);
  }
  for (const int rows : {8, 16, 24, 48, 64}) {
    StaticTiling tiling = best_of(tried).tiling;
    tiling.attention_rows = rows;
    attempt(tiling);
  }
  const StaticTiling chosen = measure ? measured_best(plan, measure, &tried) : best_of(tried).tiling;
  StaticProgram out = lower_static(std::move(plan), chosen);
  out.tried = std::move(tried);
  return out;
}

}  // namespace heddle::tiles
