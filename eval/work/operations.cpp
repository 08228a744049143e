#include "eval/work/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "eval/work/operators.hpp"

namespace heddle::eval {
namespace {

std::uint64_t divided(std::uint64_t whole, std::uint64_t parts) { return (whole + parts - 1) / parts; }

// Collects the operators of one device of a stage.
class Builder {
 public:
  Builder(const Model& model, const Work& work, const Parallel& parallel, std::size_t stage)
      : model_(model),
        work_(work),
        precision_(work.precision),
        parallel_(parallel),
        stage_(stage),
        span_(stages(parallel, model).at(stage)) {
    sequences_ = divided(work.batch, parallel.data);
    tokens_ = sequences_ * work.new_tokens;
    for (std::uint64_t layer = span_.first; layer < span_.last; ++layer) {
      (model.is_expert_layer(layer) ? expert_layers_ : dense_layers_) += 1;
    }
  }

  std::vector<Operator> build() {
    if (stage_ == 0) {
      // A token's vector is read from the table and written.
      add(elementwise("embedding", 1, values(model_.hidden), 1, 1, 0, wide_));
    }
    model_.attention.latent ? add_latent_attention() : add_attention();
    if (dense_layers_ > 0) add_dense();
    if (expert_layers_ > 0) add_experts();
    if (stage_ + 1 == parallel_.pipeline) {
      add_head();
    } else {
      add(collective("stage.send", 1, Collective::kSend, 2, values(model_.hidden) * bytes(wide_)));
    }
    return std::move(operators_);
  }

 private:
  void add(Operator op) { operators_.push_back(std::move(op)); }
  // Elements of `width` for every token of this device.
  double values(std::uint64_t width) const {
    return static_cast<double>(tokens_) * static_cast<double>(width);
  }
  double layers() const { return static_cast<double>(span_.count()); }

  void add_linear(std::string name, double count, std::uint64_t m, std::uint64_t n, std::uint64_t k,
                  std::uint64_t groups = 1) {
    add(matrix_product(std::move(name), count, m, n, k, precision_.weights, precision_.activations, wide_,
                       precision_.compute, groups));
  }

  // Residual added and normalised: two values in, two out.
  void add_norm(std::string name, double count) {
    add(elementwise(std::move(name), count, values(model_.hidden), 2, 2, 6, wide_));
  }

  void add_all_reduce(std::string name, double count) {
    if (parallel_.tensor == 1) return;
    add(collective(std::move(name), count, Collective::kAllReduce, parallel_.tensor,
                   values(model_.hidden) * bytes(wide_)));
  }

  bool decode() const { return work_.phase == Phase::kDecode; }

  void add_attention() {
    const AttentionShape& attention = model_.attention;
    const std::uint64_t heads = divided(attention.heads, parallel_.tensor);
    const std::uint64_t kv_heads = divided(attention.kv_heads, parallel_.tensor);
    const std::uint64_t q_width = heads * attention.head_dim;
    const std::uint64_t kv_width = kv_heads * (attention.head_dim + attention.value_dim);
    add_norm("attention.norm", layers());
    add_linear("attention.qkv", layers(), tokens_, q_width + kv_width, model_.hidden);
    // Rotary embedding of queries and keys, and their norms where the model has them.
    add(elementwise("attention.rotary", layers(), values(q_width + kv_heads * attention.head_dim), 1, 1,
                    attention.qk_norm ? 12 : 6, wide_));
    AttentionWork shape{sequences_,         work_.new_tokens,    work_.context, heads,           kv_heads,
                        attention.head_dim, attention.value_dim, kv_width,      attention.causal};
    add(attention_operator("attention",
                           decode() ? OperatorClass::kAttentionDecode : OperatorClass::kAttentionPrefill,
                           layers(), shape, precision_));
    add_linear("attention.output", layers(), tokens_, model_.hidden, heads * attention.value_dim);
    // Parallel layers add attention and feed-forward before their one all-reduce.
    if (model_.norms_per_layer > 1) add_all_reduce("attention.all_reduce", layers());
  }

