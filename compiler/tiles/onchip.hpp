// Where everything lives on the chip: which rows a program takes at a time, and what each memory's banks
// hold.
//
// Banks have one owner of each port at a time. V: bank 3 belongs to LOAD (parameters, rotary rows, value
// scales); banks 0 and 1 hold the residual stream in turn, and bank 2 what is added to it. A: bank 0 holds
// operands of products with weights, bank 1 those of attention and what STORE and LOAD touch. S: LOAD writes
// bank 1 only.
#pragma once
#include <cstdint>

#include "compiler/tiles/chunks.hpp"
#include "compiler/tiles/shape.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

/// Sizes and strides of one program's scratchpads; units of address of each memory.
struct ProgramSpace {
  bool decode = false;  // rows of attention are heads of one token, else tokens of one head
  int rows = 1;         // most tokens that it takes at once
  int sequences = 1;    // that the tokens belong to; more than one: each token has a sequence of its own
  int heads_step = 1;   // key/value heads that one step of attention takes
  // Loops of attention: `inner` rows of `outer` groups; tokens of heads, or (decode) heads of key/value
  // heads.
  int inner = 1, outer = 1;

  // A
  std::uint32_t operand_row = 0;                            // blocks from row to row
  std::uint32_t operand = 0, query = 0;                     // bank 0
  std::uint32_t probability = 0, cache = 0, embedding = 0;  // bank 1
  std::uint32_t cache_row = 0;      // blocks from plane to plane of new keys and values
  std::uint32_t cache_step = 0;     // blocks from sequence to sequence of these
  std::uint32_t embedding_row = 0;  // blocks from row to row
  // V
  std::uint32_t value_scales = 0;  // bank 0, behind the residual stream: normalised scales of values
  std::uint32_t mixed = 0;         // bank 1, behind the scores
  std::uint32_t up = 0;            // bank 1, behind the residual stream
  std::uint32_t rescaled = 0;      // bank 2, behind the heads' outputs
  std::uint32_t parameters = 0, rope = 0, loaded_scales = 0;  // bank 3
  // S: arrays for each row of activations
  std::uint32_t absmax = 0, squares = 0, scale = 0, inverse = 0;
  // and of attention
  std::uint32_t query_absmax = 0, query_inverse = 0, cache_absmax = 0, cache_inverse = 0;
  std::uint32_t cache_scale_row = 0;    // words from head to head of new scales
  std::uint32_t cache_scales = 0;       // several sequences: new scales where STORE takes them
  std::uint32_t cache_scales_step = 0;  // words from sequence to sequence of these
  std::uint32_t maximum = 0, block_maximum = 0, new_maximum = 0, sum = 0, block_sum = 0, kept = 0, added = 0;
  std::uint32_t kept_sum = 0, added_sum = 0;
  std::uint32_t value_maximum = 0, value_inverse = 0;
  std::uint32_t embedding_scale = 0;      // bank 1
  std::uint32_t embedding_scale_row = 0;  // words from row to row

  int statistics() const { return inner * outer; }
};

struct OnChipPlan {
  ProgramSpace prefill, decode;
  ProgramSpace decode_batch;  // one sequence: there is no such program
  // W and C are laid out once for all.
  std::uint32_t keys = 0, values = 0, kv_words = 0;  // words of W; kv_words each
  std::uint32_t key_scales = 0, ones = 0;            // blocks of C
  ChunkSpace chunks;
};

/// Blocks of the parameters of a layer, in the order in which they lie: norm, biases, norm, bias.
struct ParameterPlan {
  std::uint32_t input_norm = 0, kv_bias = 0, q_bias = 0, post_norm = 0, output_bias = 0, blocks = 0;
};
ParameterPlan plan_parameters(const PaddedShape& shape);

/// `rows`: most tokens that prefill takes at once; 0: as many as fit, at most 32. `batch`: sequences that
/// decode_batch takes at once; up to 1: none.
/// Throws std::runtime_error naming the memory that is too small, what it must hold and what it can.
OnChipPlan plan_onchip(const PaddedShape& shape, const isa::Config& config, int rows, int batch);

}  // namespace heddle::tiles
