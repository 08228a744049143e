// Attention over the cache with an online softmax: blocks of 128 positions, aligned at position 0, one after
// the other; scores stay on the chip.
//
// A block: s = q k^T; m' = max s; p = exp(s - m') * (scale of the value's token), quantised with the block's
// largest scale; T = p v. The first block is the state. A later one joins it:
//   n = max(m, m'), l = l exp(m - n) + l' exp(m' - n), O = O exp(m - n) + T exp(m' - n), m = n.
// At the end O / l. Masked positions have p = 0, and adding zeros changes no sum, so that neither the number
// of positions taken at once nor the number of rows changes a result. The scale of a value belongs to its
// token, and a row may only see tokens up to its own: in prefill each row has a largest scale of its own.
//
// Loops. Prefill: rows are tokens, `outer` the heads that share a key/value head. Decode: rows are the heads
// that share a key/value head, `outer` several of those. A batch takes one sequence after the other, each as
// decode does.
#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

void Lowering::attention() {
  if (stepped()) {
    attention_in_steps();
  } else {
    load_first_block(cache_, cache_);
    hold_prefetch_ = false;
    flush_prefetch();
    attention_step();
  }
  const std::int64_t q = shape().q_blocks();
  b_.vector({.tag = kTagO,
             .columns = q * columns(),
             .rows = rows(),
             .a = {isa::kSpaceV, at(heads_out_), q},
             .reduce = isa::kReduceAbsMax,
             .red = at(absmax_),
             .s_row = 1});
  quantise(kTagO, at(heads_out_), q, q * columns());
  product(kOProj, kTagO, at(absmax_), {at(product_), shape().hidden_blocks}, bit(kOperand), bit(kResult));
}

void Lowering::load_first_block(Reg data, Reg scales) {
  b_.copy(block_data_, data);
  b_.copy(block_scales_, scales);
  b_.scalar(isa::kOpAdd, positions_left_, position_, one_);
  load_block(true);
}

/// The block after this one, where `left` blocks with this one are left, or the next sequence's first.
void Lowering::load_next_block(Reg left) {
  std::function<void()> otherwise;
  if (loads_ahead()) {
    otherwise = [&] { b_.branch({isa::kOpBranchNe, sequences_left_, one_}, [&] { begin_sequence(); }); };
  }
  b_.branch(
      {isa::kOpBranchNe, left, one_}, [&] { load_block(false); }, otherwise);
}

/// One pass over the blocks, the first of which is being loaded.
void Lowering::attention_step() {
  count_block();
  score_product(true);
  value_scales();
  block_maximum(maximum_);
  probabilities(maximum_, sum_);
  value_product(true);
  load_next_block(blocks_);
  // 1 / l, which later blocks compute again.
  const std::int64_t pairs = space_.statistics();
  const auto invert_sum = [&] {
    b_.vector({.tag = kTagAttention,
               .columns = pairs,
               .a = {isa::kSpaceS, at(sum_)},
               .function = isa::kFuncReciprocal,
               .d = Stream{isa::kSpaceS, at(kept_sum_)}});
  };
  invert_sum();
  b_.tokens(isa::kOpVector, kTagAttention, bit(kResult), 0);
  b_.branch({isa::kOpBranchNe, blocks_, one_}, [&] {
    const Reg left = b_.plain_register("blocks_left");
    b_.scalar(isa::kOpSub, left, blocks_, one_);
    b_.loop(left, [&] {
      count_block();
      later_block(left);
    });
    invert_sum();
    b_.release(left);
  });
  const bool decode = space_.decode;
  const std::int64_t planes = shape().planes, row = decode ? planes : shape().q_blocks();
  const std::int64_t outer = decode ? shape().group * planes : planes;
  b_.vector({.tag = kTagAttention,
             .columns = planes * columns(),
             .rows = inner(),
             .outer = space_.outer,
             .a = {isa::kSpaceV, at(heads_out_, 0, step_blocks_), row, outer},
             .pre_mul = isa::kSelS0,
             .s0 = at(kept_sum_),
             .s_row = 1,
             .s_outer = space_.inner,
             .d = Stream{isa::kSpaceV, at(heads_out_, 0, step_blocks_), row, outer}});
}

