// The text form of a graph. parse_graph(print_graph(g)) prints as the same text.
//
//   graph "NAME" {
//     symbol tokens 1 .. 512
//     input %token_ids : u32[tokens]
//     constant %layers.0.up_proj.weight : bf16[172, 64] loc("model.safetensors", "model.layers.0....weight")
//     state %layers.0.keys : f32[512, 4, 8]
//     %layers.0.up_proj = linear(%x, %layers.0.up_proj.weight) : f32[tokens, 172] loc("config.json", "...")
//     %y = rms_norm(%x, %w) {epsilon = 1e-05} : f32[tokens, 64] name "another name than y"
//     output %logits
//   }
//
// Names other than letters, digits and _ . / - are written in quotes: %"a name". # starts a comment.
#pragma once
#include <string>

#include "compiler/graph/ir.hpp"

namespace heddle::graph {

/// Inputs, constants and states in the order of their ids, then nodes, then outputs.
std::string print_graph(const Graph& graph);
/// "f32[tokens, 64]"
std::string print_type(const Type& type);
/// Throws std::runtime_error "SOURCE:LINE: ..." naming what was expected. The result is not yet verified.
Graph parse_graph(const std::string& text, const std::string& source = "graph text");

}  // namespace heddle::graph