  void add_latent_attention() {
    const AttentionShape& attention = model_.attention;
    const std::uint64_t heads = divided(attention.heads, parallel_.tensor);
    const std::uint64_t latent = attention.kv_rank + attention.rope_dim;
    add_norm("attention.norm", layers());
    add_linear("attention.latents", layers(), tokens_, attention.q_rank + latent, model_.hidden);
    add_linear("attention.queries", layers(), tokens_, heads * attention.head_dim,
               attention.q_rank != 0 ? attention.q_rank : model_.hidden);
    add(elementwise("attention.rotary", layers(),
                    values(heads * attention.rope_dim + latent + attention.q_rank), 1, 1, 6, wide_));
    AttentionWork shape{sequences_, work_.new_tokens, work_.context,   heads, 0, 0,
                        0,          latent,           attention.causal};
    if (decode()) {
      // Absorbed (arXiv 2405.04434, section 2.1.2): queries are carried into the latent's space, head by
      // head, and the latent serves as the only key and value head.
      add_linear("attention.absorb_keys", layers(), tokens_, attention.kv_rank, attention.nope_dim, heads);
      shape.kv_heads = 1;
      shape.head_dim = latent;
      shape.value_dim = attention.kv_rank;
      add(attention_operator("attention", OperatorClass::kMlaDecode, layers(), shape, precision_));
      add_linear("attention.absorb_values", layers(), tokens_, attention.value_dim, attention.kv_rank, heads);
    } else {
      // Expanded: keys and values of cached tokens too come from their latents.
      add_linear("attention.expand", layers(), sequences_ * (work_.context + work_.new_tokens),
                 heads * (attention.nope_dim + attention.value_dim), attention.kv_rank);
      shape.kv_heads = heads;
      shape.head_dim = attention.head_dim;
      shape.value_dim = attention.value_dim;
      add(attention_operator("attention", OperatorClass::kMlaPrefill, layers(), shape, precision_));
    }
    add_linear("attention.output", layers(), tokens_, model_.hidden, heads * attention.value_dim);
    add_all_reduce("attention.all_reduce", layers());
  }

  // One feed-forward layer of this device's share of `width`.
  void add_feed_forward(const std::string& name, double count, std::uint64_t width) {
    const std::uint64_t local = divided(width, parallel_.tensor);
    const std::uint64_t inputs = model_.gated ? 2 : 1;
    add_linear(name + ".up", count, tokens_, inputs * local, model_.hidden);
    add(elementwise(name + ".activation", count, values(local), static_cast<double>(inputs), 1, 5, wide_));
    add_linear(name + ".down", count, tokens_, model_.hidden, local);
  }

  void add_dense() {
    const double count = static_cast<double>(dense_layers_);
    if (model_.norms_per_layer > 1) add_norm("feed_forward.norm", count);
    add_feed_forward("feed_forward", count, model_.feed_forward);
    add_all_reduce("feed_forward.all_reduce", count);
  }

  void add_experts() {
    const ExpertShape& experts = *model_.experts;
    const double count = static_cast<double>(expert_layers_);
    if (model_.norms_per_layer > 1) add_norm("experts.norm", count);
    add(matrix_product("experts.router", count, tokens_, experts.experts, model_.hidden, precision_.head,
                       wide_, wide_, precision_.head_compute));
    if (experts.shared_width != 0) add_feed_forward("experts.shared", count, experts.shared_width);
    add_exchange(count, "experts.dispatch", precision_.activations, true);
    add_routed(count);
    add_exchange(count, "experts.combine", wide_, false);
    // Without data groups all devices hold all tokens: routed and shared parts are summed together.
    add_all_reduce("experts.all_reduce", parallel_.data == 1 || experts.shared_width != 0 ? count : 0);
  }

  void add_routed(double count) {
    const ExpertShape& experts = *model_.experts;
    const std::uint64_t all_tokens = work_.batch * work_.new_tokens;
    Operator op;
    op.name = "experts";
    op.kind = OperatorClass::kMoe;
    op.count = count;
    op.m = all_tokens;
    op.n = divided(experts.width, parallel_.expert_tensor());
    op.k = model_.hidden;
    op.experts = experts.experts;
    op.experts_per_token = experts.per_token;
    op.local_experts = static_cast<double>(experts.experts) / parallel_.expert;
    op.distinct_experts =
        expected_distinct(static_cast<double>(experts.experts), static_cast<double>(experts.per_token),
                          static_cast<double>(all_tokens)) /
        parallel_.expert;
    op.assignments = static_cast<double>(all_tokens * experts.per_token) / parallel_.expert;
    op.weights = precision_.weights;
    op.activations = precision_.activations;
    op.compute = precision_.compute;
    const double width = static_cast<double>(op.n), hidden = static_cast<double>(op.k);
    const double matrices = 3;  // up, gate, down
    op.flops = 2 * matrices * op.assignments * width * hidden;
    op.weight_bytes =
        matrices * op.distinct_experts * width * hidden * precision_.weights.bytes_per_element();
    // In, up and gate out, their product in, out.
    op.activation_bytes = op.assignments * ((hidden + width) * bytes(precision_.activations) +
                                            (2 * width + hidden) * bytes(wide_));
    add(std::move(op));
  }

