// What a baseline measures: one kernel of a transformer, by class, number format and shape.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "eval/common/format.hpp"

namespace heddle::eval {

enum class WorkloadClass {
  kGemm,              // c[m][n] = sum over k of a[m][k] w[n][k]: a linear layer, both operands row-major
  kGemv,              // the same with at most kMaxGemvRows rows
  kAttentionPrefill,  // causal softmax(q k^T / sqrt(head_dim)) v over `tokens` queries a sequence
  kAttentionDecode,   // one query a sequence over `context` keys and values
  kNorm,              // RMSNorm of `rows` rows of `columns`, with a gain per column
  kCopy,              // a[i] = b[i]
  kTriad,             // a[i] = b[i] + s c[i]: McCalpin's STREAM
};
constexpr std::array<WorkloadClass, 7> kWorkloadClasses = {WorkloadClass::kGemm,
                                                           WorkloadClass::kGemv,
                                                           WorkloadClass::kAttentionPrefill,
                                                           WorkloadClass::kAttentionDecode,
                                                           WorkloadClass::kNorm,
                                                           WorkloadClass::kCopy,
                                                           WorkloadClass::kTriad};

constexpr double kNormEpsilon = 1e-6;
constexpr double kTriadScalar = 3;

/// "gemm", "gemv", "attention_prefill", "attention_decode", "norm", "copy", "triad".
std::string_view name(WorkloadClass workload_class);
/// A list of classes, separated by commas; "attention" means both phases, "memory" copy and triad. Throws
/// std::runtime_error listing the names.
std::vector<WorkloadClass> parse_workload_classes(std::string_view text);
/// Names of a class's dimensions, in the order of --shape: gemm has m, n, k.
const std::vector<std::string>& dimension_names(WorkloadClass workload_class);

struct Workload {
  WorkloadClass workload_class = WorkloadClass::kGemm;
  Format format = Format::kFp32;     // of the operands; int8 multiplies into int32, fp16 and bf16 sum in fp32
  std::vector<std::uint64_t> shape;  // in the order of dimension_names

  /// The dimension with this name. Throws std::logic_error where the class has none.
  std::uint64_t size(std::string_view dimension) const;
  bool operator==(const Workload&) const = default;
};

/// "4096,4096,4096" as a workload's shape; checks it. Throws std::runtime_error naming the dimension.
Workload make_workload(WorkloadClass workload_class, Format format, const std::vector<std::uint64_t>& shape);
std::vector<std::uint64_t> parse_shape(std::string_view text);

/// Whether the class is measured in the format: int8 is for gemm and gemv, copy and triad are fp32.
bool has_format(WorkloadClass workload_class, Format format);

/// Operations, a multiply-add is two: of the matrix products in attention, of the pairs that the causal mask
/// lets through; of the sum of squares and the two scalings in a norm.
double flops(const Workload& workload);
/// Bytes that must move at least: each operand and the result once.
double bytes(const Workload& workload);

/// "m 1024, n 4096, k 4096".
std::string shape_text(const Workload& workload);
/// {"class", "format", "shape": {"m": ...}}.
nlohmann::ordered_json workload_to_json(const Workload& workload);

/// What is measured when nothing else is asked for: a 7- to 8-billion-parameter Llama's layer (4096 wide,
/// 14336 in its feed-forward part, 32 heads, 8 of keys and values) and streams larger than caches are.
/// Without `large`, for processors that would be busy for minutes, the square product is left out.
std::vector<Workload> default_workloads(bool large);

}  // namespace heddle::eval
