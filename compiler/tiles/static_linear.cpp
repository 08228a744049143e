// Products: chunks of rows, for each the groups of columns of tiles, for each the slices of K.
#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {

void StaticLowering::linear(const StaticOp& op) {
  const LinearTiling tiling = tile_linear(plan_, op, tiling_);
  const StaticTensor& in = plan_.tensor(op.in);
  slice_slots_ = Ring(slices_, shares_.slices, std::int64_t{tiling.rows} * tiling.a_row);
  scale_slots_ = Ring(row_scales_, shares_.row_scales, round_up(std::int64_t{tiling.rows}, bus_words()));
  weight_slots_ = Ring(weights_, config().w_words(), tiling.weight_words);
  column_slots_ = Ring(linear_scales_, shares_.linear_scales, tiling.group);
  product_slots_ = Ring(products_, shares_.products, std::int64_t{tiling.rows} * tiling.group);
  bias_slots_ = Ring(biases_, shares_.vectors / 4, tiling.group);
  const std::int64_t piece = std::int64_t{tiling.piece_rows} * tiling.group;
  operand_slots_ = Ring(operands_, shares_.operands, piece);
  out_slots_ = Ring(out_, shares_.out, piece);
  if (op.out8 >= 0) {  // the first bytes of a group may stand behind others of a beat
    const std::int64_t before = (row8_blocks(config(), 1) - 1) * columns();
    row8_slots_ = Ring(rows8_, shares_.rows8,
                       tiling.piece_rows * row8_blocks(config(), tiling.group * columns() + before));
  }
  held_slice_ = {};
  held_group_ = {};
  const bool one_scale = in.scale > 0;
  Value scale;
  if (one_scale) {
    scale = scale_slots_.next();
    load({.buffer = isa::kBufferS,
          .base = constants_,
          .row_bytes = isa::kBytesPerWord,
          .mem_offset = static_cast<std::int64_t>(op.input_scale),
          .local = bytes(scale)},
         kLoadSlices);
  }
  std::vector<Chunk> chunks;
  for (std::int64_t row = 0; row < in.rows; row += tiling.rows)
    chunks.push_back({row, std::min<std::int64_t>(tiling.rows, in.rows - row), scale, one_scale ? 0 : 1});
  const auto meet = [&](const Chunk& chunk, int group) {
    finish(op, tiling, chunk, group, product(op, tiling, chunk, group));
  };
  if (!tiling.keeps_weights) {
    for (Chunk& chunk : chunks) {
      load_scales(op, &chunk);
      for (int group = 0; group < tiling.groups(); ++group) meet(chunk, group);
    }
    return;
  }
  const bool scales_stay = std::ssize(chunks) <= scale_slots_.places();
  for (int group = 0; group < tiling.groups(); ++group) {
    for (Chunk& chunk : chunks) {
      if (group == 0 || !scales_stay) load_scales(op, &chunk);
      meet(chunk, group);
    }
  }
}

void StaticLowering::load_scales(const StaticOp& op, Chunk* chunk) {
  if (chunk->scale_step == 0) return;
  const StaticTensor& in = plan_.tensor(op.in);
  chunk->scales = scale_slots_.next();
  load({.buffer = isa::kBufferS,
        .base = base_of(in),
        .row_bytes = chunk->rows * isa::kBytesPerWord,
        .mem_offset = static_cast<std::int64_t>(in.scales) + chunk->row0 * isa::kBytesPerWord,
        .local = bytes(chunk->scales)},
       kLoadSlices, {op.in, chunk->row0, chunk->row0 + chunk->rows, 0, in.cols});
}

void StaticLowering::load_slice(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk,
                                int slice) {
  if (held_slice_.row0 == chunk.row0 && held_slice_.slice == slice) return;
  const StaticTensor& in = plan_.tensor(op.in);
  held_slice_ = {chunk.row0, slice, slice_slots_.next(2)};
  const std::int64_t width = std::int64_t{tiling.slice} * config().rows, begin = slice * width,
                     whole = static_cast<std::int64_t>(in.row_stride),
                     end = slice + 1 == tiling.slices() ? whole : begin + width;
  const Panel panel = panel_at(in, begin);
  load({.buffer = isa::kBufferA,
        .base = base_of(in),
        .rows = chunk.rows,
        .row_bytes = end - begin,
        .mem_offset = panel.offset + chunk.row0 * panel.width + begin - panel.begin,
        .mem_stride = panel.width,
        .local = bytes(held_slice_.place),
        .local_stride = tiling.a_row * columns()},
       kLoadSlices, {op.in, chunk.row0, chunk.row0 + chunk.rows, 0, in.cols});
}

