// What a model has to do in one step, operator by operator.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/work/model.hpp"
#include "eval/work/parallel.hpp"

namespace heddle::eval {

enum class Phase { kPrefill, kDecode };
/// "prefill", "decode".
std::string_view name(Phase phase);

enum class OperatorClass {
  kGemm,              // m x k by k x n
  kGemv,              // the same with at most kMaxGemvRows rows
  kAttentionPrefill,  // scores, softmax and values of many new tokens a sequence, fused
  kAttentionDecode,   // of few new tokens against a cache
  kMlaPrefill,        // latent attention with expanded keys and values
  kMlaDecode,         // latent attention with absorbed projections, on the latent itself
  kMoe,               // all routed experts of a layer
  kElementwise,       // norms, rotary embedding, activation functions, residuals, embedding lookups
  kCollective,
};
/// "gemm", "gemv", "attention_prefill", "attention_decode", "mla_prefill", "mla_decode", "moe",
/// "elementwise", "collective".
std::string_view name(OperatorClass operator_class);

/// Rows up to which a matrix product is a matrix-vector product: bound by reading the weights on every chip.
constexpr std::uint64_t kMaxGemvRows = 8;

enum class Collective { kNone, kAllReduce, kAllGather, kAllToAll, kSend };
/// "", "all_reduce", "all_gather", "all_to_all", "send".
std::string_view name(Collective collective);

/// One operator on one device. Figures are of one execution; `count` says how many the step has.
struct Operator {
  std::string name;  // "attention.qkv", "experts", "head"
  OperatorClass kind = OperatorClass::kGemm;
  double count = 1;  // layers of the stage that have it

  // gemm, gemv: m rows of activations, n outputs, k reduction; `groups` such products side by side (the heads
  // of absorbed projections). moe: m tokens, n width of an expert on this device, k hidden.
  std::uint64_t m = 0, n = 0, k = 0, groups = 1;
  // attention, MLA.
  std::uint64_t batch = 0;       // sequences
  std::uint64_t new_tokens = 0;  // queries a sequence
  std::uint64_t context = 0;     // cached tokens before them
  std::uint64_t heads = 0, kv_heads = 0, head_dim = 0, value_dim = 0;
  // moe: of this device.
  std::uint64_t experts = 0, experts_per_token = 0;  // the model's
  double local_experts = 0;                          // experts that the device holds
  double distinct_experts = 0;                       // of them expected to be hit
  double assignments = 0;                            // pairs of a token and an expert on this device
  // collective.
  Collective collective = Collective::kNone;
  std::uint32_t devices = 1;  // that take part
  double message_bytes =
      0;  // all_reduce, all_gather: the whole result; all_to_all, send: what a device sends

  Storage weights;
  Format activations = Format::kBf16, cache = Format::kBf16, compute = Format::kBf16;

  double flops = 0;             // a multiply-add is two
  double weight_bytes = 0;      // read
  double cache_bytes = 0;       // read and written
  double activation_bytes = 0;  // read and written
  double bytes() const { return weight_bytes + cache_bytes + activation_bytes; }
};

/// One step: a prefill of `new_tokens` a sequence after `context` cached ones, or a decode of `new_tokens`
/// (1, or more where drafts are verified).
struct Work {
  Phase phase = Phase::kDecode;
  std::uint64_t batch = 1;
  std::uint64_t context = 0;
  std::uint64_t new_tokens = 1;
  Precision precision;
  bool all_logits = false;  // prefill: of every position instead of the last
};

/// The operators of one device of a stage in a step, in the order in which they run. Expected distinct
/// experts of T tokens with k of E experts each: E (1 - (1 - k/E)^T), which holds for balanced, independent
/// routing; real routing hits fewer. Devices of a stage are taken as equally loaded. Throws
/// std::runtime_error: batch or new_tokens 0, a decode of an encoder, an illegal split.
std::vector<Operator> operations(const Model& model, const Work& work, const Parallel& parallel = {},
                                 std::size_t stage = 0);

struct Totals {
  double flops = 0, weight_bytes = 0, cache_bytes = 0, activation_bytes = 0, message_bytes = 0;
};
/// With counts.
Totals totals(std::span<const Operator> operators);

/// E (1 - (1 - k/E)^T).
double expected_distinct(double experts, double per_token, double tokens);

}  // namespace heddle::eval
