#include "compiler/tiles/pack_random.hpp"

#include <cmath>
#include <cstring>
#include <random>

#include "compiler/tiles/pack.hpp"

namespace heddle::tiles {
namespace {

constexpr double kUnit = 1.0 / 127.0;  // folded into column scales for each quantised operand

class RandomPacker {
 public:
  RandomPacker(const Plan& plan, std::uint64_t seed, std::vector<std::uint8_t>* memory)
      : plan_(plan), shape_(plan.shape), config_(plan.config), memory_(*memory), random_(seed) {}

  void layer(std::uint64_t at) {
    const ParameterPlan where = plan_parameters(shape_);
    const std::uint64_t block = config_.block_bytes();
    fill(at, std::uint64_t{where.blocks} * config_.columns, -1e-3, 1e-3);  // biases
    const std::uint64_t norm = static_cast<std::uint64_t>(shape_.hidden_blocks) * config_.columns;
    fill(at + where.input_norm * block, norm, 0.5, 1.5);
    fill(at + where.post_norm * block, norm, 0.5, 1.5);
    chunks(plan_.chunks.layer, at);
  }

  void output(std::uint64_t at) {
    fill(at, static_cast<std::uint64_t>(shape_.hidden_blocks) * config_.columns, 0.5, 1.5);
    chunks(plan_.chunks.head, at);
  }

  void embedding(std::uint64_t at) {
    for (int row = 0; row < shape_.vocab; ++row) {
      const std::uint64_t place = at + static_cast<std::uint64_t>(row) * plan_.memory.embedding_row;
      bytes(place, static_cast<std::uint64_t>(shape_.hidden));
      fill(place + plan_.memory.embedding_scale, 1, 0.5 * kUnit, 2.0 * kUnit);
    }
  }

  void cache(std::uint64_t at) {
    const std::uint64_t scales = static_cast<std::uint64_t>(shape_.kv_heads) * kAttentionBlock;
    const int blocks = plan_.sequences() * shape_.layers * shape_.context_blocks;
    for (int i = 0; i < blocks; ++i, at += plan_.memory.cache_block) {
      bytes(at, plan_.memory.cache_scales);
      fill(at + plan_.memory.cache_scales, scales, key_factor(), 3.0 * key_factor());
      fill(at + plan_.memory.cache_scales + 4 * scales, scales, kUnit * kUnit, 3.0 * kUnit * kUnit);
    }
  }

 private:
  double key_factor() const { return kUnit * kUnit / std::sqrt(static_cast<double>(shape_.head_dim)); }

  void bytes(std::uint64_t at, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      memory_[at + i] = static_cast<std::uint8_t>(static_cast<int>(random_() % 255) - 127);
    }
  }

  void fill(std::uint64_t at, std::uint64_t words, double low, double high) {
    for (std::uint64_t i = 0; i < words; ++i) {
      const double share = static_cast<double>(random_() >> 40) * 0x1p-24;
      const float value = static_cast<float>(low + (high - low) * share);
      std::memcpy(&memory_[at + 4 * i], &value, sizeof value);
    }
  }

  void chunks(const std::vector<Chunk>& list, std::uint64_t at) {
    const std::uint64_t tile = std::uint64_t{config_.rows} * config_.columns;
    for (const Chunk& chunk : list) {
      for (const ChunkSegment& segment : chunk.segments) {
        bytes(at + chunk.w_memory + std::uint64_t{segment.w_offset} * config_.w_word_bytes(),
              static_cast<std::uint64_t>(segment.n) * static_cast<std::uint64_t>(segment.k) * tile);
        if (!segment.last) continue;
        scales(segment, at + chunk.c_memory + std::uint64_t{segment.c_offset} * config_.block_bytes());
      }
    }
  }

  // Sums of k products of bytes have a standard deviation of sqrt(k) * 73 * 73.
  void scales(const ChunkSegment& segment, std::uint64_t at) {
    const double inputs = static_cast<double>(shape_.tiles(config_, segment.projection).k) * config_.rows;
    for (int n = segment.n0; n < segment.n0 + segment.n; ++n, at += config_.block_bytes()) {
      double scale = 2.0 * kUnit * kUnit / std::sqrt(inputs);
      if (segment.projection == kKvProj) {
        scale *= n < shape_.kv_heads * shape_.planes ? key_factor() : kUnit * kUnit;
      }
      fill(at, config_.columns, 0.5 * scale, 1.5 * scale);
    }
  }

  const Plan& plan_;
  const PaddedShape& shape_;
  const isa::Config& config_;
  std::vector<std::uint8_t>& memory_;
  std::mt19937_64 random_;
};

}  // namespace

void pack_random(const Plan& plan, const std::vector<std::uint64_t>& offsets, std::uint64_t seed,
                 std::vector<std::uint8_t>* memory) {
  RandomPacker packer(plan, seed, memory);
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    const std::string& name = plan.segments[i].name;
    const std::uint64_t at = offsets[i];
    if (name == "layers") {
      for (int layer = 0; layer < plan.shape.layers; ++layer) {
        packer.layer(at + static_cast<std::uint64_t>(layer) * plan.memory.layer);
      }
    } else if (name == "output") {
      packer.output(at);
    } else if (name == "embedding") {
      packer.embedding(at);
    } else if (name == "kv_cache") {
      packer.cache(at);
    }
  }
  pack_tables(plan, offsets, memory);
}

}  // namespace heddle::tiles
