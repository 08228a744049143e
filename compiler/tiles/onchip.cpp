#include "compiler/tiles/onchip.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/program.hpp"

namespace heddle::tiles {
namespace {

constexpr int kMostRows = 32;  // beyond, weights are reused enough and attention gains nothing

using Units = std::uint32_t;

/// Hands out the units of a memory's bank from below; remembers the first request that did not fit.
class Bank {
 public:
  Bank(const isa::Config& config, Memory memory, int bank, std::string* error)
      : config_(config), memory_(memory), bank_(bank), error_(error) {
    size_ = unit_count(config, memory) / bank_count(memory);
    base_ = size_ * static_cast<Units>(bank);
  }
  bool fits(std::uint64_t units, Units align = 1) const {
    return round_up(std::uint64_t{used_}, align) + units <= size_;
  }
  Units take(std::uint64_t units, const char* what, Units align = 1) {
    used_ = round_up(used_, align);
    if (used_ + units > size_ && error_->empty()) {
      const Units bytes = unit_bytes(config_, memory_);
      *error_ = fmt::format(
          "bank {} of memory {} holds {} bytes, {} would need {} bytes behind {} others: "
          "enlarge {}_bytes in the configuration",
          bank_, memory_name(memory_), std::uint64_t{size_} * bytes, what, units * bytes,
          std::uint64_t{used_} * bytes, memory_name(memory_));
    }
    const Units at = base_ + used_;
    used_ += static_cast<Units>(std::min<std::uint64_t>(units, size_));
    return at;
  }
  /// Goes back to an earlier fill: what follows shares its place with what came since.
  void rewind(Units used = 0) { used_ = used; }

 private:
  const isa::Config& config_;
  Memory memory_;
  int bank_;
  std::string* error_;
  Units size_ = 0, base_ = 0, used_ = 0;
};

class Planner {
 public:
  Planner(const PaddedShape& shape, const isa::Config& config) : shape_(shape), config_(config) {}

  /// Empty: it fits.
  std::string plan(ProgramSpace* out, bool decode, int rows, int heads_step, int sequences = 1) {
    error_.clear();
    ProgramSpace& p = *out;
    p = {};
    p.decode = decode;
    p.rows = rows;
    p.sequences = sequences;
    p.heads_step = heads_step;
    p.inner = decode ? shape_.group : rows;
    p.outer = decode ? heads_step : shape_.group;
    if (static_cast<Units>(p.inner) > config_.acc_rows() || static_cast<Units>(rows) > config_.acc_rows()) {
      error_ = fmt::format("{} rows of accumulators are needed, the device has {}: enlarge acc_bytes",
                           std::max(p.inner, rows), config_.acc_rows());
    }
    plan_a(p);
    plan_v(p);
    plan_s(p);
    return error_;
  }

 private:
  std::uint64_t rows(const ProgramSpace& p, std::uint64_t units) const {
    return static_cast<std::uint64_t>(p.rows) * units;
  }
  std::uint64_t pairs(const ProgramSpace& p) const { return static_cast<std::uint64_t>(p.statistics()); }

  void plan_a(ProgramSpace& p) {
    const Units bus_blocks = std::max(1u, config_.bus_bytes / config_.columns);
    p.operand_row =
        static_cast<Units>(std::max({shape_.hidden_blocks, shape_.intermediate_blocks, shape_.q_blocks()}));
    // New rows of one sequence, at any place within a beat.
    const Units rows_of_one = static_cast<Units>(p.sequences > 1 ? 1 : p.rows);
    p.cache_row = round_up(rows_of_one + bus_blocks - 1, bus_blocks);
    p.cache_step = p.cache_row * static_cast<Units>(shape_.kv_blocks());
    p.embedding_row = round_up(static_cast<Units>(shape_.hidden_blocks), bus_blocks);
    Bank bank0(config_, Memory::kA, 0, &error_), bank1(config_, Memory::kA, 1, &error_);
    p.operand = bank0.take(rows(p, p.operand_row), "rows of activations");
    p.query = bank0.take(rows(p, static_cast<Units>(shape_.q_blocks())), "queries");
    p.cache = bank1.take(std::uint64_t{p.cache_step} * static_cast<Units>(p.sequences), "new keys and values",
                         bus_blocks);
    p.embedding = bank1.take(rows(p, p.embedding_row), "embedding rows", bus_blocks);
    p.probability = bank1.take(pairs(p) * static_cast<Units>(shape_.score_blocks), "probabilities");
  }