  // With data groups, tokens travel to their experts and back. A token goes once to each device group that
  // holds one of its experts: D (1 - (1 - 1/D)^k) of D groups for balanced routing, of which 1/D is its own.
  void add_exchange(double count, std::string name, Format format, bool out) {
    if (parallel_.data == 1) return;
    const double token_bytes = static_cast<double>(model_.hidden) * bytes(format);
    if (parallel_.expert == 1) {
      // Experts are split by columns over the whole stage: every device needs every token.
      const double message = static_cast<double>(work_.batch * work_.new_tokens) * token_bytes;
      add(collective(std::move(name), count, out ? Collective::kAllGather : Collective::kAllReduce,
                     parallel_.stage_devices(), message));
      return;
    }
    const double groups = parallel_.expert;
    const double reached = expected_distinct(groups, 1, static_cast<double>(model_.experts->per_token));
    Operator op = collective(std::move(name), count, Collective::kAllToAll, parallel_.stage_devices(),
                             static_cast<double>(tokens_) * reached * (1 - 1 / groups) * token_bytes);
    // Prompts are sent once to each node that holds one of a token's experts and handed on inside (DeepEP's
    // kernels for them); its decode kernels send to each device.
    if (!decode()) op.experts_per_token = model_.experts->per_token;
    add(std::move(op));
  }

  void add_head() {
    if (model_.final_norm) add_norm("head.norm", 1);
    const std::uint64_t rows = decode() || work_.all_logits ? tokens_ : sequences_;
    const auto add_output = [&](const char* name, std::uint64_t m, std::uint64_t n) {
      add(matrix_product(name, 1, m, n, model_.hidden, precision_.head, wide_, wide_,
                         precision_.head_compute));
    };
    if (model_.has_head) {
      add_output("head", rows, divided(model_.vocabulary, parallel_.tensor));
      if (parallel_.tensor > 1) {
        add(collective("head.all_gather", 1, Collective::kAllGather, parallel_.tensor,
                       static_cast<double>(rows) * static_cast<double>(model_.vocabulary) * bytes(wide_)));
      }
    }
    if (model_.output_labels != 0) add_output("labels", tokens_, model_.output_labels);
  }

  const Model& model_;
  const Work& work_;
  const Precision& precision_;
  const Parallel& parallel_;
  std::size_t stage_;
  LayerSpan span_;
  Format wide_ = precision_.head.format;  // of everything between the linear layers
  std::uint64_t sequences_ = 0, tokens_ = 0;
  std::uint64_t dense_layers_ = 0, expert_layers_ = 0;
  std::vector<Operator> operators_;
};

}  // namespace

std::string_view name(Phase phase) { return phase == Phase::kPrefill ? "prefill" : "decode"; }

std::string_view name(OperatorClass operator_class) {
  constexpr std::string_view kNames[] = {
      "gemm",       "gemv", "attention_prefill", "attention_decode", "mla_prefill",
      "mla_decode", "moe",  "elementwise",       "collective"};
  return kNames[static_cast<std::size_t>(operator_class)];
}

std::string_view name(Collective collective) {
  constexpr std::string_view kNames[] = {"", "all_reduce", "all_gather", "all_to_all", "send"};
  return kNames[static_cast<std::size_t>(collective)];
}

double expected_distinct(double experts, double per_token, double tokens) {
  return experts * (1 - std::pow(1 - per_token / experts, tokens));
}

std::vector<Operator> operations(const Model& model, const Work& work, const Parallel& parallel,
                                 std::size_t stage) {
  if (work.batch == 0) throw std::runtime_error("work: field 'batch' is 0; must be at least 1");
  if (work.new_tokens == 0) throw std::runtime_error("work: field 'new_tokens' is 0; must be at least 1");
  if (work.phase == Phase::kDecode && !model.attention.causal) {
    throw std::runtime_error(fmt::format("work: {} is an encoder and has no decode phase", model.name));
  }
  check(parallel, model);
  if (stage >= parallel.pipeline) {
    throw std::runtime_error(fmt::format("work: stage {} of {} stages", stage, parallel.pipeline));
  }
  std::vector<Operator> operators = Builder(model, work, parallel, stage).build();
  std::erase_if(operators, [](const Operator& op) { return op.count == 0; });
  return operators;
}

Totals totals(std::span<const Operator> operators) {
  Totals sum;
  for (const Operator& op : operators) {
    sum.flops += op.count * op.flops;
    sum.weight_bytes += op.count * op.weight_bytes;
    sum.cache_bytes += op.count * op.cache_bytes;
    sum.activation_bytes += op.count * op.activation_bytes;
    sum.message_bytes += op.count * op.message_bytes;
  }
  return sum;
}

}  // namespace heddle::eval
