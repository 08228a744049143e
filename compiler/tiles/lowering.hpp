// Shared by the lower_*.cpp files: one program under construction.
//
// Discipline of tokens. Each unit executes in order, and semaphores are first in, first out, so that a wait
// in the program always stands behind the signal that answers it: no program can block itself. What a
// semaphore orders is said at its name in program.hpp; what a unit reuses without a token of its own is
// ordered by the turns that MATRIX and VECTOR take (kOperand, kResult).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "compiler/tiles/builder.hpp"
#include "compiler/tiles/plan.hpp"

namespace heddle::tiles {

/// Tags of graph operations; the same instructions serve every layer, hence the star.
enum Tag : int {
  kTagNone,
  kTagEmbedding,
  kTagInputNorm,
  kTagQ,
  kTagKv,
  kTagQRope,
  kTagKRope,
  kTagAttention,
  kTagO,
  kTagAttentionAdd,
  kTagPostNorm,
  kTagGate,
  kTagUp,
  kTagSiluMul,
  kTagDown,
  kTagMlpAdd,
  kTagNorm,
  kTagLogits,
  kTags
};
const char* tag_name(int tag);

class Lowering {
 public:
  Lowering(const Plan& plan, const ProgramSpace& space, const char* name);
  /// The whole program.
  Program build();

 private:
  struct Residual {  // the residual stream: where it is, and a second copy for its square
    int x, other;    // regions: it lies in x, and moves to `other` next
  };

  // lower_program.cpp
  void begin();
  void begin_rows();
  void locate_rows(Reg cache);
  void await_norm();
  void chunk_of_rows();
  void layer();
  void output();
  // lower_embedding.cpp
  void load_rows();
  void embed();
  // lower_weights.cpp
  void load_chunk(const Chunk& chunk, std::size_t index, int tag, Reg base, std::uint64_t offset);
  void load_first_chunks(std::size_t begin, std::size_t end);
  void load_parameters(Reg base, std::uint64_t offset, std::uint32_t blocks, std::uint16_t wait);
  void product(Projection projection, int tag, Value scale, const MatrixD& d, std::uint16_t wait,
               std::uint16_t signal);
  void roll_product(const Roll& roll, int tag, Value scale, const MatrixD& d);
  void finish_layer_chunks();
  MatrixOp segment_op(const ChunkSegment& segment, const Slot& slot, int tag) const;
  void chunk_used(std::size_t index);
  void flush_prefetch();
  // lower_rows.cpp
  void invert(int tag, int absmax, int inverse, std::int64_t words);
  void quantise(int tag, Value source, std::int64_t source_row, std::int64_t columns);
  void normalise(int tag, Residual residual, std::uint32_t weight, std::uint16_t wait, std::uint16_t signal);
  void add_residual(int tag, Residual* residual);
  // lower_qkv.cpp
  void keys_and_values();
  void store_cache_rows();
  void queries();
  // lower_attention.cpp
  void attention();
  void load_first_block(Reg data, Reg scales);
  void load_next_block(Reg left);
  void attention_step();
  void load_block(bool first);
  void score_product(bool first);
  void value_scales();
  void block_maximum(int maximum);
  void probabilities(int maximum, int sum);
  void value_product(bool first);
  void update_statistics();
  void later_block(Reg left);
  void count_block();
  void positions_of_block(Reg reg);
  // lower_sequences.cpp
  void append_rows_of_sequences();
  void attention_in_steps();
  void attention_of_heads(Reg cache, const std::function<void()>& next_step);
  void attention_of_sequences(const std::function<void()>& next_step, std::int64_t next_sequence_words);
  void begin_sequence();
  void next_sequence_cache();
  // lower_mlp.cpp
  void feed_forward();
  // lower_output.cpp
  void logits();
  void store_logits(const ChunkSegment& segment, int place, Reg out, Value count);

  const isa::Config& config() const { return plan_.config; }
  const PaddedShape& shape() const { return plan_.shape; }
  std::int64_t columns() const { return config().columns; }
  bool batch() const { return space_.sequences > 1; }
  /// Attention passes several times, for heads or for sequences, with the operands' places in registers.
  bool stepped() const { return steps() > 1 || batch(); }
  /// A sequence's last block is followed by loading the first of the next one.
  bool loads_ahead() const { return batch() && steps() == 1; }
  Value rows() const { return space_.decode ? Value(space_.rows) : Value(-1, 0, rows_); }
  Value inner() const { return space_.decode ? Value(space_.inner) : Value(-1, 0, rows_); }
  /// What the first product behind a layer's first norm, or the last, has to wait for itself: see await_norm.
  std::uint16_t norm_wait() const { return space_.decode ? std::uint16_t{0} : bit(kOperand); }
  int steps() const { return shape().kv_heads / space_.heads_step; }
  Value at(int region, std::int64_t offset = 0, Reg reg = {}) const { return Value(region, offset, reg); }
  int segment(const char* name) const;
  /// reg = address of a segment of the arena.
  void address(Reg reg, const char* name);

  const Plan& plan_;
  const ProgramSpace space_;
  ParameterPlan parameters_plan_;
  Builder b_;

  // Regions.
  int operand_, query_, probability_, cache_rows_, embedding_rows_;
  int x0_, x1_, value_scales_, gate_, queries_, scores_, mixed_, up_, kv_, product_, wide_, heads_out_,
      rescaled_;
  int parameters_, rope_, loaded_scales_, logits_[2];
  int absmax_, squares_, scale_, inverse_, query_absmax_, query_inverse_, cache_absmax_, cache_inverse_;
  int maximum_, block_maximum_, new_maximum_, sum_, block_sum_, kept_, added_, kept_sum_, added_sum_;
  int value_maximum_, value_inverse_, embedding_scale_;
  int cache_scales_ = -1;  // several sequences
  int keys_, values_, key_scales_, ones_;
  std::vector<int> slot_words_, slot_scales_;

  // Registers that live through the program.
  Reg one_, position_, temp_;
  Reg layers_, layer_, cache_;                        // layers left; this one's constants and cache
  Reg row_data_, row_scale_;                          // where the cache takes the new rows
  Reg phase_blocks_, phase_words_;                    // of new rows within a beat, in A and in S
  Reg patch0_, patch1_;                               // live from one instruction to the next
  Reg rows_, tokens_left_;                            // prefill: rows of this chunk; tokens from it on
  Reg logits_count_, logits_operand_, logits_scale_;  // prefill: rows of logits, where they stand
  // Registers of attention.
  Reg blocks_, block_data_, block_scales_;                  // blocks of the cache; the next one to load
  Reg positions_left_;                                      // that the first row sees from the next block on
  Reg limit_;                                               // prefill: first masked position of row 0
  Reg valid_, valid_n_, valid_k_;                           // positions of the block, in tiles of n and of k
  Reg step_blocks_, step_words_, step_data_, step_scales_;  // where attention is stepped
  Reg position_place_, sequence_cache_, sequences_left_;    // several sequences: the next one's

  Residual residual_{};
  std::size_t chunk_ = 0, chunk_segment_ = 0;  // next of the layer
  struct Prefetch {
    bool parameters = false;
    std::size_t index = 0;
  };
  std::vector<Prefetch> pending_;
  bool hold_prefetch_ = false;
};

}  // namespace heddle::tiles