  void plan_v(ProgramSpace& p) {
    const auto hidden = static_cast<Units>(shape_.hidden_blocks);
    const auto wide = static_cast<Units>(shape_.intermediate_blocks);
    const auto q = static_cast<Units>(shape_.q_blocks()), kv = static_cast<Units>(shape_.kv_blocks());
    const auto block = static_cast<Units>(shape_.score_blocks), planes = static_cast<Units>(shape_.planes);
    Bank bank0(config_, Memory::kV, 0, &error_), bank1(config_, Memory::kV, 1, &error_);
    Bank bank2(config_, Memory::kV, 2, &error_), bank3(config_, Memory::kV, 3, &error_);
    bank0.take(rows(p, hidden), "the residual stream");
    p.value_scales = bank0.take(
        (p.decode ? static_cast<Units>(p.heads_step) : static_cast<Units>(p.rows)) * std::uint64_t{block},
        "scales of values");
    bank0.rewind();
    bank0.take(rows(p, wide), "the gate of the feed-forward network");

    bank1.take(rows(p, q), "queries");
    bank1.rewind();
    bank1.take(pairs(p) * block, "attention scores");
    p.mixed = bank1.take(pairs(p) * planes, "values of a block");
    bank1.rewind();
    bank1.take(rows(p, hidden), "the residual stream");
    p.up = bank1.take(rows(p, wide), "the feed-forward network");

    bank2.take(rows(p, kv), "keys and values");
    bank2.rewind();
    bank2.take(rows(p, hidden), "a product");
    bank2.rewind();
    bank2.take(rows(p, wide), "the feed-forward network");
    bank2.rewind();
    bank2.take(rows(p, q), "outputs of heads");
    p.rescaled = bank2.take(pairs(p) * planes, "outputs of heads");

    p.parameters = bank3.take(plan_parameters(shape_).blocks, "a layer's norms and biases");
    p.rope = bank3.take(rows(p, planes), "rotary tables");
    p.loaded_scales = bank3.take((p.decode ? static_cast<Units>(p.heads_step) : 1u) * std::uint64_t{block},
                                 "scales of values");
  }

  void plan_s(ProgramSpace& p) {
    const Units bus_words = std::max(1u, config_.bus_bytes / isa::kBytesPerWord);
    const Units scale_words =
        p.sequences > 1 ? static_cast<Units>(p.rows) : static_cast<Units>(p.rows) + bus_words - 1;
    p.cache_scale_row = round_up(scale_words, bus_words);
    p.embedding_scale_row = bus_words;
    Bank bank0(config_, Memory::kS, 0, &error_), bank1(config_, Memory::kS, 1, &error_);
    p.embedding_scale = bank1.take(rows(p, bus_words), "embedding scales", bus_words);
    // Arrays that a pass reads as a stream are whole blocks.
    const auto array = [&](std::uint64_t words, const char* what) {
      words = round_up(words, config_.columns);
      Bank& bank = bank0.fits(words) || !bank1.fits(words, config_.columns) ? bank0 : bank1;
      return bank.take(words, what, config_.columns);
    };
    // These four are written while LOAD may write bank 1.
    p.absmax = array(rows(p, 1), "scales of rows");
    p.squares = array(rows(p, 1), "scales of rows");
    p.scale = array(rows(p, 1), "scales of rows");
    p.inverse = array(rows(p, 1), "scales of rows");
    const std::uint64_t heads = rows(p, static_cast<Units>(shape_.heads));
    const std::uint64_t cache = 2ull * static_cast<Units>(shape_.kv_heads) * p.cache_scale_row;
    p.query_absmax = array(heads, "scales of queries");
    p.query_inverse = array(heads, "scales of queries");
    p.cache_absmax = array(round_up(cache, bus_words), "scales of keys and values");
    p.cache_inverse = array(cache, "scales of keys and values");
    if (p.sequences > 1) {
      p.cache_scales_step = static_cast<Units>(cache);
      p.cache_scales = array(rows(p, p.cache_scales_step), "scales of keys and values");
    }
    for (Units* statistic : {&p.maximum, &p.block_maximum, &p.new_maximum, &p.sum, &p.block_sum, &p.kept,
                             &p.added, &p.kept_sum, &p.added_sum}) {
      *statistic = array(pairs(p), "statistics of attention");
    }
    const std::uint64_t maxima = p.decode ? static_cast<Units>(p.heads_step) : static_cast<Units>(p.rows);
    p.value_maximum = array(maxima, "scales of values");
    p.value_inverse = array(maxima, "scales of values");
  }

