// Queries, keys and values: projection, bias, rotary embedding, quantisation for each token and head. New
// keys and values go to the cache while the queries are still being computed.
#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

void Lowering::keys_and_values() {
  hold_prefetch_ = true;  // the cache's rows are more urgent; attention lets the weights go on
  const std::int64_t kv = shape().kv_blocks(), planes = shape().planes, heads = shape().kv_heads;
  const std::int64_t values = heads * planes, row = space_.cache_row, scale_row = space_.cache_scale_row;
  const Reg phase_words = batch() ? Reg{} : phase_words_;
  product(kKvProj, kTagKv, at(scale_), {at(kv_), kv}, norm_wait(), bit(kResult));
  product(kQProj, kTagQ, at(scale_), {at(queries_), shape().q_blocks()}, 0, bit(kResult));

  std::uint16_t wait = bit(kResult);
  if (shape().qkv_bias) {
    b_.vector({.tag = kTagKv,
               .columns = values * columns(),
               .rows = rows(),
               .a = {isa::kSpaceV, at(kv_), kv},
               .u = Stream{isa::kSpaceV, at(parameters_, parameters_plan_.kv_bias)},
               .pre_add = isa::kSelU,
               .d = Stream{isa::kSpaceV, at(kv_), kv},
               .wait = wait});
    wait = 0;
  }
  b_.vector({.tag = kTagKRope,
             .columns = planes * columns(),
             .rows = rows(),
             .outer = heads,
             .a = {isa::kSpaceV, at(kv_), kv, planes},
             .u = Stream{isa::kSpaceV, at(rope_), planes},
             .rope = true,
             .reduce = isa::kReduceAbsMax,
             .red = at(cache_absmax_, 0, phase_words),
             .s_row = 1,
             .s_outer = scale_row,
             .d = Stream{isa::kSpaceV, at(kv_), kv, planes},
             .wait = wait});
  VectorOp value{.tag = kTagKv,
                 .columns = planes * columns(),
                 .rows = rows(),
                 .outer = heads,
                 .a = {isa::kSpaceV, at(kv_, values), kv, planes},
                 .reduce = isa::kReduceAbsMax,
                 .red = at(cache_absmax_, heads * scale_row, phase_words),
                 .s_row = 1,
                 .s_outer = scale_row};
  if (shape().qkv_bias) {
    value.u = Stream{isa::kSpaceV, at(parameters_, parameters_plan_.kv_bias + values), 0, planes};
    value.pre_add = isa::kSelU;
    value.d = Stream{isa::kSpaceV, at(kv_, values), kv, planes};
  }
  b_.vector(value);
  invert(kTagKv, cache_absmax_, cache_inverse_, 2 * heads * scale_row);
  if (batch()) return;
  b_.vector({.tag = kTagKv,
             .columns = shape().head_dim,
             .rows = rows(),
             .outer = 2 * heads,
             .a = {isa::kSpaceV, at(kv_), kv, planes},
             .pre_mul = isa::kSelS0,
             .s0 = at(cache_inverse_, 0, phase_words_),
             .s_row = 1,
             .s_outer = scale_row,
             .d = Stream{isa::kSpaceA, at(cache_rows_, 0, phase_blocks_), 1, planes * row, row},
             .signal = bit(kCacheRows)});
}

void Lowering::store_cache_rows() {
  const MemoryPlan& memory = plan_.memory;
  const bool one_row = space_.decode;
  const int shift = log2_of(config().columns);
  if (!one_row) b_.scalar(isa::kOpShl, patch0_, rows_, shift);
  const Reg phase = phase_blocks_.id != 0 ? patch1_ : Reg{};
  if (phase.id != 0) b_.scalar(isa::kOpShl, phase, phase_blocks_, shift);
  b_.store({.tag = kTagAttention,
            .buffer = isa::kBufferA,
            .base = row_data_,
            .rows = shape().kv_blocks(),
            .row_bytes = one_row ? Value(columns()) : Value(-1, 0, patch0_),
            .mem_stride = static_cast<std::int64_t>(memory.cache_plane),
            .local = b_.bytes_of(cache_rows_, 0, phase),
            .local_stride = space_.cache_row * columns(),
            .wait = bit(kCacheRows)});
  if (!one_row) b_.scalar(isa::kOpShl, patch0_, rows_, 2);
  const Reg word_phase = phase_words_.id != 0 ? patch1_ : Reg{};
  if (word_phase.id != 0) b_.scalar(isa::kOpShl, word_phase, phase_words_, 2);
  b_.store({.tag = kTagAttention,
            .buffer = isa::kBufferS,
            .base = row_scale_,
            .rows = 2 * shape().kv_heads,
            .row_bytes = one_row ? Value(isa::kBytesPerWord) : Value(-1, 0, patch0_),
            .mem_stride = kAttentionBlock * isa::kBytesPerWord,
            .local = b_.bytes_of(cache_absmax_, 0, word_phase),
            .local_stride = std::int64_t{space_.cache_scale_row} * isa::kBytesPerWord,
            .signal = bit(kCacheStored)});
}

void Lowering::queries() {
  const std::int64_t q = shape().q_blocks(), planes = shape().planes, heads = shape().heads;
  std::uint16_t wait = bit(kResult);
  if (shape().qkv_bias) {
    b_.vector({.tag = kTagQ,
               .columns = q * columns(),
               .rows = rows(),
               .a = {isa::kSpaceV, at(queries_), q},
               .u = Stream{isa::kSpaceV, at(parameters_, parameters_plan_.q_bias)},
               .pre_add = isa::kSelU,
               .d = Stream{isa::kSpaceV, at(queries_), q},
               .wait = wait});
    wait = 0;
  }
  b_.vector({.tag = kTagQRope,
             .columns = planes * columns(),
             .rows = rows(),
             .outer = heads,
             .a = {isa::kSpaceV, at(queries_), q, planes},
             .u = Stream{isa::kSpaceV, at(rope_), planes},
             .rope = true,
             .reduce = isa::kReduceAbsMax,
             .red = at(query_absmax_),
             .s_row = 1,
             .s_outer = space_.rows,
             .d = Stream{isa::kSpaceV, at(queries_), q, planes},
             .wait = wait});
  invert(kTagQ, query_absmax_, query_inverse_, heads * space_.rows);
  b_.vector({.tag = kTagQ,
             .columns = shape().head_dim,
             .rows = rows(),
             .outer = heads,
             .a = {isa::kSpaceV, at(queries_), q, planes},
             .pre_mul = isa::kSelS0,
             .s0 = at(query_inverse_),
             .s_row = 1,
             .s_outer = space_.rows,
             .d = Stream{isa::kSpaceA, at(query_), q, planes},
             .signal = bit(kOperand)});
}

}  // namespace heddle::tiles
