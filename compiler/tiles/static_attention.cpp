// Attention, fused: the scores of some queries of a head with all keys stand in V, and go from there to A as
// probabilities; neither is ever in device memory.
//
//   s = q k^T; m = max s; p = exp(s - m) * (scale of the key's value) * 127 / (largest such scale), 8 bits;
//   l = sum exp(s - m); output = (p v) * (that largest scale / l), by MATRIX
//
// The scale of a value belongs to its token, on the axis that the product sums over, and so goes into p. A
// mask is added to s: one for all rows, or rows of its own for each row. Sequences of a batch follow one
// another, each with heads of keys and values of its own. Rows of a causal attention take the tiles of keys
// up to the last row's. MATRIX computes the scores of later queries while VECTOR is at the softmax of earlier
// ones.
#include <algorithm>
#include <deque>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/static_lowering.hpp"

namespace heddle::tiles {
namespace {
// Arrays of scalars of a set of queries.
enum : int { kMaximum, kSum, kScale, kStatistics };
}  // namespace

void StaticLowering::attention(const StaticOp& op) {
  const AttentionTiling tiling = tile_attention(plan_, op, tiling_);
  const StaticTensor& q = plan_.tensor(op.in);
  if (!ones_loaded_) load_constants(isa::kBufferC, plan_.ones, shares_.ones, {ones_, 0}, kLoadKeys);
  ones_loaded_ = true;
  head_ = {};
  turn_ = places_ = 0;
  out_slots_ = Ring(out_, shares_.out, std::int64_t{tiling.rows} * q.planes);
  if (op.out8 >= 0) {
    const std::int64_t most = (q.planes + row8_blocks(config(), 1) - 1) * columns();
    row8_slots_ = Ring(rows8_, shares_.rows8, tiling.rows * row8_blocks(config(), most));
  }
  if (op.mask >= 0) {
    const std::int64_t keys = plan_.tensor(op.mask).cols;
    mask_slots_ = Ring(rows_in_, shares_.rows_in, tiling.rows * blocks(keys));
    flag_slots_ = Ring(rows8_, shares_.rows8, tiling.rows * row8_blocks(config(), keys));
  }
  held_mask_ = {};
  if (op.scores < 0)
    fused(op, tiling);
  else
    unfused(op, tiling);
}

void StaticLowering::begin_head(const StaticOp& op, const AttentionTiling& tiling, std::int64_t index,
                                const std::function<void(int slot)>& free) {
  const StaticTensor& q = plan_.tensor(op.in);
  const std::int64_t shared = q.heads / op.kv_heads, sequence = index / q.heads, head = index % q.heads;
  for (const HeadSource& source : op.sources) {
    if (head % shared == 0) quantise_head(op, source, sequence, head / shared);
  }
  const std::int64_t kv_head = sequence * op.kv_heads + head / shared;
  const int slot = next_slot(tiling, kv_head);
  if (slot < 0) return;
  free(slot);
  load_head(op, kv_head, slot);
}

void StaticLowering::fused(const StaticOp& op, const AttentionTiling& tiling) {
  const StaticTensor& q = plan_.tensor(op.in);
  const std::int64_t rows = q.rows / q.batch;
  std::deque<Scores> waiting;
  const auto mix_first = [&] {
    mix(op, waiting.front());
    waiting.pop_front();
  };
  for (std::int64_t i = 0; i < q.batch * q.heads; ++i) {
    begin_head(op, tiling, i, [&](int slot) {
      while (!waiting.empty() && waiting.front().key_slot == slot) mix_first();
    });
    for (std::int64_t row = 0; row < rows; row += tiling.rows) {
      const std::int64_t count = std::min<std::int64_t>(tiling.rows, rows - row);
      waiting.push_back(
          score(op, tiling, {.sequence = i / q.heads, .head = i % q.heads, .row0 = row, .rows = count}));
      softmax(op, waiting.back());
      if (static_cast<int>(waiting.size()) == tiling.buffers) mix_first();
    }
  }
  while (!waiting.empty()) mix_first();
}

Value StaticLowering::load_mask(const StaticOp& op, const Scores& scores) {
  const StaticTensor& mask = plan_.tensor(op.mask);
  const std::int64_t width = blocks(mask.cols), head = op.mask_heads == 1 ? 0 : scores.head,
                     sequence = op.mask_batch == 1 ? 0 : scores.sequence;
  const bool shared = op.mask_rows == 1;
  const std::int64_t count = shared ? 1 : scores.rows,
                     row = (sequence * op.mask_heads + head) * op.mask_rows + (shared ? 0 : scores.row0);
  if (shared && held_mask_.row == row) return held_mask_.place;
  const Value place = shared ? Value(vectors_, shares_.vectors - width) : mask_slots_.next(2);
  if (shared) held_mask_ = {row, place};
  const bool flags = mask.dtype == graph::DType::kBool;
  const Value from = flags ? flag_slots_.next(2) : place;
  const auto stride = static_cast<std::int64_t>(mask.row_stride);
  load({.buffer = flags ? isa::kBufferA : isa::kBufferV,
        .base = base_of(mask),
        .rows = count,
        .row_bytes = flags ? mask.cols : mask.cols * isa::kBytesPerWord,
        .mem_offset = static_cast<std::int64_t>(mask.offset) + row * stride,
        .mem_stride = stride,
        .local = bytes(from),
        .local_stride = stride},
       kLoadKeys, {op.mask, row, row + count, 0, mask.cols});
  if (flags) {  // 1 to 0, 0 to the masked score
    vector({.columns = mask.cols,
            .rows = count,
            .a = {isa::kSpaceA, from, stride / columns()},
            .pre_mul = isa::kSelImm0,
            .pre_add = isa::kSelImm1,
            .d = Stream{isa::kSpaceV, place, width},
            .imm0 = -isa::kMaskedScore,
            .imm1 = isa::kMaskedScore},
           kVectorAttention);
  }
  return place;
}

/// Where the keys and values of a head go; -1 when an earlier head shared them.
int StaticLowering::next_slot(const AttentionTiling& tiling, std::int64_t kv_head) const {
  if (head_.kv_head == kv_head) return -1;
  return head_.kv_head < 0 ? 0 : (head_.slot + 1) % tiling.key_slots;
}

void StaticLowering::load_head(const StaticOp& op, std::int64_t kv_head, int slot) {
  const StaticTensor &k = plan_.tensor(op.keys), &v = plan_.tensor(op.values);
  // Of the sequence; a piece counts heads of one.
  const std::int64_t keys = k.rows / k.batch, row = kv_head / op.kv_heads * keys, own = kv_head % op.kv_heads;
  head_.slot = slot;
  head_.kv_head = kv_head;
  const std::int64_t width = blocks(keys), plane = static_cast<std::int64_t>(k.plane_stride),
                     words = k.planes * plane / config().w_word_bytes();
  head_.keys = {weights_, slot * 2 * words};
  head_.values = {weights_, slot * 2 * words + words};
  head_.key_scales = {key_scales_, slot * width};
  const std::int64_t vectors = shares_.vectors - (1 + 2 * (slot + 1)) * width;
  // VECTOR's own bank; a mask has the scores there.
  head_.value_scales = op.mask < 0 ? Value(masked_, slot * width) : Value(vectors_, vectors);
  const Value raw(vectors_, vectors + width);
  // The largest scale and 127 over it, behind the statistics of queries.
  const std::int64_t scalar = shares_.attention_scalars - 2 * (slot + 1);
  head_.largest_value = {attention_scalars_, scalar};
  const Value inverse(attention_scalars_, scalar + 1);

  const auto data = [&](const StaticTensor& tensor, int index, Value to) {
    load({.buffer = isa::kBufferW,
          .base = base_of(tensor),
          .row_bytes = tensor.planes * plane,
          .mem_offset = static_cast<std::int64_t>(tensor.offset) + kv_head * tensor.planes * plane,
          .local = bytes(to)},
         kLoadKeys, {index, row, row + keys, own, own + 1});
  };
  const auto scales = [&](const StaticTensor& tensor, int index, isa::Buffer buffer, Value to) {
    load({.buffer = buffer,
          .base = base_of(tensor),
          .row_bytes = keys * isa::kBytesPerWord,
          .mem_offset = static_cast<std::int64_t>(tensor.scales +
                                                  static_cast<std::uint64_t>(kv_head) * tensor.scale_stride),
          .local = bytes(to)},
         kLoadKeys, {index, row, row + keys, own, own + 1});
  };
  data(k, op.keys, head_.keys);
  scales(k, op.keys, isa::kBufferC, head_.key_scales);
  data(v, op.values, head_.values);
  scales(v, op.values, isa::kBufferV, raw);
  vector({.columns = keys, .a = {isa::kSpaceV, raw}, .reduce = isa::kReduceMax, .red = head_.largest_value},
         kVectorAttention);
  invert({}, head_.largest_value, inverse, kVectorAttention);
  vector({.columns = keys,
          .a = {isa::kSpaceV, raw},
          .pre_mul = isa::kSelS0,
          .s0 = inverse,
          .d = Stream{isa::kSpaceV, head_.value_scales}},
         kVectorAttention);
}

/// From the 8-bit heads that a product left in memory.
StaticLowering::Queries StaticLowering::load_queries(const StaticOp& op, const AttentionTiling& tiling,
                                                     const Scores& scores) {
  const StaticTensor& q = plan_.tensor(op.in);
  const std::int64_t head = scores.sequence * q.heads + scores.head, row0 = scores.row0,
                     first = scores.sequence * (q.rows / q.batch) + row0;
  // They start at whole beats: some rows before the first may come along.
  const std::int64_t beat = std::max<std::int64_t>(bus_words(), config().bus_bytes / columns());
  const std::int64_t before = row0 % beat, count = scores.rows + before;
  const std::int64_t stride = round_up(tiling.rows + beat - 1, beat);
  const Value queries(slices_, (turn_ % 4) * q.planes * stride);
  const Value scales(query_scales_, (turn_ & 1) * stride);
  const auto plane = static_cast<std::int64_t>(q.plane_stride);
  const Piece read{op.in, first - before, first + scores.rows, scores.head, scores.head + 1};
  load({.buffer = isa::kBufferA,
        .base = base_of(q),
        .rows = q.planes,
        .row_bytes = count * columns(),
        .mem_offset =
            static_cast<std::int64_t>(q.offset) + head * q.planes * plane + (row0 - before) * columns(),
        .mem_stride = plane,
        .local = bytes(queries),
        .local_stride = stride * columns()},
       kLoadQueries, read);
  load(
      {.buffer = isa::kBufferS,
       .base = base_of(q),
       .row_bytes = count * isa::kBytesPerWord,
       .mem_offset = static_cast<std::int64_t>(q.scales + static_cast<std::uint64_t>(head) * q.scale_stride) +
                     (row0 - before) * isa::kBytesPerWord,
       .local = bytes(scales)},
      kLoadQueries, read);
  return {Value(queries.region, queries.constant + before), stride,
          Value(scales.region, scales.constant + before)};
}

/// From FP32 rows, without a way through memory.
StaticLowering::Queries StaticLowering::quantise_queries(const StaticOp& op, const AttentionTiling& tiling,
                                                         const Scores& scores) {
  const StaticTensor &q = plan_.tensor(op.in), &in = plan_.tensor(op.queries_in);
  const std::int64_t column = scores.head * q.head_dim, units = tiling.rows * q.planes,
                     first = scores.sequence * (q.rows / q.batch) + scores.row0;
  // As many sets ahead as there is room for.
  const std::int64_t sets =
      std::min({std::int64_t{4}, shares_.operands / units, shares_.row_scalars / (3 * scores.array)});
  const std::int64_t set = turn_ % sets;
  const Value source(operands_, set * units), rows(slices_, set * units),
      magnitude(row_scalars_, set * 3 * scores.array);
  const auto scalar = [&](int array) {
    return Value(magnitude.region, magnitude.constant + array * scores.array);
  };
  const auto stride = static_cast<std::int64_t>(in.row_stride);
  load({.buffer = isa::kBufferV,
        .base = base_of(in),
        .rows = scores.rows,
        .row_bytes = q.head_dim * isa::kBytesPerWord,
        .mem_offset = static_cast<std::int64_t>(in.offset) + first * stride + column * isa::kBytesPerWord,
        .mem_stride = stride,
        .local = bytes(source),
        .local_stride = q.planes * config().block_bytes()},
       kLoadQueries, {op.queries_in, first, first + scores.rows, column, column + q.head_dim});
  const VectorOp one{.rows = scores.rows, .s_row = 1};
  VectorOp largest = one;
  largest.columns = q.head_dim;
  largest.a = {isa::kSpaceV, source, q.planes};
  VectorOp quantised = largest;
  largest.reduce = isa::kReduceAbsMax;
  largest.red = magnitude;
  vector(largest, kVectorQueries);
  over_scalars({.function = isa::kFuncReciprocal, .post_mul = isa::kSelImm0, .imm0 = 127.0f}, magnitude,
               scalar(1), scores.rows, kVectorQueries);
  quantised.pre_mul = isa::kSelS0;
  quantised.s0 = scalar(1);
  quantised.d = Stream{isa::kSpaceA, rows, 1, 0, tiling.rows};
  vector(quantised, kVectorQueries);
  over_scalars({.pre_mul = isa::kSelImm0, .imm0 = static_cast<float>(q.factor)}, magnitude, scalar(2),
               scores.rows, kVectorQueries);
  return {rows, tiling.rows, scalar(2)};
}

void StaticLowering::place_scores(const AttentionTiling& tiling, Scores* scores) {
  const std::int64_t slot = places_++ % tiling.buffers, size = tiling.rows * tiling.width,
                     array = round_up(std::int64_t{tiling.rows}, columns());
  scores->width = tiling.width;
  scores->place = {products_, slot * size};
  // Products with the values, behind all scores.
  scores->mixed = {products_, tiling.buffers * size};
  scores->probabilities = {probabilities_, slot * size};
  scores->statistics = {attention_scalars_, slot * kStatistics * array};
  scores->array = array;
}

StaticLowering::Scores StaticLowering::score(const StaticOp& op, const AttentionTiling& tiling, Scores out) {
  const StaticTensor &q = plan_.tensor(op.in), &k = plan_.tensor(op.keys);
  const std::int64_t keys = k.rows / k.batch, rows = q.rows / q.batch;
  out.keys = op.causal ? out.row0 + out.rows + keys - rows : keys;
  out.values = head_.values;
  out.key_slot = head_.slot;
  out.value_scales = head_.value_scales;
  out.largest_value = head_.largest_value;
  ++turn_;
  place_scores(tiling, &out);

  const Queries queries =
      op.queries_in >= 0 ? quantise_queries(op, tiling, out) : load_queries(op, tiling, out);
  MatrixOp multiply;
  multiply.tag = tag_;
  multiply.rows = out.rows;
  multiply.k_tiles = ceil_div(q.head_dim, std::int64_t{config().rows});
  multiply.n_tiles = blocks(out.keys);
  multiply.a = {queries.rows, 1, queries.plane};
  multiply.w = {head_.keys, static_cast<std::int64_t>(k.plane_stride) / config().w_word_bytes(),
                columns() * columns() / config().w_word_bytes(), 0, true};
  multiply.scale = {head_.key_scales, 0, queries.scales, 1};
  multiply.d = {out.place, out.width};
  steps_.matrix(multiply, kMatrix);
  return out;
}

Value StaticLowering::scale_of(const Scores& scores) const {
  return {scores.statistics.region, scores.statistics.constant + kScale * scores.array};
}

void StaticLowering::softmax(const StaticOp& op, const Scores& scores) {
  const StaticTensor &q = plan_.tensor(op.in), &k = plan_.tensor(op.keys);
  const auto scalar = [&](int array) {
    return Value(scores.statistics.region, scores.statistics.constant + array * scores.array);
  };
  Stream from{isa::kSpaceV, scores.place, scores.width};
  VectorOp largest{.columns = scores.keys, .rows = scores.rows, .a = from};
  if (op.causal) largest.mask = MaskSpec{scores.row0 + 1 + (k.rows - q.rows) / q.batch, 1};
  VectorOp weigh = largest;
  largest.reduce = isa::kReduceMax;
  largest.red = scalar(kMaximum);
  largest.s_row = 1;
  if (op.mask >= 0) {
    const Stream masked{isa::kSpaceV, {masked_, 0}, scores.width};
    largest.u = Stream{isa::kSpaceV, load_mask(op, scores), op.mask_rows == 1 ? 0 : blocks(k.rows / k.batch)};
    largest.pre_add = isa::kSelU;
    largest.d = masked;
    weigh.a = masked;
    weigh.mask.reset();
  }
  vector(largest, kVectorAttention);
  weigh.u = Stream{isa::kSpaceV, scores.value_scales, 0};
  weigh.pre_add = isa::kSelS0;
  weigh.pre = isa::kCombineSub;
  weigh.function = isa::kFuncExp;
  weigh.post_mul = isa::kSelU;
  weigh.reduce = isa::kReduceSum;
  weigh.reduce_f = true;
  weigh.s0 = scalar(kMaximum);
  weigh.red = scalar(kSum);
  weigh.s_row = 1;
  weigh.d = Stream{isa::kSpaceA, scores.probabilities, scores.width};
  vector(weigh, kVectorAttention);
  over_scalars({.function = isa::kFuncReciprocal, .post_mul = isa::kSelS0, .s0 = scores.largest_value},
               scalar(kSum), scale_of(scores), scores.rows, kVectorAttention);
}

void StaticLowering::mix(const StaticOp& op, const Scores& scores) {
  const StaticTensor &q = plan_.tensor(op.in), &v = plan_.tensor(op.values);
  // FP32 rows alone are finished as MATRIX leaves them.
  const Value mixed = attention_leaves_rows(op) ? out_slots_.next() : scores.mixed;
  MatrixOp multiply;
  multiply.tag = tag_;
  multiply.rows = scores.rows;
  multiply.k_tiles = ceil_div(scores.keys, std::int64_t{config().rows});
  multiply.n_tiles = v.planes;
  multiply.a = {scores.probabilities, scores.width};
  multiply.w = {scores.values, config().w_tile_words(),
                static_cast<std::int64_t>(v.plane_stride) / config().w_word_bytes()};
  multiply.scale = {{ones_, 0}, 0, scale_of(scores), 1};
  multiply.d = {mixed, q.planes};
  steps_.matrix(multiply, kMatrix);
  const VectorOp rows{.columns = q.head_dim, .rows = scores.rows, .a = {isa::kSpaceV, mixed, q.planes}};
  const std::int64_t column = scores.head * q.head_dim,
                     row = scores.sequence * (q.rows / q.batch) + scores.row0;
  const Piece written{-1, row, row + scores.rows, column, column + q.head_dim};
  if (op.out8 >= 0) {
    const Stream place = bytes_place(column, q.head_dim);
    VectorOp quantise = rows;
    to_target(target_of(plan_.tensor(op.out8), place), &quantise);
    vector(quantise, kVectorAttention);
    store_bytes(op.out8, place, written, kStoreAttention);
  }
  if (op.out < 0) return;
  const StaticTensor& to = plan_.tensor(op.out);
  Value out = mixed;
  if (!attention_leaves_rows(op)) {
    out = out_slots_.next();
    VectorOp copy = rows;
    copy.d = Stream{isa::kSpaceV, out, q.planes};
    vector(copy, kVectorAttention);
  }
  const auto stride = static_cast<std::int64_t>(to.row_stride);
  Piece floats = written;
  floats.tensor = op.out;
  store({.buffer = isa::kBufferV,
         .base = base_of(to),
         .rows = scores.rows,
         .row_bytes = q.head_dim * isa::kBytesPerWord,
         .mem_offset = static_cast<std::int64_t>(to.offset) + row * stride + column * isa::kBytesPerWord,
         .mem_stride = stride,
         .local = bytes(out),
         .local_stride = q.planes * config().block_bytes()},
        kStoreAttention, floats);
}

}  // namespace heddle::tiles