  const PaddedShape& shape_;
  const isa::Config& config_;
  std::string error_;
};

/// Words of W that keys, or values, of a block take.
std::uint64_t kv_words(const PaddedShape& shape, const isa::Config& config, int heads) {
  return std::uint64_t{static_cast<Units>(heads * shape.planes)} * kAttentionBlock * config.columns /
         config.w_word_bytes();
}

[[noreturn]] void refuse(const PaddedShape& shape, const std::string& error) {
  throw std::runtime_error(
      fmt::format("the model (hidden size {}, intermediate size {}, {} heads of {}) does "
                  "not fit on the chip: {}",
                  shape.hidden, shape.intermediate, shape.heads, shape.head_dim, error));
}

}  // namespace

ParameterPlan plan_parameters(const PaddedShape& shape) {
  ParameterPlan plan;
  const auto hidden = static_cast<Units>(shape.hidden_blocks);
  plan.kv_bias = hidden;
  plan.q_bias = plan.kv_bias + (shape.qkv_bias ? static_cast<Units>(shape.kv_blocks()) : 0u);
  plan.post_norm = plan.q_bias + (shape.qkv_bias ? static_cast<Units>(shape.q_blocks()) : 0u);
  plan.output_bias = plan.post_norm + hidden;
  plan.blocks = plan.output_bias + (shape.output_bias ? hidden : 0u);
  return plan;
}

OnChipPlan plan_onchip(const PaddedShape& shape, const isa::Config& config, int most_rows, int batch) {
  OnChipPlan plan;
  Planner planner(shape, config);
  std::string error;
  for (int rows = most_rows > 0 ? std::min(most_rows, kAttentionBlock) : kMostRows; rows >= 1;
       rows = rows > 8 ? rows / 2 : rows - 1) {
    error = planner.plan(&plan.prefill, false, rows, 1);
    if (error.empty()) break;
  }
  if (!error.empty()) refuse(shape, error);

  // Decode takes as many key/value heads at a time as leave room for weights; at least one.
  const Units ones = static_cast<Units>(shape.planes);
  for (int heads = shape.kv_heads; heads >= 1; --heads) {
    if (shape.kv_heads % heads != 0) continue;
    const bool roomy = 8 * kv_words(shape, config, heads) <= config.w_words() &&
                       2 * static_cast<Units>(heads * shape.score_blocks) <= config.c_blocks();
    error = planner.plan(&plan.decode, true, 1, heads);
    if (error.empty() && (roomy || heads == 1)) break;
  }
  if (!error.empty()) refuse(shape, error);

  if (batch > 1) {
    error = planner.plan(&plan.decode_batch, true, batch, plan.decode.heads_step, batch);
    if (!error.empty()) refuse(shape, fmt::format("in a batch of {} sequences, {}", batch, error));
  }

  const Units beat_words = std::max(1u, config.bus_bytes / config.w_word_bytes());
  const std::uint64_t words = round_up(kv_words(shape, config, plan.decode.heads_step), beat_words);
  const Units score = static_cast<Units>(plan.decode.heads_step * shape.score_blocks);
  if (2 * words >= config.w_words() || score + ones >= config.c_blocks()) {
    refuse(shape,
           fmt::format("keys and values of {} positions of one head need {} of {} bytes of W and {} of {} "
                       "bytes of C: enlarge w_bytes or c_bytes in the configuration",
                       kAttentionBlock, 2 * words * config.w_word_bytes(), config.w_bytes,
                       std::uint64_t{score + ones} * config.block_bytes(), config.c_bytes));
  }
  plan.kv_words = static_cast<Units>(words);
  plan.keys = 0;
  plan.values = plan.kv_words;
  plan.key_scales = 0;
  plan.ones = score;
  plan.chunks.w_base = 2 * plan.kv_words;
  plan.chunks.w_words = config.w_words() - plan.chunks.w_base;
  plan.chunks.c_base = score + ones;
  plan.chunks.c_blocks = config.c_blocks() - plan.chunks.c_base;
  const int most_tokens = std::max(plan.prefill.rows, plan.decode_batch.rows);
  plan.chunks.logits_tiles = std::max(1u, config.v_bank_blocks() / static_cast<Units>(most_tokens));
  return plan;
}

}  // namespace heddle::tiles
