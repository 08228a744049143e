// Parameters of a model by where they lie and how they are split.
#pragma once
#include <cstdint>

#include "eval/work/model.hpp"

namespace heddle::eval {

/// Weights of one layer, in elements.
struct LayerParameters {
  std::uint64_t attention_heads = 0;   // divided by heads: queries, output, expansions of the latent
  std::uint64_t attention_keys = 0;    // divided by key and value heads
  std::uint64_t attention_shared = 0;  // on every device: projections to latents
  std::uint64_t feed_forward = 0;      // dense layer, or shared experts
  std::uint64_t experts = 0;           // all routed experts
  std::uint64_t router = 0;
  std::uint64_t small = 0;  // norms and biases
  std::uint64_t linear() const {
    return attention_heads + attention_keys + attention_shared + feed_forward + experts;
  }
  std::uint64_t wide() const { return router + small; }
};

LayerParameters layer_parameters(const Model& model, std::uint64_t layer);
/// Elements of the tables for tokens, positions and token types, with the norm behind them.
std::uint64_t embedding_parameters(const Model& model);
/// Elements of the output head with the norm before it; of a tied head only the norm.
std::uint64_t head_parameters(const Model& model);

}  // namespace heddle::eval
