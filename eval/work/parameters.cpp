#include "eval/work/parameters.hpp"

#include <algorithm>

namespace heddle::eval {
namespace {

std::uint64_t norm_elements(const Model& model) {
  return model.hidden * (model.norm == NormKind::kLayer ? 2 : 1);
}

std::uint64_t feed_forward_elements(const Model& model, std::uint64_t width) {
  return (model.gated ? 3 : 2) * model.hidden * width;
}

void add_grouped(const Model& model, LayerParameters* layer) {
  const AttentionShape& attention = model.attention;
  layer->attention_heads = model.hidden * (attention.q_width() + attention.output_width());
  layer->attention_keys = model.hidden * attention.kv_width();
  if (attention.qkv_bias) layer->small += attention.q_width() + attention.kv_width();
  if (attention.qk_norm) layer->small += 2 * attention.head_dim;
}

void add_latent(const Model& model, LayerParameters* layer) {
  const AttentionShape& attention = model.attention;
  const std::uint64_t queries_from = attention.q_rank != 0 ? attention.q_rank : model.hidden;
  layer->attention_heads = queries_from * attention.q_width() +
                           attention.kv_rank * attention.heads * (attention.nope_dim + attention.value_dim) +
                           attention.output_width() * model.hidden;
  layer->attention_shared = model.hidden * (attention.q_rank + attention.kv_rank + attention.rope_dim);
  layer->small += attention.q_rank + attention.kv_rank;  // norms of the latents
  if (attention.qkv_bias) layer->small += attention.q_rank + attention.kv_rank + attention.rope_dim;
}

}  // namespace

bool Model::is_expert_layer(std::uint64_t layer) const {
  return experts && !std::binary_search(experts->dense_layers.begin(), experts->dense_layers.end(), layer);
}

std::uint64_t Model::expert_layers() const { return experts ? layers - experts->dense_layers.size() : 0; }

LayerParameters layer_parameters(const Model& model, std::uint64_t layer) {
  LayerParameters result;
  model.attention.latent ? add_latent(model, &result) : add_grouped(model, &result);
  if (model.attention.output_bias) result.small += model.hidden;
  result.small += model.norms_per_layer * norm_elements(model);
  if (!model.is_expert_layer(layer)) {
    result.feed_forward = feed_forward_elements(model, model.feed_forward);
    if (model.feed_forward_bias) result.small += (model.gated ? 2 : 1) * model.feed_forward + model.hidden;
    return result;
  }
  const ExpertShape& experts = *model.experts;
  result.feed_forward = feed_forward_elements(model, experts.shared_width);
  result.experts = experts.experts * feed_forward_elements(model, experts.width);
  result.router = experts.experts * model.hidden;
  if (experts.selection_bias) result.small += experts.experts;
  if (experts.shared_gate) result.small += model.hidden;
  return result;
}

std::uint64_t embedding_parameters(const Model& model) {
  return (model.vocabulary + model.positions + model.token_types) * model.hidden +
         (model.embedding_norm ? norm_elements(model) : 0);
}

std::uint64_t head_parameters(const Model& model) {
  std::uint64_t elements = model.final_norm ? norm_elements(model) : 0;
  if (model.has_head && !model.tied) elements += model.vocabulary * model.hidden;
  if (model.has_head && model.head_bias) elements += model.vocabulary;
  if (model.output_labels != 0) elements += (model.hidden + 1) * model.output_labels;
  return elements;
}

std::uint64_t parameter_count(const Model& model) {
  std::uint64_t elements = embedding_parameters(model) + head_parameters(model);
  for (std::uint64_t layer = 0; layer < model.layers; ++layer) {
    const LayerParameters parameters = layer_parameters(model, layer);
    elements += parameters.linear() + parameters.wide();
  }
  return elements;
}

std::uint64_t active_parameter_count(const Model& model) {
  std::uint64_t idle = 0;
  if (model.experts) {
    const ExpertShape& experts = *model.experts;
    idle = model.expert_layers() * (experts.experts - experts.per_token) *
           feed_forward_elements(model, experts.width);
  }
  return parameter_count(model) - idle;
}

double weight_bytes(const Model& model, const Precision& precision) {
  double linear = 0, wide = static_cast<double>(embedding_parameters(model) + head_parameters(model));
  for (std::uint64_t layer = 0; layer < model.layers; ++layer) {
    const LayerParameters parameters = layer_parameters(model, layer);
    linear += static_cast<double>(parameters.linear());
    wide += static_cast<double>(parameters.wide());
  }
  return linear * precision.weights.bytes_per_element() + wide * precision.head.bytes_per_element();
}

double cache_bytes_per_token(const Model& model, Format cache) {
  if (!model.attention.causal) return 0;
  return static_cast<double>(model.layers * model.attention.cache_elements()) * bytes(cache);
}

}  // namespace heddle::eval
