// Recognises the graph of a decoder-only transformer and says which tensors each of its products uses.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/ir.hpp"

namespace heddle::tiles {

/// Tensors by their names in the model's files; empty: there is none.
struct DecoderLayer {
  std::string input_norm, q, q_bias, k, k_bias, v, v_bias, o, o_bias, post_norm, gate, up, down;
};

struct DecoderGraph {
  std::string embedding;
  std::vector<DecoderLayer> layers;
  std::string norm, output;
};

/// Throws std::runtime_error naming the first node that is not what a decoder has at that place.
DecoderGraph match_decoder(const graph::Graph& graph);

}  // namespace heddle::tiles