/// Keys, values and their scales of the next block, as far as they are written.
void Lowering::load_block(bool first) {
  const MemoryPlan& memory = plan_.memory;
  const std::int64_t heads = space_.heads_step, planes = shape().planes;
  const std::int64_t plane = static_cast<std::int64_t>(memory.cache_plane);
  const std::int64_t scale_row = kAttentionBlock * isa::kBytesPerWord;
  const std::int64_t scales = static_cast<std::int64_t>(memory.cache_scales);
  const Reg token_bytes = patch0_, scale_bytes = patch1_;
  positions_of_block(scale_bytes);
  b_.scalar(isa::kOpShl, token_bytes, scale_bytes, log2_of(config().columns));
  b_.scalar(isa::kOpShl, scale_bytes, scale_bytes, 2);
  const std::uint16_t stored = first && !stepped() ? bit(kCacheStored) : 0;
  Dma tokens{.tag = kTagAttention,
             .buffer = isa::kBufferW,
             .base = block_data_,
             .rows = heads * planes,
             .row_bytes = Value(-1, 0, token_bytes),
             .mem_stride = plane,
             .local = b_.bytes_of(keys_),
             .local_stride = plane};
  Dma factors{.tag = kTagAttention,
              .buffer = isa::kBufferC,
              .base = block_scales_,
              .rows = heads,
              .row_bytes = Value(-1, 0, scale_bytes),
              .mem_offset = scales,
              .mem_stride = scale_row,
              .local = b_.bytes_of(key_scales_),
              .local_stride = scale_row};
  tokens.wait = static_cast<std::uint16_t>(bit(kKvFree) | stored);
  b_.load(tokens);
  factors.signal = bit(kKvFull);
  b_.load(factors);
  // Scales of values come before these, since VECTOR's work on them and on the scores needs no values.
  factors.buffer = isa::kBufferV;
  factors.mem_offset = scales + shape().kv_heads * scale_row;
  factors.local = b_.bytes_of(loaded_scales_);
  factors.wait = bit(kScalesFree);
  factors.signal = bit(kVectorFull);
  b_.load(factors);
  tokens.mem_offset = shape().kv_heads * planes * plane;
  tokens.local = b_.bytes_of(values_);
  tokens.wait = bit(kKvFree);
  tokens.signal = bit(kKvFull);
  b_.load(tokens);
  b_.scalar(isa::kOpAdd, block_data_, block_data_, static_cast<std::int64_t>(memory.cache_block));
  b_.scalar(isa::kOpAdd, block_scales_, block_scales_, static_cast<std::int64_t>(memory.cache_block));
}

/// reg = positions of the next block up to and with the last row's.
void Lowering::positions_of_block(Reg reg) {
  if (space_.decode) {
    b_.scalar(isa::kOpMin, reg, positions_left_, kAttentionBlock);
    return;
  }
  b_.scalar(isa::kOpAdd, reg, positions_left_, rows_);
  b_.scalar(isa::kOpSub, reg, reg, one_);
  b_.scalar(isa::kOpMin, reg, reg, kAttentionBlock);
}

/// How many of the next block's positions count.
void Lowering::count_block() {
  positions_of_block(valid_);
  b_.scalar(isa::kOpAdd, valid_n_, valid_, columns() - 1);
  b_.scalar(isa::kOpShr, valid_n_, valid_n_, log2_of(config().columns));
  b_.scalar(isa::kOpAdd, valid_k_, valid_, std::int64_t{config().rows} - 1);
  b_.scalar(isa::kOpShr, valid_k_, valid_k_, log2_of(config().rows));
  if (!space_.decode) b_.scalar(isa::kOpMin, limit_, positions_left_, kAttentionBlock);
  b_.scalar(isa::kOpSub, positions_left_, positions_left_, kAttentionBlock);
}

