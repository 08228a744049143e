// The shape of a row sum. It depends on the number of columns alone, never on lanes or array,
// so that a model's logits are the same on every configuration.
//
// Columns are cut into blocks of 256. Within a block neighbours are added in a binary tree:
// level 0 adds elements 2i and 2i+1, level 1 the results 2i and 2i+1, and so on; the last element
// of a level of odd length passes to the next level unchanged. Block sums are added in order:
// ((s0 + s1) + s2) + ...
#pragma once
#include "isa/numerics/fp32.hpp"

namespace heddle {
namespace isa {

constexpr int kReductionBlock = 256;

/// Sum of values[0..columns), columns >= 1.
inline float fp32_row_sum(const float* values, int columns) {
  float total = 0.0f;
  for (int start = 0; start < columns; start += kReductionBlock) {
    float level[kReductionBlock];
    int count = columns - start < kReductionBlock ? columns - start : kReductionBlock;
    for (int i = 0; i < count; ++i) level[i] = fp32_canonical(values[start + i]);
    while (count > 1) {
      const int pairs = count / 2;
      for (int i = 0; i < pairs; ++i) level[i] = fp32_add(level[2 * i], level[2 * i + 1]);
      if (count & 1) level[pairs] = level[count - 1];
      count = pairs + (count & 1);
    }
    total = start == 0 ? level[0] : fp32_add(total, level[0]);
  }
  return total;
}

}  // namespace isa
}  // namespace heddle
