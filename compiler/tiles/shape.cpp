#include "compiler/tiles/shape.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"

namespace heddle::tiles {
namespace {

// Fields of instructions hold 16 bits; strides are products of these extents.
constexpr std::int64_t kWidest = 65535;

int checked(std::int64_t value, std::int64_t most, const char* name) {
  if (value < 1 || value > most) {
    throw std::runtime_error(fmt::format("model: {} is {}, this compiler takes 1 to {}", name, value, most));
  }
  return static_cast<int>(value);
}

}  // namespace

TileCount PaddedShape::tiles(const isa::Config& config, Projection projection) const {
  const int rows = static_cast<int>(config.rows), per_block = static_cast<int>(config.columns / config.rows);
  const int from_hidden = ceil_div(hidden, rows);
  switch (projection) {
    case kKvProj:
      return {from_hidden, kv_blocks()};
    case kQProj:
      return {from_hidden, q_blocks()};
    case kOProj:
      return {q_blocks() * per_block, hidden_blocks};
    case kGateProj:
    case kUpProj:
      return {from_hidden, intermediate_blocks};
    case kDownProj:
      return {ceil_div(intermediate, rows), hidden_blocks};
    case kLogitsProj:
      return {from_hidden, vocab_blocks};
  }
  return {};
}

PaddedShape pad_shape(const graph::ModelShape& shape, std::int64_t context, const isa::Config& config) {
  PaddedShape out;
  out.layers = checked(shape.layers, 1 << 20, "number of layers");
  out.hidden = checked(shape.hidden, kWidest, "hidden size");
  out.intermediate = checked(shape.intermediate, kWidest, "intermediate size");
  out.heads = checked(shape.heads, 4096, "number of heads");
  out.kv_heads = checked(shape.kv_heads, 4096, "number of key/value heads");
  out.head_dim = checked(shape.head_dim, 4096, "head dimension");
  out.vocab = checked(shape.vocab, 1 << 30, "vocabulary");
  out.context = checked(context, 1 << 30, "context");
  if (shape.heads % shape.kv_heads != 0) {
    throw std::runtime_error(
        fmt::format("model: {} heads are no multiple of {} key/value heads", shape.heads, shape.kv_heads));
  }
  if (shape.head_dim % 2 != 0) {
    throw std::runtime_error(
        fmt::format("model: head dimension {} is odd; rotary embedding needs pairs", shape.head_dim));
  }
  out.group = out.heads / out.kv_heads;
  out.context_blocks = ceil_div(out.context, kAttentionBlock);
  out.qkv_bias = shape.qkv_bias;
  out.output_bias = shape.output_bias;
  out.rms_eps = shape.rms_eps;
  out.rope_theta = shape.rope_theta;
  const int columns = static_cast<int>(config.columns);
  out.hidden_blocks = ceil_div(out.hidden, columns);
  out.intermediate_blocks = ceil_div(out.intermediate, columns);
  out.vocab_blocks = ceil_div(out.vocab, columns);
  out.planes = ceil_div(out.head_dim, columns);
  if (kAttentionBlock % columns != 0) {
    throw std::runtime_error(fmt::format("configuration: columns is {}, this compiler takes at most {}",
                                         columns, kAttentionBlock));
  }
  out.score_blocks = kAttentionBlock / columns;
  checked(std::int64_t{out.q_blocks()} * columns, kWidest, "padded width of all heads");
  return out;
}

}  // namespace heddle::tiles
