#include "eval/work/operators.hpp"

namespace heddle::eval {

Operator matrix_product(std::string name, double count, std::uint64_t m, std::uint64_t n, std::uint64_t k,
                        const Storage& storage, Format activations, Format output, Format compute,
                        std::uint64_t groups) {
  Operator result;
  result.name = std::move(name);
  result.kind = m <= kMaxGemvRows ? OperatorClass::kGemv : OperatorClass::kGemm;
  result.count = count;
  result.m = m;
  result.n = n;
  result.k = k;
  result.groups = groups;
  result.weights = storage;
  result.activations = activations;
  result.compute = compute;
  const double rows = static_cast<double>(m * groups), columns = static_cast<double>(n),
               depth = static_cast<double>(k);
  result.flops = 2 * rows * columns * depth;
  result.weight_bytes = static_cast<double>(groups) * columns * depth * storage.bytes_per_element();
  result.activation_bytes = rows * (depth * bytes(activations) + columns * bytes(output));
  return result;
}

Operator attention_operator(std::string name, OperatorClass kind, double count, const AttentionWork& work,
                            const Precision& precision) {
  Operator result;
  result.name = std::move(name);
  result.kind = kind;
  result.count = count;
  result.batch = work.batch;
  result.new_tokens = work.new_tokens;
  result.context = work.context;
  result.heads = work.heads;
  result.kv_heads = work.kv_heads;
  result.head_dim = work.head_dim;
  result.value_dim = work.value_dim;
  const Format format = precision.head.format;  // of queries and results, which stay unquantised
  result.activations = format;
  result.cache = precision.cache;
  result.compute = precision.attention_compute;
  const double queries = static_cast<double>(work.new_tokens), cached = static_cast<double>(work.context);
  const double pairs = queries * cached + (work.causal ? queries * (queries + 1) / 2 : queries * queries);
  const double rows = static_cast<double>(work.batch * work.heads);
  const double widths = static_cast<double>(work.head_dim + work.value_dim);
  result.flops = 2 * rows * pairs * widths;
  result.activation_bytes = rows * queries * widths * bytes(format);
  // Read: all keys and values. Written: those of the new tokens.
  result.cache_bytes =
      static_cast<double>(work.batch * work.cache_elements) * (cached + 2 * queries) * bytes(precision.cache);
  return result;
}

Operator elementwise(std::string name, double count, double elements, double reads, double writes,
                     double flops, Format format) {
  Operator result;
  result.name = std::move(name);
  result.kind = OperatorClass::kElementwise;
  result.count = count;
  result.activations = format;
  result.compute = Format::kFp32;
  result.flops = elements * flops;
  result.activation_bytes = elements * (reads + writes) * bytes(format);
  return result;
}

Operator collective(std::string name, double count, Collective kind, std::uint32_t devices,
                    double message_bytes) {
  Operator result;
  result.name = std::move(name);
  result.kind = OperatorClass::kCollective;
  result.count = count;
  result.collective = kind;
  result.devices = devices;
  result.message_bytes = message_bytes;
  return result;
}

}  // namespace heddle::eval