void Lowering::score_product(bool first) {
  const bool decode = space_.decode;
  const std::int64_t planes = shape().planes, word = config().w_word_bytes();
  const std::int64_t plane = static_cast<std::int64_t>(plan_.memory.cache_plane) / word;
  MatrixOp op;
  op.tag = kTagAttention;
  // Prefill computes rows that do not count rather than more positions than there are: three patches.
  op.rows = space_.inner;
  op.outer = space_.outer;
  op.k_tiles = ceil_div(shape().head_dim, static_cast<int>(config().rows));
  op.n_tiles = Value(-1, 0, valid_n_);
  op.a.addr = at(query_, 0, step_blocks_);
  op.a.row = decode ? planes : shape().q_blocks();
  op.a.outer = decode ? shape().group * planes : planes;
  op.w = {at(keys_), plane, columns() * columns() / word, decode ? planes * plane : 0, true};
  // Scales of queries lie [head][token].
  op.scale = {at(key_scales_), decode ? shape().score_blocks : 0, at(query_absmax_, 0, step_words_),
              decode ? space_.rows : 1, std::int64_t{decode ? space_.inner : 1} * space_.rows};
  op.d = {at(scores_), shape().score_blocks, std::int64_t{space_.inner} * shape().score_blocks};
  op.wait = bit(kKvFull);
  if (!stepped() && first) op.wait |= bit(kOperand);
  op.signal = static_cast<std::uint16_t>(bit(kKvFree) | bit(kResult));
  b_.matrix(op);
}

/// Scales of the block's values, normalised to 127 at the largest.
void Lowering::value_scales() {
  const bool decode = space_.decode;
  const std::int64_t block = shape().score_blocks;
  const Value columns(-1, 0, valid_);
  // In prefill each row is a token, which sees the same scales up to its own position.
  const Value rows = decode ? Value(space_.heads_step) : this->rows();
  const Stream loaded{isa::kSpaceV, at(loaded_scales_), decode ? block : 0};
  VectorOp largest{.tag = kTagAttention,
                   .columns = columns,
                   .rows = rows,
                   .a = loaded,
                   .reduce = isa::kReduceMax,
                   .red = at(value_maximum_),
                   .s_row = 1,
                   .wait = bit(kVectorFull)};
  if (!decode) largest.mask = MaskSpec{Value(-1, 0, limit_), 1};
  b_.vector(largest);
  invert(kTagAttention, value_maximum_, value_inverse_, decode ? space_.heads_step : space_.rows);
  b_.vector({.tag = kTagAttention,
             .columns = columns,
             .rows = rows,
             .a = loaded,
             .pre_mul = isa::kSelS0,
             .s0 = at(value_inverse_),
             .s_row = 1,
             .d = Stream{isa::kSpaceV, at(value_scales_), block},
             .signal = bit(kScalesFree)});
}

void Lowering::block_maximum(int maximum) {
  const std::int64_t block = shape().score_blocks;
  VectorOp op{.tag = kTagAttention,
              .columns = Value(-1, 0, valid_),
              .rows = inner(),
              .outer = space_.outer,
              .a = {isa::kSpaceV, at(scores_), block, space_.inner * block},
              .reduce = isa::kReduceMax,
              .red = at(maximum),
              .s_row = 1,
              .s_outer = space_.inner,
              .wait = bit(kResult)};
  if (!space_.decode) op.mask = MaskSpec{Value(-1, 0, limit_), 1};
  b_.vector(op);
}

void Lowering::probabilities(int maximum, int sum) {
  const bool decode = space_.decode;
  const std::int64_t block = shape().score_blocks;
  VectorOp op{.tag = kTagAttention,
              .columns = Value(-1, 0, valid_),
              .rows = inner(),
              .outer = space_.outer,
              .a = {isa::kSpaceV, at(scores_), block, space_.inner * block},
              .u = Stream{isa::kSpaceV, at(value_scales_), decode ? 0 : block, decode ? block : 0},
              .pre_add = isa::kSelS0,
              .pre = isa::kCombineSub,
              .function = isa::kFuncExp,
              .post_mul = isa::kSelU,
              .reduce = isa::kReduceSum,
              .reduce_f = true,
              .s0 = at(maximum),
              .red = at(sum),
              .s_row = 1,
              .s_outer = space_.inner,
              .d = Stream{isa::kSpaceA, at(probability_), block, space_.inner * block},
              .signal = bit(kOperand)};
  if (!decode) op.mask = MaskSpec{Value(-1, 0, limit_), 1};
  b_.vector(op);
}

