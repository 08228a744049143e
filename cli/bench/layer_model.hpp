// Graphs to measure: one layer of a transformer, or attention alone.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/ir.hpp"

namespace heddle::cli {

/// Shapes that are known by name.
std::vector<std::string> layer_shape_names();

/// One layer of `what` (a known shape, or a config.json of model_type bert, gpt2, llama or qwen2) over
/// `sequence` rows: input "x", output "y", FP32 [sequence, hidden]. Throws std::runtime_error naming file and
/// field.
graph::Graph layer_graph(const std::string& what, std::int64_t sequence);

struct AttentionShape {
  std::int64_t heads = 12, kv_heads = 12, head_dim = 64, sequence = 512, keys = 0;  // keys 0: as many as rows
  bool causal = false;
};
/// Inputs "q", "k", "v", output "y", FP32.
graph::Graph attention_graph(const AttentionShape& shape);

/// Random inputs and constants, the same for a seed everywhere: rows normal with deviation 1, weights with
/// 1 / sqrt(K), gains around 1, masks with one key in eight masked.
graph::Tensors random_tensors(const graph::Graph& graph, std::uint64_t seed);

}  // namespace heddle::cli
