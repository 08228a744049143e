// What is not done for all rows at once: attention of several steps of key/value heads, and all that a batch
// does sequence by sequence, each at the position that it reads from memory and in a cache of its own.
#include <functional>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/lowering.hpp"

namespace heddle::tiles {

/// Quantises the new rows and stores them, each where its own sequence and position want it. Rows lie in A,
/// and scales in S, where they agree with their places in memory modulo the bus.
void Lowering::append_rows_of_sequences() {
  const MemoryPlan& memory = plan_.memory;
  const std::int64_t last = space_.sequences - 1;
  const std::int64_t kv = shape().kv_blocks(), planes = shape().planes, heads = shape().kv_heads;
  const std::int64_t row = space_.cache_row, scale_row = space_.cache_scale_row;
  const Reg from_blocks = b_.patch_register("from_blocks", 0, kv * last);
  const Reg from_words = b_.patch_register("from_words", 0, last);
  const Reg to_blocks = b_.patch_register("to_blocks", 0, space_.cache_step * last + row - 1);
  const Reg to_words = b_.patch_register("to_words", 0, space_.cache_scales_step * last + scale_row - 1);
  const Reg place = b_.plain_register("place"), cache = b_.plain_register("sequence_cache");
  const Reg left = b_.plain_register("sequences_left");
  address(place, "positions");
  b_.copy(cache, cache_);
  for (const Reg reg : {from_blocks, from_words, to_blocks, to_words}) b_.constant(reg, 0);
  b_.constant(left, space_.sequences);
  b_.loop(left, [&] {
    b_.load_word(position_, place, 0);
    locate_rows(cache);
    if (phase_blocks_.id != 0) b_.scalar(isa::kOpAdd, to_blocks, to_blocks, phase_blocks_);
    if (phase_words_.id != 0) b_.scalar(isa::kOpAdd, to_words, to_words, phase_words_);
    b_.vector({.tag = kTagKv,
               .rows = 2 * heads,
               .a = {isa::kSpaceConst},
               .pre_mul = isa::kSelS0,
               .reduce = isa::kReduceSum,
               .s0 = at(cache_absmax_, 0, from_words),
               .red = at(cache_scales_, 0, to_words),
               .s_row = scale_row,
               .imm0 = 1.0f});
    b_.vector({.tag = kTagKv,
               .columns = shape().head_dim,
               .rows = 2 * heads,
               .a = {isa::kSpaceV, at(kv_, 0, from_blocks), planes},
               .pre_mul = isa::kSelS0,
               .s0 = at(cache_inverse_, 0, from_words),
               .s_row = scale_row,
               .d = Stream{isa::kSpaceA, at(cache_rows_, 0, to_blocks), planes * row, 0, row},
               .signal = bit(kCacheRows)});
    b_.scalar(isa::kOpShl, patch0_, to_blocks, log2_of(config().columns));
    b_.scalar(isa::kOpShl, patch1_, to_words, 2);
    b_.store({.tag = kTagAttention,
              .buffer = isa::kBufferA,
              .base = row_data_,
              .rows = kv,
              .row_bytes = columns(),
              .mem_stride = static_cast<std::int64_t>(memory.cache_plane),
              .local = b_.bytes_of(cache_rows_, 0, patch0_),
              .local_stride = row * columns(),
              .wait = bit(kCacheRows)});
    b_.store({.tag = kTagAttention,
              .buffer = isa::kBufferS,
              .base = row_scale_,
              .rows = 2 * heads,
              .row_bytes = isa::kBytesPerWord,
              .mem_stride = kAttentionBlock * isa::kBytesPerWord,
              .local = b_.bytes_of(cache_scales_, 0, patch1_),
              .local_stride = scale_row * isa::kBytesPerWord});
    if (phase_blocks_.id != 0) b_.scalar(isa::kOpSub, to_blocks, to_blocks, phase_blocks_);
    if (phase_words_.id != 0) b_.scalar(isa::kOpSub, to_words, to_words, phase_words_);
    b_.scalar(isa::kOpAdd, to_blocks, to_blocks, std::int64_t{space_.cache_step});
    b_.scalar(isa::kOpAdd, to_words, to_words, std::int64_t{space_.cache_scales_step});
    b_.scalar(isa::kOpAdd, from_blocks, from_blocks, kv);
    b_.scalar(isa::kOpAdd, from_words, from_words, 1);
    b_.scalar(isa::kOpAdd, place, place, isa::kBytesPerWord);
    b_.scalar(isa::kOpAdd, cache, cache, static_cast<std::int64_t>(memory.cache_sequence));
  });
  b_.tokens(isa::kOpStore, kTagAttention, 0, bit(kCacheStored));
  for (const Reg reg : {from_blocks, from_words, to_blocks, to_words, place, cache, left}) b_.release(reg);
}

void Lowering::attention_in_steps() {
  const std::int64_t q_step = std::int64_t{space_.heads_step} * shape().group * shape().planes;
  const std::int64_t s_step = std::int64_t{space_.heads_step} * shape().group * space_.rows;
  const std::int64_t last = space_.sequences - 1;
  step_blocks_ = b_.patch_register("step_blocks", 0, q_step * (std::int64_t{steps()} * space_.sequences - 1));
  step_words_ = b_.patch_register("step_words", 0, s_step * (steps() - 1) + last);
  b_.constant(step_blocks_, 0);
  b_.constant(step_words_, 0);
  if (!loads_ahead()) {
    hold_prefetch_ = false;
    flush_prefetch();
  }
  // The queries of all steps are ready at once, the new rows of the cache too.
  b_.tokens(isa::kOpMatrix, kTagAttention, bit(kOperand), 0);
  b_.tokens(isa::kOpLoad, kTagAttention, bit(kCacheStored), 0);
  const auto next_step = [&] {
    b_.scalar(isa::kOpAdd, step_blocks_, step_blocks_, q_step);
    b_.scalar(isa::kOpAdd, step_words_, step_words_, s_step);
  };
  if (batch()) {
    attention_of_sequences(next_step, 1 - s_step * steps());
  } else {
    attention_of_heads(cache_, next_step);
  }
  b_.release(step_blocks_);
  b_.release(step_words_);
  step_blocks_ = step_words_ = {};
}

void Lowering::attention_of_heads(Reg cache, const std::function<void()>& next_step) {
  const std::int64_t data_step = std::int64_t{space_.heads_step} * shape().planes * plan_.memory.cache_plane;
  step_data_ = b_.plain_register("step_data");
  step_scales_ = b_.plain_register("step_scales");
  const Reg left = b_.plain_register("steps_left");
  b_.copy(step_data_, cache);
  b_.copy(step_scales_, cache);
  b_.constant(left, steps());
  b_.loop(left, [&] {
    load_first_block(step_data_, step_scales_);
    attention_step();
    next_step();
    b_.scalar(isa::kOpAdd, step_data_, step_data_, data_step);
    b_.scalar(isa::kOpAdd, step_scales_, step_scales_,
              std::int64_t{space_.heads_step} * kAttentionBlock * isa::kBytesPerWord);
  });
  for (const Reg reg : {step_data_, step_scales_, left}) b_.release(reg);
}

void Lowering::attention_of_sequences(const std::function<void()>& next_step,
                                      std::int64_t next_sequence_words) {
  position_place_ = b_.plain_register("position_place");
  sequence_cache_ = b_.plain_register("sequence_cache");
  sequences_left_ = b_.plain_register("sequences_left");
  address(position_place_, "positions");
  b_.copy(sequence_cache_, cache_);
  b_.constant(sequences_left_, space_.sequences);
  if (loads_ahead()) {
    begin_sequence();
    hold_prefetch_ = false;
    flush_prefetch();
  }
  b_.loop(sequences_left_, [&] {
    if (!loads_ahead()) begin_sequence();
    b_.scalar(isa::kOpShr, blocks_, position_, log2_of(kAttentionBlock));
    b_.scalar(isa::kOpAdd, blocks_, blocks_, 1);
    if (loads_ahead()) {
      attention_step();
      next_step();
    } else {
      attention_of_heads(sequence_cache_, next_step);
      next_sequence_cache();
    }
    // Queries lie [sequence][head], their scales [head][sequence].
    b_.scalar(isa::kOpAdd, step_words_, step_words_, next_sequence_words);
  });
  for (const Reg reg : {position_place_, sequence_cache_, sequences_left_}) b_.release(reg);
}

/// Reads the next sequence's position and, where that is done ahead, loads its first block.
void Lowering::begin_sequence() {
  b_.load_word(position_, position_place_, 0);
  b_.scalar(isa::kOpAdd, position_place_, position_place_, isa::kBytesPerWord);
  if (!loads_ahead()) return;
  load_first_block(sequence_cache_, sequence_cache_);
  next_sequence_cache();
}

void Lowering::next_sequence_cache() {
  b_.scalar(isa::kOpAdd, sequence_cache_, sequence_cache_,
            static_cast<std::int64_t>(plan_.memory.cache_sequence));
}

}  // namespace heddle::tiles
