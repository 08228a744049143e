// Keys and values of one attention node of the reference evaluator, and the attention over them.
#pragma once
#include <cstdint>
#include <vector>

namespace heddle::graph {

struct AttentionShape {
  std::int64_t heads = 0, kv_heads = 0, head_dim = 0;
  float scale = 1.0f;
};

/// Grows with the positions that are written, so that a long context costs nothing until it is used.
class AttentionCache {
 public:
  explicit AttentionCache(const AttentionShape& shape);

  /// k, v: [rows, kv_heads * head_dim], to positions start, start + 1, ...
  void write(const float* k, const float* v, std::int64_t rows, std::int64_t start);
  /// q, out: [rows, heads * head_dim]; row t attends to positions 0 .. start + t.
  void attend(const float* q, std::int64_t rows, std::int64_t start, float* out, int threads) const;
  void clear();

 private:
  void attend_head(const float* q, std::int64_t head, std::int64_t positions, float* out,
                   std::vector<float>& scores) const;

  AttentionShape shape_;
  std::int64_t value_panels_;               // of kPanel dimensions, for one head
  std::vector<std::vector<float>> keys_;    // a head: panels of [head_dim][kPanel positions]
  std::vector<std::vector<float>> values_;  // a head and panel: [positions][kPanel dimensions]
};

}  // namespace heddle::graph