void Lowering::value_product(bool first) {
  const bool decode = space_.decode;
  const std::int64_t planes = shape().planes, word = config().w_word_bytes(), block = shape().score_blocks;
  const std::int64_t plane = static_cast<std::int64_t>(plan_.memory.cache_plane) / word;
  MatrixOp op;
  op.tag = kTagAttention;
  op.rows = inner();
  op.outer = space_.outer;
  op.k_tiles = Value(-1, 0, valid_k_);
  op.n_tiles = planes;
  op.a = {at(probability_), block, 1, space_.inner * block};
  op.w = {at(values_), config().w_tile_words(), plane, decode ? planes * plane : 0};
  op.scale = {at(ones_), 0, at(value_maximum_), decode ? 0 : 1, decode ? 1 : 0};
  if (first) {
    op.d = {at(heads_out_, 0, step_blocks_), decode ? planes : shape().q_blocks(),
            decode ? shape().group * planes : planes};
  } else {
    op.d = {at(mixed_), planes, space_.inner * planes};
  }
  op.wait = static_cast<std::uint16_t>(bit(kKvFull) | bit(kOperand));
  op.signal = static_cast<std::uint16_t>(bit(kKvFree) | (first ? bit(kResult) : bit(kMixed)));
  b_.matrix(op);
}

/// m, l and the two factors, one number for each row.
void Lowering::update_statistics() {
  const auto rowwise = [&](VectorOp op) {
    op.tag = kTagAttention;
    op.rows = inner();
    op.outer = space_.outer;
    op.a = {isa::kSpaceConst};
    op.imm0 = 1.0f;
    op.pre_mul = isa::kSelS0;
    op.reduce = isa::kReduceSum;
    op.s_row = 1;
    op.s_outer = space_.inner;
    b_.vector(op);
  };
  VectorOp largest{.pre_add = isa::kSelS1, .pre = isa::kCombineMax};
  largest.s0 = at(maximum_), largest.s1 = at(block_maximum_), largest.red = at(new_maximum_);
  rowwise(largest);
  VectorOp factor{.pre_add = isa::kSelS1, .pre = isa::kCombineSub, .function = isa::kFuncExp};
  factor.s1 = at(new_maximum_);
  factor.s0 = at(maximum_), factor.red = at(kept_);
  rowwise(factor);
  factor.s0 = at(block_maximum_), factor.red = at(added_);
  rowwise(factor);
  VectorOp part{.post_mul = isa::kSelS1};
  part.s0 = at(sum_), part.s1 = at(kept_), part.red = at(kept_sum_);
  rowwise(part);
  part.s0 = at(block_sum_), part.s1 = at(added_), part.red = at(added_sum_);
  rowwise(part);
  VectorOp total{.pre_add = isa::kSelS1};
  total.s0 = at(kept_sum_), total.s1 = at(added_sum_), total.red = at(sum_);
  rowwise(total);
  b_.vector({.tag = kTagAttention,
             .columns = space_.statistics(),
             .a = {isa::kSpaceS, at(new_maximum_)},
             .d = Stream{isa::kSpaceS, at(maximum_)}});
}

void Lowering::later_block(Reg left) {
  score_product(false);
  value_scales();
  block_maximum(block_maximum_);
  probabilities(block_maximum_, block_sum_);
  value_product(false);
  load_next_block(left);
  update_statistics();
  const bool decode = space_.decode;
  const std::int64_t planes = shape().planes, row = decode ? planes : shape().q_blocks();
  const std::int64_t outer = decode ? shape().group * planes : planes;
  const Stream out{isa::kSpaceV, at(heads_out_, 0, step_blocks_), row, outer};
  const Stream rescaled{isa::kSpaceV, at(rescaled_), planes, space_.inner * planes};
  b_.vector({.tag = kTagAttention,
             .columns = planes * columns(),
             .rows = inner(),
             .outer = space_.outer,
             .a = out,
             .pre_mul = isa::kSelS0,
             .s0 = at(kept_),
             .s_row = 1,
             .s_outer = space_.inner,
             .d = rescaled});
  b_.vector({.tag = kTagAttention,
             .columns = planes * columns(),
             .rows = inner(),
             .outer = space_.outer,
             .a = {isa::kSpaceV, at(mixed_), planes, space_.inner * planes},
             .u = rescaled,
             .pre_mul = isa::kSelS0,
             .pre_add = isa::kSelU,
             .s0 = at(added_),
             .s_row = 1,
             .s_outer = space_.inner,
             .d = out,
             .wait = bit(kMixed)});
}

}  // namespace heddle::tiles
