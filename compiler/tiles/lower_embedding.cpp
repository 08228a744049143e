// Embedding rows, rotary rows and the first layer's parameters come in; the residual stream begins.
#include "compiler/tiles/lowering.hpp"
#include "isa/image.hpp"

namespace heddle::tiles {

void Lowering::load_rows() {
  const MemoryPlan& memory = plan_.memory;
  const auto rope_row = static_cast<std::int64_t>(memory.rope_row);
  // Behind the last use of the parameters lie the last uses of everything that is loaded here.
  const Reg table = b_.plain_register("table");
  const auto rotary = [&](Reg first, Value count, Reg offset, std::uint16_t wait) {
    b_.scalar(isa::kOpMul, temp_, first, rope_row);
    b_.scalar(isa::kOpAdd, temp_, temp_, table);
    b_.load({.tag = kTagQRope,
             .buffer = isa::kBufferV,
             .base = temp_,
             .rows = count,
             .row_bytes = rope_row,
             .mem_stride = rope_row,
             .local = b_.bytes_of(rope_, 0, offset),
             .local_stride = rope_row,
             .wait = wait});
  };
  address(table, "rope");
  if (batch()) {
    const Reg offset = patch0_, left = b_.plain_register("rows_left"), place = b_.plain_register("place");
    b_.tokens(isa::kOpLoad, kTagQRope, bit(kParametersFree), 0);
    address(place, "positions");
    b_.constant(offset, 0);
    b_.constant(left, space_.sequences);
    b_.loop(left, [&] {
      b_.load_word(position_, place, 0);
      b_.scalar(isa::kOpAdd, place, place, 4);
      rotary(position_, 1, offset, 0);
      b_.scalar(isa::kOpAdd, offset, offset, rope_row);
    });
    b_.release(left);
    b_.release(place);
  } else {
    rotary(position_, rows(), {}, bit(kParametersFree));
  }

  const std::int64_t row_bytes = shape().hidden_blocks * columns();
  address(table, "embedding");
  const auto gather = [&](Reg token, Reg row_offset, Reg scale_offset, std::uint16_t signal) {
    b_.scalar(isa::kOpMul, token, token, static_cast<std::int64_t>(memory.embedding_row));
    b_.scalar(isa::kOpAdd, token, token, table);
    b_.load({.tag = kTagEmbedding,
             .buffer = isa::kBufferA,
             .base = token,
             .row_bytes = row_bytes,
             .local = b_.bytes_of(embedding_rows_, 0, row_offset)});
    b_.load({.tag = kTagEmbedding,
             .buffer = isa::kBufferS,
             .base = token,
             .row_bytes = isa::kBytesPerWord,
             .mem_offset = static_cast<std::int64_t>(memory.embedding_scale),
             .local = b_.bytes_of(embedding_scale_, 0, scale_offset),
             .signal = signal});
  };
  if (space_.decode && !batch()) {
    address(temp_, "token_ids");
    b_.load_word(temp_, temp_, 0);
    gather(temp_, {}, {}, bit(kVectorFull));
  } else {
    const std::int64_t a_row = space_.embedding_row * columns();
    const std::int64_t s_row = space_.embedding_scale_row * isa::kBytesPerWord;
    const Reg row_offset = patch0_, scale_offset = patch1_;
    const Reg left = b_.plain_register("rows_left"), token = b_.plain_register("token");
    b_.constant(row_offset, 0);
    b_.constant(scale_offset, 0);
    // Rows of token_ids are tokens of this run.
    if (batch()) {
      address(token, "token_ids");
      b_.constant(left, space_.sequences);
    } else {
      b_.argument(token, isa::kArgumentLength);
      b_.scalar(isa::kOpSub, token, token, tokens_left_);
      b_.scalar(isa::kOpShl, token, token, 2);
      address(temp_, "token_ids");
      b_.scalar(isa::kOpAdd, token, token, temp_);
      b_.copy(left, rows_);
    }
    b_.loop(left, [&] {
      b_.load_word(temp_, token, 0);
      b_.scalar(isa::kOpAdd, token, token, 4);
      gather(temp_, row_offset, scale_offset, 0);
      b_.scalar(isa::kOpAdd, row_offset, row_offset, a_row);
      b_.scalar(isa::kOpAdd, scale_offset, scale_offset, s_row);
    });
    b_.tokens(isa::kOpLoad, kTagEmbedding, 0, bit(kVectorFull));
    b_.release(left);
    b_.release(token);
  }
  b_.release(table);
  load_parameters(layer_, 0, parameters_plan_.blocks, 0);
}

void Lowering::embed() {
  const std::int64_t hidden = shape().hidden_blocks;
  b_.vector({.tag = kTagEmbedding,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceA, at(embedding_rows_), space_.embedding_row},
             .pre_mul = isa::kSelS0,
             .s0 = at(embedding_scale_),
             .s_row = space_.embedding_scale_row,
             .d = Stream{isa::kSpaceV, at(x0_), hidden},
             .wait = bit(kVectorFull)});
  // The second copy, which the norm multiplies with the first: two streams come from two banks.
  b_.vector({.tag = kTagEmbedding,
             .columns = shape().hidden,
             .rows = rows(),
             .a = {isa::kSpaceV, at(x0_), hidden},
             .d = Stream{isa::kSpaceV, at(product_), hidden}});
}

}  // namespace heddle::tiles
