#include "compiler/graph/attention_cache.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/graph/packed.hpp"

namespace heddle::graph {

AttentionCache::AttentionCache(const AttentionShape& shape)
    : shape_(shape), value_panels_((shape.head_dim + kPanel - 1) / kPanel) {
  clear();
}

void AttentionCache::clear() {
  keys_.assign(static_cast<std::size_t>(shape_.kv_heads), {});
  values_.assign(static_cast<std::size_t>(shape_.kv_heads * value_panels_), {});
}

void AttentionCache::write(const float* k, const float* v, std::int64_t rows, std::int64_t start) {
  const std::int64_t width = shape_.head_dim, end = start + rows;
  const auto key_floats = static_cast<std::size_t>((end + kPanel - 1) / kPanel * kPanel * width);
  const auto value_floats = static_cast<std::size_t>(end * kPanel);
  for (auto& keys : keys_) keys.resize(std::max(keys.size(), key_floats));
  for (auto& values : values_) values.resize(std::max(values.size(), value_floats));
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t position = start + row;
    for (std::int64_t head = 0; head < shape_.kv_heads; ++head) {
      const std::int64_t from = (row * shape_.kv_heads + head) * width;
      float* keys = keys_[static_cast<std::size_t>(head)].data() + position / kPanel * kPanel * width;
      for (std::int64_t d = 0; d < width; ++d) {
        keys[d * kPanel + position % kPanel] = k[from + d];
        values_[static_cast<std::size_t>(head * value_panels_ + d / kPanel)]
               [static_cast<std::size_t>(position * kPanel + d % kPanel)] = v[from + d];
      }
    }
  }
}

void AttentionCache::attend_head(const float* q, std::int64_t head, std::int64_t positions, float* out,
                                 std::vector<float>& scores) const {
  const std::int64_t width = shape_.head_dim, kv = head / (shape_.heads / shape_.kv_heads);
  scores.resize(static_cast<std::size_t>((positions + kPanel - 1) / kPanel * kPanel));
  const float* keys = keys_[static_cast<std::size_t>(kv)].data();
  for (std::int64_t p = 0; p < positions; p += kPanel)
    multiply_row(q, width, keys + p * width, scores.data() + p);
  float highest = scores[0];
  for (std::int64_t p = 1; p < positions; ++p)
    highest = std::max(highest, scores[static_cast<std::size_t>(p)]);
  double sum = 0;
  for (std::int64_t p = 0; p < positions; ++p) {
    float& score = scores[static_cast<std::size_t>(p)];
    const double exponential =
        std::exp(static_cast<double>(shape_.scale) * (static_cast<double>(score) - highest));
    sum += exponential;
    score = static_cast<float>(exponential);
  }
  for (std::int64_t panel = 0; panel < value_panels_; ++panel) {
    float mixed[kPanel];
    multiply_row(scores.data(), positions,
                 values_[static_cast<std::size_t>(kv * value_panels_ + panel)].data(), mixed);
    for (std::int64_t n = 0; n < std::min(kPanel, width - panel * kPanel); ++n) {
      out[panel * kPanel + n] = static_cast<float>(mixed[n] / sum);
    }
  }
}

void AttentionCache::attend(const float* q, std::int64_t rows, std::int64_t start, float* out,
                            int threads) const {
  const std::int64_t width = shape_.head_dim;
  const auto heads = [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores;
    for (std::int64_t head = begin; head < end; ++head) {
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::int64_t at = (row * shape_.heads + head) * width;
        attend_head(q + at, head, start + row + 1, out + at, scores);
      }
    }
  };
  const bool large = rows * (start + rows) * shape_.heads * width >= (1 << 20);
  parallel_ranges(shape_.heads, large ? threads : 1, heads);
}

}  // namespace heddle::graph
