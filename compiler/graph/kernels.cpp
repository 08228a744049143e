#include "compiler/graph/kernels.hpp"

#include <algorithm>
#include <cmath>

#include "compiler/graph/packed.hpp"

namespace heddle::graph {

void rms_norm(const std::vector<float>& x, const std::vector<float>& weight, double epsilon,
              std::vector<float>& y) {
  const std::size_t width = weight.size();
  y.resize(x.size());
  for (std::size_t row = 0; row < x.size(); row += width) {
    double squares = 0;
    for (std::size_t i = row; i < row + width; ++i) squares += static_cast<double>(x[i]) * x[i];
    const double scale = 1.0 / std::sqrt(squares / static_cast<double>(width) + epsilon);
    for (std::size_t i = 0; i < width; ++i) y[row + i] = static_cast<float>(x[row + i] * scale * weight[i]);
  }
}

void layer_norm(const std::vector<float>& x, const std::vector<float>& weight, const std::vector<float>* bias,
                double epsilon, std::vector<float>& y) {
  const std::size_t width = weight.size();
  const auto count = static_cast<double>(width);
  y.resize(x.size());
  for (std::size_t row = 0; row < x.size(); row += width) {
    double sum = 0, squares = 0;
    for (std::size_t i = row; i < row + width; ++i) sum += x[i];
    const double mean = sum / count;
    for (std::size_t i = row; i < row + width; ++i) squares += (x[i] - mean) * (x[i] - mean);
    const double scale = 1.0 / std::sqrt(squares / count + epsilon);
    for (std::size_t i = 0; i < width; ++i) {
      const double offset = bias == nullptr ? 0.0 : static_cast<double>((*bias)[i]);
      y[row + i] = static_cast<float>((x[row + i] - mean) * scale * weight[i] + offset);
    }
  }
}

void rope(const Node& node, std::int64_t start, std::int64_t rows, std::vector<float>& x) {
  const std::int64_t heads = node.integer("heads"), width = node.integer("head_dim"), half = width / 2;
  const std::int64_t each = rows / node.integer("batch", 1);
  const double theta = node.real("theta");
  for (std::int64_t i = 0; i < half; ++i) {
    const double rate = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(width));
    for (std::int64_t row = 0; row < rows; ++row) {
      const double angle = static_cast<double>(start + row % each) * rate;
      const auto cosine = static_cast<float>(std::cos(angle)), sine = static_cast<float>(std::sin(angle));
      float* low = x.data() + row * heads * width + i;
      for (std::int64_t head = 0; head < heads; ++head, low += width) {
        const float a = low[0], b = low[half];
        low[0] = a * cosine - b * sine;
        low[half] = b * cosine + a * sine;
      }
    }
  }
}

float sigmoid(float x) { return static_cast<float>(1.0 / (1.0 + std::exp(-double{x}))); }

float silu(float x) { return static_cast<float>(x / (1.0 + std::exp(-double{x}))); }

float silu_mul(float gate, float up) {
  return static_cast<float>(gate / (1.0 + std::exp(-double{gate})) * up);
}

float gelu(float x, bool tanh) {
  const double wide = x;
  if (tanh) {
    const double inner = std::sqrt(2.0 / M_PI) * (wide + 0.044715 * wide * wide * wide);
    return static_cast<float>(0.5 * wide * (1.0 + std::tanh(inner)));
  }
  return static_cast<float>(0.5 * wide * (1.0 + std::erf(wide / std::sqrt(2.0))));
}

namespace {

/// Row-major [rows, width] from columns first .. first + width of rows of `stride`; transposed: [width,
/// rows].
std::vector<float> slice(const float* x, std::int64_t rows, std::int64_t stride, std::int64_t first,
                         std::int64_t width, bool transposed) {
  std::vector<float> out(static_cast<std::size_t>(rows * width));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < width; ++c) {
      out[static_cast<std::size_t>(transposed ? c * rows + r : r * width + c)] = x[r * stride + first + c];
    }
  }
  return out;
}

