// Float operations of the reference evaluators. Rows are row-major; sums that are long are accumulated in
// double.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/graph/ir.hpp"

namespace heddle::graph {

/// x / sqrt(mean(x^2) + epsilon) * weight, row by row of weight.size() elements.
void rms_norm(const std::vector<float>& x, const std::vector<float>& weight, double epsilon,
              std::vector<float>& y);

/// (x - mean) / sqrt(variance + epsilon) * weight + bias (if not null).
void layer_norm(const std::vector<float>& x, const std::vector<float>& weight, const std::vector<float>* bias,
                double epsilon, std::vector<float>& y);

/// Rotates rows in place; row t stands at position start + t (of its sequence). `node` is a kRope.
void rope(const Node& node, std::int64_t start, std::int64_t rows, std::vector<float>& x);

float sigmoid(float x);
float silu(float x);
float silu_mul(float gate, float up);
/// x * Phi(x), Phi by erf, or where `tanh` by 0.5 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): Hendrycks and
/// Gimpel 2016, arXiv 1606.08415.
float gelu(float x, bool tanh);

/// A kFullAttention. q [rows, heads * head_dim], k and v [keys, kv_heads * head_dim]; `mask` (or null) is
/// added to the scaled scores: a bool mask is 0 where true, kMaskedKey where false.
void full_attention(const Node& node, const std::vector<float>& q, const std::vector<float>& k,
                    const std::vector<float>& v, const std::vector<float>* mask, int threads,
                    std::vector<float>& y);
/// Finite, so that a row all of whose keys are masked is a mean, not NaN: as on a device.
constexpr float kMaskedKey = -1.0e30f;

}  // namespace heddle::graph