void StaticLowering::load_group(const StaticOp& op, const LinearTiling& tiling, int group, int slice) {
  HeldGroup& held = held_group_;
  if (slice == 0 && (!tiling.keeps_weights || held.group != group)) {
    const auto block = static_cast<std::uint64_t>(group * tiling.group) * config().block_bytes();
    const std::int64_t count = std::min(tiling.group, tiling.n_tiles - group * tiling.group);
    held = {.group = group, .weights = op.weights, .column_scales = column_slots_.next()};
    for (int g = 0; g < group; ++g) {
      for (int s = 0; s < tiling.slices(); ++s) held.weights += tiling.piece_bytes(config(), g, s);
    }
    load_constants(isa::kBufferC, op.column_scales + block, count, held.column_scales, kLoadWeights);
    if (op.has_bias) {
      held.bias = bias_slots_.next();
      load_constants(isa::kBufferV, op.bias_row + block, count, *held.bias, kLoadOperands);
    }
  }
  if (slice < std::ssize(held.slices)) return;
  const std::uint64_t piece = tiling.piece_bytes(config(), group, slice);
  held.slices.push_back(weight_slots_.next());
  load({.buffer = isa::kBufferW,
        .base = constants_,
        .row_bytes = static_cast<std::int64_t>(piece),
        .mem_offset = static_cast<std::int64_t>(held.weights),
        .local = bytes(held.slices.back())},
       kLoadWeights);
  held.weights += piece;
}

Value StaticLowering::product(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk, int group) {
  const std::int64_t count = std::min(tiling.group, tiling.n_tiles - group * tiling.group);
  const Value result = product_slots_.next();
  for (int s = 0; s < tiling.slices(); ++s) {
    load_slice(op, tiling, chunk, s);
    const std::int64_t depth = std::min(tiling.slice, tiling.k_tiles - s * tiling.slice);
    load_group(op, tiling, group, s);
    const Value words = held_group_.slices[static_cast<std::size_t>(s)];
    MatrixOp multiply;
    multiply.tag = tag_;
    multiply.rows = chunk.rows;
    multiply.k_tiles = depth;
    multiply.n_tiles = count;
    multiply.a = {held_slice_.place, tiling.a_row};
    multiply.w = {words, config().w_tile_words(), depth * config().w_tile_words()};
    multiply.first = s == 0;
    multiply.last = s + 1 == tiling.slices();
    multiply.acc_n = multiply.first && multiply.last ? 0 : chunk.rows;
    if (multiply.last) {
      multiply.scale = {held_group_.column_scales, 0, chunk.scales, chunk.scale_step};
      multiply.d = {result, count};
    }
    steps_.matrix(multiply, kMatrix);
  }
  return result;
}

void StaticLowering::finish(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk, int group,
                            Value product) {
  const std::int64_t n0 = std::int64_t{group} * tiling.group,
                     count = std::min<std::int64_t>(tiling.group, tiling.n_tiles - n0);
  const Streams streams{kLoadOperands, kVectorProducts, kStoreProducts};
  const std::int64_t sequence =
      op.head_dim > 0 ? plan_.tensor(op.out).rows / plan_.tensor(op.out).batch : plan_.tensor(op.in).rows;
  for (std::int64_t r = 0, count_rows; r < chunk.rows; r += count_rows) {
    // Heads of two sequences are apart.
    const std::int64_t position = (chunk.row0 + r) % sequence;
    count_rows = std::min({std::int64_t{tiling.piece_rows}, chunk.rows - r, sequence - position});
    const Value from(product.region, product.constant + r * count);
    if (op.head_dim > 0) {
      const std::int64_t planes = plan_.tensor(op.out).planes;
      std::optional<Value> rope;
      if (op.theta > 0) {
        rope = operand_slots_.next();
        const std::uint64_t row = static_cast<std::uint64_t>(planes) * config().block_bytes();
        load_constants(isa::kBufferV, op.rope_rows + static_cast<std::uint64_t>(position) * row,
                       count_rows * planes, *rope, kLoadOperands);
      }
      store_heads(op.out, {.source = {isa::kSpaceV, from, count, planes},
                           .row0 = chunk.row0 + r,
                           .rows = count_rows,
                           .head0 = n0 / planes,
                           .heads = count / planes,
                           .bias = held_group_.bias,
                           .rope = rope,
                           .work = {work_, 0},
                           .streams = streams});
      continue;
    }
    passes(op, {.source = {isa::kSpaceV, from, count},
                .row0 = chunk.row0 + r,
                .rows = count_rows,
                .column0 = n0 * columns(),
                .columns = std::min(op.n - n0 * columns(), count * columns()),
                .blocks = count,
                .bias = held_group_.bias,
                .work = {work_, 0},
                .copy = {copy_, 0},
                .operands = &operand_slots_,
                .out = &out_slots_,
                .streams = streams});
  }
}

}  // namespace heddle::tiles
