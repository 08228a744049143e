#include "eval/kernels/kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace heddle::eval {
namespace {

constexpr std::array<std::pair<KernelClass, std::string_view>, 6> kNames = {{
    {KernelClass::kGemm, "gemm"},
    {KernelClass::kAttentionPrefill, "attention_prefill"},
    {KernelClass::kAttentionDecode, "attention_decode"},
    {KernelClass::kMlaPrefill, "mla_prefill"},
    {KernelClass::kMlaDecode, "mla_decode"},
    {KernelClass::kMoe, "moe"},
}};

// DeepSeek-V3 (config.json): what a token leaves in the cache, and the widths of queries and values.
constexpr double kLatent = 512, kRope = 64, kQuery = 192, kValue = 128;

double weight_bytes(const Kernel& kernel) {
  return kernel.weight_bytes > 0 ? kernel.weight_bytes : kernel_weight_bytes(kernel.format);
}

double log2_of(double x) { return std::log2(std::max(x, 1.0)); }

}  // namespace

std::string_view kernel_class_name(KernelClass kind) {
  for (const auto& [value, name] : kNames) {
    if (value == kind) return name;
  }
  return "";
}

KernelClass kernel_class_from(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  throw std::runtime_error(fmt::format("kernel class '{}' is unknown", name));
}

Kernel gemm_kernel(double m, double n, double k, std::string format) {
  Kernel kernel;
  kernel.m = m, kernel.n = n, kernel.k = k, kernel.format = std::move(format);
  return kernel;
}

Kernel attention_prefill_kernel(double batch, double tokens, double heads, double kv_heads, double head_dim,
                                std::string format, double cache_bytes) {
  Kernel kernel;
  kernel.kind = KernelClass::kAttentionPrefill;
  kernel.batch = batch, kernel.tokens = tokens, kernel.heads = heads, kernel.kv_heads = kv_heads;
  kernel.head_dim = head_dim, kernel.format = std::move(format), kernel.cache_bytes = cache_bytes;
  return kernel;
}

Kernel attention_decode_kernel(double batch, double context, double heads, double kv_heads, double head_dim,
                               double cache_bytes) {
  Kernel kernel;
  kernel.kind = KernelClass::kAttentionDecode;
  kernel.batch = batch, kernel.context = context, kernel.heads = heads, kernel.kv_heads = kv_heads;
  kernel.head_dim = head_dim, kernel.cache_bytes = cache_bytes;
  return kernel;
}

Kernel mla_prefill_kernel(double batch, double tokens, double heads, double cache_bytes) {
  Kernel kernel;
  kernel.kind = KernelClass::kMlaPrefill;
  kernel.batch = batch, kernel.tokens = tokens, kernel.heads = kernel.kv_heads = heads;
  kernel.cache_bytes = cache_bytes;
  return kernel;
}

Kernel mla_decode_kernel(double batch, double context, double heads, double cache_bytes) {
  Kernel kernel;
  kernel.kind = KernelClass::kMlaDecode;
  kernel.batch = batch, kernel.context = context, kernel.heads = heads, kernel.cache_bytes = cache_bytes;
  return kernel;
}

Kernel moe_kernel(double tokens, double hidden, double intermediate, double experts, double local_experts,
                  double top_k, double skew, std::string format) {
  Kernel kernel;
  kernel.kind = KernelClass::kMoe;
  kernel.m = tokens, kernel.k = hidden, kernel.n = intermediate, kernel.experts = experts;
  kernel.local_experts = local_experts, kernel.top_k = top_k, kernel.skew = skew;
  kernel.format = std::move(format);
  return kernel;
}

double kernel_weight_bytes(std::string_view format) {
  if (format == "bf16" || format == "fp16") return 2;
  if (format == "int4_wo") return 0.5 + 2.0 / 128;
  if (format == "fp8_block") return 1 + 4.0 / (128 * 128);
  if (format == "fp8" || format == "int8_wo" || format == "w8a8") return 1;
  throw std::runtime_error(fmt::format("kernel format '{}' is unknown", format));
}

double kernel_activation_bytes(std::string_view format) {
  return format == "fp8" || format == "fp8_block" || format == "w8a8" ? 1 : 2;
}

double experts_touched(double tokens, double all, double local, double top_k, double skew) {
  if (skew <= 0) return local * (1 - std::pow(1 - top_k / all, tokens));
  // Loads of the experts follow u^(-1/(skew*2)): a stand-in for the sampled power laws of the measurement,
  // integrated over 16 quantiles.
  double sum = 0, norm = 0;
  constexpr int kQuantiles = 16;
  std::array<double, kQuantiles> load{};
  for (int i = 0; i < kQuantiles; ++i) norm += load[i] = std::pow((i + 0.5) / kQuantiles, -1 / (skew * 2));
  for (double& x : load) x *= kQuantiles / norm;
  for (const double x : load) sum += 1 - std::pow(1 - std::min(0.95, x * top_k / all), tokens);
  return local * sum / kQuantiles;
}

