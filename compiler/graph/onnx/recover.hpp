// Larger operations from the small nodes that exporters write.
#pragma once
#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Replaces, in a bound model, what the patterns know by nodes of kHeddleDomain; the model computes the same.
/// What is not recovered stays as it was; so do embeddings (Gather from a constant table), which move data
/// only. Operations (x: rows of features, in any number of leading axes):
///   Linear(x, weight [N, K], [bias [N]])     LayerNorm(x, weight, [bias]) epsilon    RmsNorm(x, weight)
///   epsilon Gelu(x) approximate    Silu(x)    Rope(x) heads, head_dim, theta
///   Attention(q, k, v, [mask]) heads, kv_heads, head_dim, scale, causal: as graph::Op::kFullAttention
Model recover(Model model);

}  // namespace heddle::graph::onnx
