#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/issue_ahead.hpp"
#include "compiler/tiles/lower.hpp"
#include "compiler/tiles/lowering.hpp"
#include "compiler/tiles/verify.hpp"
#include "isa/image.hpp"

namespace heddle::tiles {

const char* tag_name(int tag) {
  constexpr const char* kNames[kTags] = {"",
                                         "embedding",
                                         "layers.*.input_norm",
                                         "layers.*.q_proj",
                                         "layers.*.kv_proj",
                                         "layers.*.q_rope",
                                         "layers.*.k_rope",
                                         "layers.*.attention",
                                         "layers.*.o_proj",
                                         "layers.*.attention_add",
                                         "layers.*.post_norm",
                                         "layers.*.gate_proj",
                                         "layers.*.up_proj",
                                         "layers.*.silu_mul",
                                         "layers.*.down_proj",
                                         "layers.*.mlp_add",
                                         "norm",
                                         "logits"};
  return kNames[tag];
}

Lowering::Lowering(const Plan& plan, const ProgramSpace& space, const char* name)
    : plan_(plan), space_(space), parameters_plan_(plan_parameters(plan.shape)), b_(plan.config, name) {
  const ProgramSpace& p = space_;
  const bool decode = p.decode;
  const PaddedShape& s = plan.shape;
  const auto rows = static_cast<std::uint32_t>(p.rows), pairs = static_cast<std::uint32_t>(p.statistics());
  const auto unit = [](int blocks) { return static_cast<std::uint32_t>(blocks); };
  const std::uint32_t hidden = unit(s.hidden_blocks), wide = unit(s.intermediate_blocks);
  const std::uint32_t q = unit(s.q_blocks()), kv = unit(s.kv_blocks()), score = unit(s.score_blocks);
  const std::uint32_t planes = unit(s.planes), bank = plan.config.v_bank_blocks();
  const std::uint32_t token_or_heads = decode ? unit(p.heads_step) : rows;

  operand_ = b_.region("operand", Memory::kA, p.operand, rows * p.operand_row);
  query_ = b_.region("query", Memory::kA, p.query, rows * q);
  cache_rows_ = b_.region("cache_rows", Memory::kA, p.cache, unit(p.sequences) * p.cache_step);
  embedding_rows_ = b_.region("embedding_rows", Memory::kA, p.embedding, rows * p.embedding_row);
  probability_ = b_.region("probability", Memory::kA, p.probability, pairs * score);

  x0_ = b_.region("x0", Memory::kV, 0, rows * hidden);
  value_scales_ = b_.region("value_scales", Memory::kV, p.value_scales, token_or_heads * score);
  gate_ = b_.region("gate", Memory::kV, 0, rows * wide);
  logits_[0] = b_.region("logits0", Memory::kV, 0, bank);
  x1_ = b_.region("x1", Memory::kV, bank, rows * hidden);
  queries_ = b_.region("queries", Memory::kV, bank, rows * q);
  scores_ = b_.region("scores", Memory::kV, bank, pairs * score);
  mixed_ = b_.region("mixed", Memory::kV, p.mixed, pairs * planes);
  up_ = b_.region("up", Memory::kV, p.up, rows * wide);
  logits_[1] = b_.region("logits1", Memory::kV, bank, bank);
  kv_ = b_.region("keys_values", Memory::kV, 2 * bank, rows * kv);
  product_ = b_.region("product", Memory::kV, 2 * bank, rows * hidden);
  wide_ = b_.region("gated", Memory::kV, 2 * bank, rows * wide);
  heads_out_ = b_.region("heads", Memory::kV, 2 * bank, rows * q);
  rescaled_ = b_.region("rescaled", Memory::kV, p.rescaled, pairs * planes);
  parameters_ = b_.region("parameters", Memory::kV, p.parameters, parameters_plan_.blocks);
  rope_ = b_.region("rope", Memory::kV, p.rope, rows * planes);
  loaded_scales_ =
      b_.region("loaded_scales", Memory::kV, p.loaded_scales, (decode ? unit(p.heads_step) : 1) * score);

  const auto array = [&](const char* name, std::uint32_t base, std::uint32_t words) {
    return b_.region(name, Memory::kS, base, round_up(words, plan.config.columns));
  };
  absmax_ = array("absmax", p.absmax, rows);
  squares_ = array("squares", p.squares, rows);
  scale_ = array("scale", p.scale, rows);
  inverse_ = array("inverse", p.inverse, rows);
  query_absmax_ = array("query_absmax", p.query_absmax, rows * unit(s.heads));
  query_inverse_ = array("query_inverse", p.query_inverse, rows * unit(s.heads));
  cache_absmax_ = array("cache_absmax", p.cache_absmax, 2 * unit(s.kv_heads) * p.cache_scale_row);
  cache_inverse_ = array("cache_inverse", p.cache_inverse, 2 * unit(s.kv_heads) * p.cache_scale_row);
  if (batch()) cache_scales_ = array("cache_scales", p.cache_scales, rows * p.cache_scales_step);
  maximum_ = array("maximum", p.maximum, pairs);
  block_maximum_ = array("block_maximum", p.block_maximum, pairs);
  new_maximum_ = array("new_maximum", p.new_maximum, pairs);
  sum_ = array("sum", p.sum, pairs);
  block_sum_ = array("block_sum", p.block_sum, pairs);
  kept_ = array("kept", p.kept, pairs);
  added_ = array("added", p.added, pairs);
  kept_sum_ = array("kept_sum", p.kept_sum, pairs);
  added_sum_ = array("added_sum", p.added_sum, pairs);
  value_maximum_ = array("value_maximum", p.value_maximum, token_or_heads);
  value_inverse_ = array("value_inverse", p.value_inverse, token_or_heads);
  embedding_scale_ =
      b_.region("embedding_scale", Memory::kS, p.embedding_scale, rows * p.embedding_scale_row);

  keys_ = b_.region("keys", Memory::kW, plan.chip.keys, plan.chip.kv_words);
  values_ = b_.region("values", Memory::kW, plan.chip.values, plan.chip.kv_words);
  key_scales_ = b_.region("key_scales", Memory::kC, plan.chip.key_scales, unit(p.heads_step) * score);
  ones_ = b_.region("ones", Memory::kC, plan.chip.ones, planes);
  for (std::size_t i = 0; i < plan.chunks.slots.size(); ++i) {
    const Slot& slot = plan.chunks.slots[i];
    const std::string number = std::to_string(i);
    slot_words_.push_back(b_.region("weights" + number, Memory::kW, slot.w_base, slot.w_words));
    slot_scales_.push_back(b_.region("scales" + number, Memory::kC, slot.c_base, slot.c_blocks));
  }
}

int Lowering::segment(const char* name) const {
  for (std::size_t i = 0; i < plan_.segments.size(); ++i) {
    if (plan_.segments[i].name == name) return static_cast<int>(i);
  }
  throw std::logic_error(std::string("no segment ") + name);
}

void Lowering::address(Reg reg, const char* name) {
  b_.argument(reg, isa::kArgumentArena);
  b_.scalar(isa::kOpAdd, reg, reg, 0, segment(name));
}

// Registers and credits of the whole run.
void Lowering::begin() {
  one_ = b_.plain_register("one");
  position_ = b_.plain_register("position");
  temp_ = b_.plain_register("temp");
  layers_ = b_.plain_register("layers");
  layer_ = b_.plain_register("layer");
  cache_ = b_.plain_register("cache");
  row_data_ = b_.plain_register("row_data");
  row_scale_ = b_.plain_register("row_scale");
  blocks_ = b_.plain_register("blocks");
  block_data_ = b_.plain_register("block_data");
  block_scales_ = b_.plain_register("block_scales");
  positions_left_ = b_.plain_register("positions_left");
  b_.constant(one_, 1);
  if (!batch()) b_.argument(position_, isa::kArgumentStart);

  const std::int64_t columns = this->columns(), bus = config().bus_bytes;
  if (bus > columns) phase_blocks_ = b_.patch_register("phase_blocks", 0, bus / columns - 1);
  if (bus > isa::kBytesPerWord) {
    phase_words_ = b_.patch_register("phase_words", 0, bus / isa::kBytesPerWord - 1);
  }
  patch0_ = b_.patch_register("patch0", 0, 0);
  patch1_ = b_.patch_register("patch1", 0, 0);
  valid_ = b_.patch_register("valid", 1, kAttentionBlock);
  valid_n_ = b_.patch_register("valid_n", 1, kAttentionBlock / columns);
  valid_k_ = b_.patch_register("valid_k", 1, kAttentionBlock / config().rows);
  if (!space_.decode) {
    tokens_left_ = b_.plain_register("tokens_left");
    rows_ = b_.patch_register("rows", 1, space_.rows);
    limit_ = b_.patch_register("limit", 1, kAttentionBlock);
    logits_count_ = b_.patch_register("logits_count", 0, space_.rows);
    // No range: they are past zero only where there is one row.
    logits_operand_ = b_.patch_register("logits_operand", 0, 0);
    logits_scale_ = b_.patch_register("logits_scale", 0, 0);
    b_.argument(tokens_left_, isa::kArgumentLength);
  }

  b_.credit(kWeightsFree, static_cast<int>(plan_.chunks.slots.size()));
  b_.credit(kKvFree, 2);
  b_.credit(kParametersFree, 1);
  b_.credit(kScalesFree, 1);
  b_.credit(kLogitsFree, 2);

  address(temp_, "ones");
  b_.load({.tag = kTagAttention,
           .buffer = isa::kBufferC,
           .base = temp_,
           .row_bytes = static_cast<std::int64_t>(shape().planes) * config().block_bytes(),
           .local = b_.bytes_of(ones_)});
}

/// Where the cache that begins at `cache` takes rows from position_ on, and how many blocks it has by then.
void Lowering::locate_rows(Reg cache) {
  const std::int64_t columns = this->columns(), bus = config().bus_bytes;
  const MemoryPlan& memory = plan_.memory;
  if (phase_blocks_.id != 0) b_.scalar(isa::kOpAnd, phase_blocks_, position_, bus / columns - 1);
  if (phase_words_.id != 0) b_.scalar(isa::kOpAnd, phase_words_, position_, bus / isa::kBytesPerWord - 1);
  b_.scalar(isa::kOpAnd, temp_, position_, kAttentionBlock - 1);  // the row within its block
  b_.scalar(isa::kOpShl, row_data_, temp_, log2_of(static_cast<std::uint64_t>(columns)));
  b_.scalar(isa::kOpShl, row_scale_, temp_, 2);
  b_.scalar(isa::kOpAdd, row_scale_, row_scale_, static_cast<std::int64_t>(memory.cache_scales));
  b_.scalar(isa::kOpShr, blocks_, position_, log2_of(kAttentionBlock));
  b_.scalar(isa::kOpMul, temp_, blocks_, static_cast<std::int64_t>(memory.cache_block));
  b_.scalar(isa::kOpAdd, temp_, temp_, cache);
  b_.scalar(isa::kOpAdd, row_data_, row_data_, temp_);
  b_.scalar(isa::kOpAdd, row_scale_, row_scale_, temp_);
  b_.scalar(isa::kOpAdd, blocks_, blocks_, 1);
}

// Registers of the next rows: how many, where the cache takes them, which of them want logits.
void Lowering::begin_rows() {
  if (!space_.decode) {
    b_.scalar(isa::kOpAnd, temp_, position_, kAttentionBlock - 1);
    // Rows never cross a block of attention, so that new rows lie in one block of the cache.
    b_.constant(rows_, kAttentionBlock);
    b_.scalar(isa::kOpSub, rows_, rows_, temp_);
    b_.scalar(isa::kOpMin, rows_, rows_, space_.rows);
    b_.scalar(isa::kOpMin, rows_, rows_, tokens_left_);
  }
  address(layer_, "layers");
  address(cache_, "kv_cache");
  if (batch()) return;  // each sequence has its own
  if (plan_.sequences() > 1) {
    b_.argument(temp_, isa::kArgumentSequence);
    b_.scalar(isa::kOpMul, temp_, temp_, static_cast<std::int64_t>(plan_.memory.cache_sequence / kCacheUnit));
    b_.scalar(isa::kOpShl, temp_, temp_, log2_of(kCacheUnit));
    b_.scalar(isa::kOpAdd, cache_, cache_, temp_);
  }
  locate_rows(cache_);
  if (space_.decode) return;
  // All rows want logits, or the last of all, or none.
  b_.constant(logits_scale_, 0);
  b_.argument(temp_, isa::kArgumentAllLogits);
  b_.branch(
      {isa::kOpBranchNe, temp_, Reg{}}, [&] { b_.copy(logits_count_, rows_); },
      [&] {
        b_.constant(logits_count_, 0);
        b_.branch({isa::kOpBranchEq, rows_, tokens_left_}, [&] {
          b_.constant(logits_count_, 1);
          b_.scalar(isa::kOpSub, logits_scale_, rows_, one_);
        });
      });
  b_.scalar(isa::kOpMul, logits_operand_, logits_scale_, std::int64_t{space_.operand_row});
}

void Lowering::layer() {
  normalise(kTagInputNorm, residual_, parameters_plan_.input_norm, bit(kVectorFull), 0);
  keys_and_values();
  if (batch()) {
    append_rows_of_sequences();
  } else {
    store_cache_rows();
  }
  queries();
  attention();
  add_residual(kTagAttentionAdd, &residual_);
  normalise(kTagPostNorm, residual_, parameters_plan_.post_norm, 0, bit(kParametersFree));
  feed_forward();
  add_residual(kTagMlpAdd, &residual_);
  await_norm();
  b_.scalar(isa::kOpAdd, layer_, layer_, static_cast<std::int64_t>(plan_.memory.layer));
  for (const Reg reg : {cache_, row_data_, row_scale_}) {
    if (batch() && reg != cache_) continue;  // found anew for each sequence
    b_.scalar(isa::kOpAdd, reg, reg, static_cast<std::int64_t>(plan_.memory.cache_layer));
  }
}

/// MATRIX waits for the rows of the next norm, a layer's first or the last of all, before their work is
/// issued. In prefill no norm may follow, and their first product waits.
void Lowering::await_norm() {
  if (space_.decode) b_.tokens(isa::kOpMatrix, kTagInputNorm, bit(kOperand), 0);
}

void Lowering::chunk_of_rows() {
  await_norm();
  begin_rows();
  // Weights keep the bus busy while words of each sequence are read.
  const std::size_t before = batch() ? 1 : 0;
  load_first_chunks(0, before);
  load_rows();
  embed();
  load_first_chunks(before, plan_.chunks.slots.size());
  residual_ = {x0_, x1_};
  b_.constant(layers_, shape().layers);
  b_.loop(layers_, [&] { layer(); });
  if (space_.decode) {
    logits();
    return;
  }
  b_.branch({isa::kOpBranchNe, logits_count_, Reg{}}, [&] {
    logits();
    // The next rows write V where pieces of these logits may still wait for STORE.
    b_.fence();
  });
}

Program Lowering::build() {
  begin();
  if (space_.decode) {
    chunk_of_rows();
    return b_.take();
  }
  b_.branch({isa::kOpBranchLt, Reg{}, tokens_left_}, [&] {
    b_.repeat(
        [&] {
          chunk_of_rows();
          b_.scalar(isa::kOpAdd, position_, position_, rows_);
          b_.scalar(isa::kOpSub, tokens_left_, tokens_left_, rows_);
        },
        {isa::kOpBranchLt, Reg{}, tokens_left_});
  });
  return b_.take();
}

Module lower(const Plan& plan) {
  Module module;
  module.config = plan.config;
  for (int tag = 0; tag < kTags; ++tag) module.operations.push_back(tag_name(tag));
  module.segments = plan.segments;
  module.programs.push_back(Lowering(plan, plan.chip.prefill, "prefill").build());
  module.programs.push_back(Lowering(plan, plan.chip.decode, "decode").build());
  if (plan.sequences() > 1) {
    module.programs.push_back(Lowering(plan, plan.chip.decode_batch, "decode_batch").build());
  }
  for (Program& program : module.programs) issue_ahead(&program);
  verify(module);
  return module;
}

}  // namespace heddle::tiles
