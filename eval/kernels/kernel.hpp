// A GPU kernel by its shape, and what it asks of a machine: operations, bytes, parallel tasks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace heddle::eval {

/// Classes of kernels that have a latency model of their own.
enum class KernelClass { kGemm, kAttentionPrefill, kAttentionDecode, kMlaPrefill, kMlaDecode, kMoe };

std::string_view kernel_class_name(KernelClass kind);
/// Throws std::runtime_error for a name that is none.
KernelClass kernel_class_from(std::string_view name);

/// One kernel. Fields that a class does not use stay at their defaults. Dimensions are doubles since expected
/// values (tokens per expert) need not be whole.
struct Kernel {
  KernelClass kind = KernelClass::kGemm;
  /// Format of the arithmetic and the weights: bf16, fp8, fp8_block (block scales), int8_wo and int4_wo
  /// (weights only, arithmetic in bf16), w8a8 (8-bit integers both).
  std::string format = "bf16";
  double weight_bytes = 0;  // of one weight where a program stores it otherwise; 0: as the format does
  // GEMM: (m x k) times (k x n). MoE: k = hidden size, n = intermediate size of one expert on this device,
  // m = tokens of the whole batch.
  double m = 1, n = 1, k = 1;
  // Attention: queries of `tokens` per sequence (prefill) or one (decode, over `context` cached tokens).
  double batch = 1, tokens = 1, context = 0, heads = 1, kv_heads = 1, head_dim = 128;
  double cache_bytes = 2;  // a cached element
  /// Decode: each sequence and head's context is walked by one block, however few there are; otherwise it is
  /// split over idle processors.
  bool one_block = false;
  // MoE: experts on this device out of `experts`; each token goes to top_k.
  double local_experts = 1, experts = 1, top_k = 1;
  // Skew of the load over experts: 0 balanced, otherwise the exponent of a power law as measured (1.01, 1.2).
  double skew = 0;
  /// Weights and cache come from DRAM, as in a model larger than the caches. Measured kernels run in a loop:
  /// whatever fits the L2 is warm there.
  bool cold = true;
};

Kernel gemm_kernel(double m, double n, double k, std::string format);
Kernel attention_prefill_kernel(double batch, double tokens, double heads, double kv_heads, double head_dim,
                                std::string format, double cache_bytes);
Kernel attention_decode_kernel(double batch, double context, double heads, double kv_heads, double head_dim,
                               double cache_bytes);
/// Latent attention with DeepSeek's sizes (512 + 64 cached per token; 192-wide queries, 128-wide values).
Kernel mla_prefill_kernel(double batch, double tokens, double heads, double cache_bytes);
Kernel mla_decode_kernel(double batch, double context, double heads, double cache_bytes);
Kernel moe_kernel(double tokens, double hidden, double intermediate, double experts, double local_experts,
                  double top_k, double skew, std::string format);

/// Bytes of one weight in a format (scales of 4-bit groups of 128 included).
double kernel_weight_bytes(std::string_view format);
/// Bytes of one activation as the kernel reads it.
double kernel_activation_bytes(std::string_view format);

/// Expected number of experts that a batch touches among `local` of `all`, when each token takes top_k of
/// them; a power law makes some of them rare. Balanced and independent: local * (1 - (1 - top_k/all)^tokens).
double experts_touched(double tokens, double all, double local, double top_k, double skew);

/// What the kernel asks of a machine.
struct KernelWork {
  double operations = 0;    // 2 per multiply-add, causal halves counted once
  double stream_bytes = 0;  // weights or cache: read once per kernel
  double io_bytes = 0;      // activations in and out
  double rows = 1;          // rows of one product (tokens per expert, queries): what tiles are padded in
  double columns = 1;
  double depth = 1;        // of a reduction (K), or tokens of the cache that one task walks
  double copies = 1;       // products of this size: experts, sequences times heads
  bool one_block = false;  // as Kernel::one_block
};
KernelWork kernel_work(const Kernel& kernel);

/// Coordinates of the correction tables: base-2 logarithms of the shape, and their names by class.
std::vector<double> coordinates(const Kernel& kernel);
const std::vector<std::string>& coordinate_names(KernelClass kind);
/// Pairs of coordinates that have a table.
const std::vector<std::pair<int, int>>& coordinate_pairs(KernelClass kind);

}  // namespace heddle::eval
