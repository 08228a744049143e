// Builders of single operators: shapes in, operations and bytes out.
#pragma once
#include "eval/work/operations.hpp"

namespace heddle::eval {

/// m x k by k x n, `groups` times side by side; weights in `storage`.
Operator matrix_product(std::string name, double count, std::uint64_t m, std::uint64_t n, std::uint64_t k,
                        const Storage& storage, Format activations, Format output, Format compute,
                        std::uint64_t groups = 1);

/// Shapes of attention on one device.
struct AttentionWork {
  std::uint64_t batch = 0, new_tokens = 0, context = 0;
  std::uint64_t heads = 0, kv_heads = 0, head_dim = 0, value_dim = 0;
  std::uint64_t cache_elements = 0;  // that a token has in the cache of this layer and device
  bool causal = true;
};
/// Scores and values. Pairs of query and key: new * context + new (new + 1) / 2, or all of them without a
/// causal mask. The cache is read once for all queries, and the new tokens' part is written.
Operator attention_operator(std::string name, OperatorClass kind, double count, const AttentionWork& work,
                            const Precision& precision);

/// Passes over `elements` values: `reads` and `writes` of each, `flops` operations on each.
Operator elementwise(std::string name, double count, double elements, double reads, double writes,
                     double flops, Format format);

Operator collective(std::string name, double count, Collective kind, std::uint32_t devices,
                    double message_bytes);

}  // namespace heddle::eval