KernelWork kernel_work(const Kernel& kernel) {
  KernelWork out;
  const Kernel& s = kernel;
  out.one_block = s.one_block;
  switch (s.kind) {
    case KernelClass::kGemm:
      out.operations = 2 * s.m * s.n * s.k;
      out.stream_bytes = s.n * s.k * weight_bytes(s);
      out.io_bytes = s.m * s.k * kernel_activation_bytes(s.format) + s.m * s.n * 2;
      out.rows = s.m, out.columns = s.n, out.depth = s.k;
      break;
    case KernelClass::kAttentionPrefill:
      out.operations = 2 * s.batch * s.heads * s.tokens * s.tokens * s.head_dim;
      out.io_bytes = s.batch * s.tokens * s.head_dim *
                     (2 * 2 * s.heads + 2 * 2 * s.kv_heads + 2 * s.cache_bytes * s.kv_heads);
      out.rows = s.tokens, out.columns = s.head_dim, out.depth = s.tokens, out.copies = s.batch * s.heads;
      break;
    case KernelClass::kMlaPrefill:
      out.operations = s.batch * s.heads * s.tokens * s.tokens * (kQuery + kValue);
      out.io_bytes = s.batch * s.tokens * (2 * s.heads * 2 * (kQuery + kValue) + (kLatent + kRope) * 2);
      out.rows = s.tokens, out.columns = kValue, out.depth = s.tokens, out.copies = s.batch * s.heads;
      break;
    case KernelClass::kAttentionDecode:
      out.operations = 4 * s.batch * s.heads * s.context * s.head_dim;
      out.stream_bytes = 2 * s.batch * s.kv_heads * s.context * s.head_dim * s.cache_bytes;
      out.io_bytes = 2 * 2 * s.batch * s.heads * s.head_dim;
      out.rows = s.heads / s.kv_heads, out.columns = s.head_dim, out.depth = s.context;
      out.copies = s.batch * s.kv_heads;
      break;
    case KernelClass::kMlaDecode:
      out.operations = 2 * s.batch * s.heads * s.context * (2 * kLatent + kRope);
      out.stream_bytes = s.batch * s.context * (kLatent + kRope) * s.cache_bytes;
      out.io_bytes = 2 * s.batch * s.heads * (2 * kLatent + kRope);
      out.rows = s.heads, out.columns = kLatent, out.depth = s.context, out.copies = s.batch;
      break;
    case KernelClass::kMoe: {
      const double touched =
          std::max(1e-3, experts_touched(s.m, s.experts, s.local_experts, s.top_k, s.skew));
      const double routed = s.m * s.top_k * s.local_experts / s.experts;
      out.operations = 2 * routed * 3 * s.n * s.k;
      out.stream_bytes = touched * 3 * s.n * s.k * weight_bytes(s);
      out.io_bytes = routed * (s.k * (kernel_activation_bytes(s.format) + 2) + 3 * s.n * 2) + 4 * s.m * s.k;
      out.rows = std::max(1.0, routed / touched), out.columns = 2 * s.n, out.depth = s.k;
      out.copies = touched;
      break;
    }
  }
  return out;
}

std::vector<double> coordinates(const Kernel& s) {
  switch (s.kind) {
    case KernelClass::kGemm:
      return {log2_of(s.m), log2_of(s.n), log2_of(s.k)};
    case KernelClass::kAttentionPrefill:
      return {log2_of(s.tokens), log2_of(s.batch * s.heads), log2_of(s.heads / s.kv_heads), log2_of(s.batch)};
    case KernelClass::kAttentionDecode:
      return {log2_of(s.context), log2_of(s.batch * s.kv_heads), log2_of(s.heads / s.kv_heads),
              log2_of(s.batch)};
    case KernelClass::kMlaPrefill:
      return {log2_of(s.tokens), log2_of(s.batch), log2_of(s.heads)};
    case KernelClass::kMlaDecode:
      return {log2_of(s.context), log2_of(s.batch), log2_of(s.heads)};
    case KernelClass::kMoe:
      return {log2_of(s.m), log2_of(s.n), log2_of(s.local_experts), s.skew};
  }
  return {};
}

const std::vector<std::string>& coordinate_names(KernelClass kind) {
  static const std::vector<std::string> gemm = {"m", "n", "k"};
  static const std::vector<std::string> prefill = {"tokens", "batch*heads", "heads/kv_heads", "batch"};
  static const std::vector<std::string> decode = {"context", "batch*kv_heads", "heads/kv_heads", "batch"};
  static const std::vector<std::string> mla_prefill = {"tokens", "batch", "heads"};
  static const std::vector<std::string> mla_decode = {"context", "batch", "heads"};
  static const std::vector<std::string> moe = {"tokens", "intermediate", "local_experts", "skew"};
  switch (kind) {
    case KernelClass::kGemm:
      return gemm;
    case KernelClass::kAttentionPrefill:
      return prefill;
    case KernelClass::kAttentionDecode:
      return decode;
    case KernelClass::kMlaPrefill:
      return mla_prefill;
    case KernelClass::kMlaDecode:
      return mla_decode;
    case KernelClass::kMoe:
      return moe;
  }
  return gemm;
}

const std::vector<std::pair<int, int>>& coordinate_pairs(KernelClass kind) {
  static const std::vector<std::pair<int, int>> three = {{0, 1}, {0, 2}, {1, 2}};
  static const std::vector<std::pair<int, int>> attention = {{0, 1}, {0, 2}, {1, 2}, {0, 3}};
  static const std::vector<std::pair<int, int>> moe = {{0, 1}, {0, 2}, {1, 2}, {0, 3}};
  switch (kind) {
    case KernelClass::kAttentionPrefill:
    case KernelClass::kAttentionDecode:
      return attention;
    case KernelClass::kMoe:
      return moe;
    default:
      return three;
  }
}

}  // namespace heddle::eval