/// In place: exp(score - largest) over the first `count` scores, zero behind them. Returns the sum.
double exponentials(float* scores, std::int64_t count, std::int64_t keys) {
  const float highest = *std::max_element(scores, scores + count);
  double sum = 0;
  for (std::int64_t s = 0; s < keys; ++s) {
    const double e = s < count ? std::exp(static_cast<double>(scores[s]) - highest) : 0.0;
    scores[s] = static_cast<float>(e);
    sum += e;
  }
  return sum;
}

}  // namespace

namespace {

/// Heads and masks of one sequence of a kFullAttention.
struct Sequence {
  const float *q, *k, *v;
  float* y;
  std::int64_t rows, keys;
  const float* mask;                     // of head 0 and row 0, or null
  std::int64_t mask_head, mask_row = 0;  // elements from head to head, from row to row
};

void attend(const Node& node, const Sequence& of, std::int64_t head) {
  const std::int64_t heads = node.integer("heads"), kv_heads = node.integer("kv_heads"),
                     width = node.integer("head_dim"), rows = of.rows, keys = of.keys;
  const auto scale = static_cast<float>(node.real("scale"));
  const bool causal = node.integer("causal") == 1;
  std::vector<float> scores(static_cast<std::size_t>(rows * keys));
  std::vector<float> mixed(static_cast<std::size_t>(rows * width));
  std::vector<double> sums(static_cast<std::size_t>(rows));
  const std::int64_t kv = head / (heads / kv_heads) * width;
  const PackedMatrix head_keys(slice(of.k, keys, kv_heads * width, kv, width, false).data(), keys, width);
  const PackedMatrix values(slice(of.v, keys, kv_heads * width, kv, width, true).data(), width, keys);
  head_keys.multiply(slice(of.q, rows, heads * width, head * width, width, false).data(), rows, nullptr,
                     scores.data(), 1);
  for (std::int64_t t = 0; t < rows; ++t) {
    float* row = scores.data() + t * keys;
    const float* mask = of.mask == nullptr ? nullptr : of.mask + head * of.mask_head + t * of.mask_row;
    for (std::int64_t s = 0; s < keys; ++s) row[s] = row[s] * scale + (mask == nullptr ? 0.0f : mask[s]);
    sums[static_cast<std::size_t>(t)] = exponentials(row, causal ? t + keys - rows + 1 : keys, keys);
  }
  values.multiply(scores.data(), rows, nullptr, mixed.data(), 1);
  for (std::int64_t t = 0; t < rows; ++t) {
    for (std::int64_t d = 0; d < width; ++d) {
      of.y[(t * heads + head) * width + d] = static_cast<float>(
          mixed[static_cast<std::size_t>(t * width + d)] / sums[static_cast<std::size_t>(t)]);
    }
  }
}

}  // namespace

void full_attention(const Node& node, const std::vector<float>& q, const std::vector<float>& k,
                    const std::vector<float>& v, const std::vector<float>* mask, int threads,
                    std::vector<float>& y) {
  const std::int64_t heads = node.integer("heads"), kv_heads = node.integer("kv_heads"),
                     width = node.integer("head_dim"), batch = node.integer("batch", 1);
  const auto rows = static_cast<std::int64_t>(q.size()) / (heads * width * batch);
  const auto keys = static_cast<std::int64_t>(k.size()) / (kv_heads * width * batch);
  const std::int64_t mask_rows = node.integer("mask_rows", 1), mask_heads = node.integer("mask_heads", 1);
  const std::int64_t mask_head = mask_heads == 1 ? 0 : mask_rows * keys,
                     mask_batch = node.integer("mask_batch", 1) == 1 ? 0 : mask_heads * mask_rows * keys;
  y.resize(q.size());
  parallel_ranges(batch * heads, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t b = i / heads, row = b * rows * heads * width, key = b * keys * kv_heads * width;
      attend(
          node,
          {q.data() + row, k.data() + key, v.data() + key, y.data() + row, rows, keys,
           mask == nullptr ? nullptr : mask->data() + b * mask_batch, mask_head, mask_rows == 1 ? 0 : keys},
          i % heads);
    }
  });
}

}  // namespace heddle::graph
